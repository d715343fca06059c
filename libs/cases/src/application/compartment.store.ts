import type { ActId, CaseId, CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { CompartmentHead, CompartmentOfMember, MemberRow, MembershipDifference } from '../domain/compartment.js';
import type {
  ContentEntry,
  LinkEntry,
  NewBox,
  NewContentEntry,
  PageOf,
  PlacedEntry,
  StoredBox,
} from '../domain/content-entry.js';

/** Size of a content log whose root is asked for. */
export interface PastHead {
  readonly compartmentId: CompartmentId;
  readonly size: number;
}

export interface CompartmentReader {
  /** Heads of these compartments and of their cases' root chains, those that the asker may see. */
  heads(reader: Reader, ids: readonly CompartmentId[]): Promise<readonly CompartmentHead[]>;
  /**
   * The asker's compartments of the cases on a page, by the rows alone: all of a case or none; cases in order of their
   * ids. For a list to choose from; rights are judged by `Memberships`.
   */
  ownCompartments(reader: Reader, query: OwnCasesQuery): Promise<readonly CompartmentOfMember[]>;
  /** Rows of members of a case that the asker may see, beside the given ones; `limits.maxStrangersTold` at most. */
  strangers(
    reader: Reader,
    caseId: CaseId,
    named: readonly Pick<MemberRow, 'compartmentId' | 'deviceId'>[],
  ): Promise<readonly Pick<MemberRow, 'compartmentId' | 'deviceId'>[]>;
  links(reader: Reader, id: CompartmentId, page: PageOf): Promise<readonly LinkEntry[]>;
  entries(reader: Reader, id: CompartmentId, page: PageOf): Promise<readonly ContentEntry[]>;
  /** The newest item of each of these devices. */
  newestItems(reader: Reader, id: CompartmentId, devices: readonly DeviceId[]): Promise<readonly Uint8Array[]>;
  /** Roots of these logs at these sizes, in order; undefined where the log is shorter. */
  pastRoots(reader: Reader, heads: readonly PastHead[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** What an act put into content logs, in order of position. */
  placedBy(reader: Reader, act: ActId): Promise<readonly PlacedEntry[]>;
  boxes(reader: Reader, id: CompartmentId, device: DeviceId, page: PageOf): Promise<readonly StoredBox[]>;
}

export interface OwnCasesQuery {
  readonly device: DeviceId;
  readonly nowMs: number;
  readonly caseId?: CaseId;
  readonly first: number;
  readonly after?: CaseId;
}

export interface CompartmentWriter {
  /**
   * As `heads`, locked to the end of the transaction. MUST lock in one order for all callers (case, root first, id), or
   * two of them wait for each other for ever.
   */
  lockHeads(writer: Reader, ids: readonly CompartmentId[]): Promise<readonly CompartmentHead[]>;
  /**
   * Locks the rows of these heads in the same order, with their root chains, and raises in the database itself unless they
   * are exactly these: a commit behind this statement cannot happen on other heads.
   * @throws InternalError `cases/log-moved`.
   */
  confirmHeads(writer: Reader, heads: readonly CompartmentHead[]): Promise<void>;
  /** @throws RefusedError `cases/exists`. */
  addCompartment(writer: Writer, head: CompartmentHead, act: ActId): Promise<void>;
  /** In one statement. */
  addEntries(writer: Writer, entries: readonly NewContentEntry[]): Promise<void>;
  /** @throws InternalError `cases/log-moved`, raised in the database, unless each head had the content size given beside it. */
  moveHeads(writer: Writer, moves: readonly HeadMove[]): Promise<void>;
  addBoxes(writer: Writer, boxes: readonly NewBox[]): Promise<void>;
  changeMembers(writer: Writer, id: CompartmentId, difference: MembershipDifference): Promise<void>;
  /** Ends the membership in every compartment of whoever is no member of the case. @returns what ended. */
  forgetCaseMembers(writer: Writer, caseId: CaseId): Promise<readonly EndedMembership[]>;
  freeze(
    writer: Writer,
    ids: readonly CompartmentId[],
    hold: { readonly device: DeviceId; readonly untilMs: number },
  ): Promise<void>;
}

export interface EndedMembership {
  readonly compartmentId: CompartmentId;
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
}

export interface HeadMove {
  readonly head: CompartmentHead;
  readonly previousContentSize: number;
}
