import { type ActId, type CompartmentId, toHex } from '@rogatory/kernel';
import type { Principal } from '@rogatory/access';
import type { Bus } from '@rogatory/platform-bus';
import type { Reader, Writer } from '@rogatory/platform-database';
import { type CompartmentOfMember, differenceOf, isRoot, type MemberRow } from '../domain/compartment.js';
import type { NewBox } from '../domain/content-entry.js';
import { boxProofs } from './box-proofs.js';
import { caseTopics } from './case-topics.js';
import type { CompartmentWriter } from './compartment.store.js';
import type { ContentLogs } from './content-logs.js';
import type { CutOff, LostAccess } from './cut-off.js';
import type { ParsedLink } from './link-submissions.js';
import type { AcceptedLink, LockedLog, LockedLogs } from './locked-logs.js';
import { headOf, rowsOf } from './membership.js';
import type { StatementReader, StatementWriter } from './statement.store.js';

export interface LinkWritingParts {
  readonly compartments: CompartmentWriter;
  readonly statements: Pick<StatementReader, 'complaints'> & Pick<StatementWriter, 'answerComplaints'>;
  readonly logs: Pick<ContentLogs, 'write'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly cutOff: CutOff;
}

export interface LinksToWrite {
  readonly locked: LockedLogs;
  readonly accepted: readonly AcceptedLink[];
  readonly principal: Principal;
  readonly auditId: ActId;
}

/** Brings accepted links into the rows: logs, heads, boxes, complaints, members; and tells who lost access. */
export class LinkWriting {
  readonly #parts: LinkWritingParts;

  constructor(parts: LinkWritingParts) {
    this.#parts = parts;
  }

  /** The complaints that links may cite. */
  async complaintsFor(
    reader: Reader,
    links: readonly ParsedLink[],
  ): Promise<(hash: Uint8Array) => Uint8Array | undefined> {
    const byHash = new Map<string, Uint8Array>();
    const citing = links.filter(({ signed }) => signed.link.body.cause?.complaintHash !== undefined);
    for (const id of new Set(citing.map(({ compartmentId }) => compartmentId))) {
      for (const { hash, bytes } of await this.#parts.statements.complaints(reader, id)) byHash.set(toHex(hash), bytes);
    }
    return (hash) => byHash.get(toHex(hash));
  }

  /**
   * Authors of links are members before, founders are members after: so rows of members who come are written before the
   * logs of new compartments, rows of those who go after everything else.
   */
  async write(writer: Writer, task: LinksToWrite): Promise<void> {
    const { locked, accepted } = task;
    const { compartments, logs } = this.#parts;
    const founded = await this.#found(writer, task);
    await logs.write(writer, locked);
    await compartments.addBoxes(writer, await boxesOf(task));
    await this.#answerComplaints(writer, accepted);
    const changed = await this.#changeMembers(writer, locked);
    this.#afterCommit(writer, { lost: changed.lost, came: [...founded, ...changed.came], locked });
  }

  /** The author's own view of the compartments concerned. */
  headsFor(locked: LockedLogs, principal: Principal): CompartmentOfMember[] {
    return locked.all.flatMap((log) => {
      const row = afterOf(locked, log).find((member) => member.deviceId === principal.deviceId);
      const head = headOf(log.state, log.head ?? founderFields(locked, principal));
      return row === undefined ? [] : [{ head, member: row }];
    });
  }

  async #found(writer: Writer, { locked, principal, auditId }: LinksToWrite): Promise<readonly MemberRow[]> {
    const came: MemberRow[] = [];
    for (const log of locked.all) {
      if (log.head !== undefined) continue;
      const added = afterOf(locked, log);
      const head = headOf(log.state, founderFields(locked, principal));
      await this.#parts.compartments.addCompartment(writer, head, auditId);
      await this.#parts.compartments.changeMembers(writer, head.compartmentId, { added, changed: [], removed: [] });
      came.push(...added);
    }
    return came;
  }

  async #answerComplaints(writer: Writer, accepted: readonly AcceptedLink[]): Promise<void> {
    for (const { signed } of accepted) {
      const hash = signed.link.body.cause?.complaintHash;
      if (hash) await this.#parts.statements.answerComplaints(writer, signed.link.compartmentId, [hash]);
    }
  }

  async #changeMembers(writer: Writer, locked: LockedLogs): Promise<{ lost: LostAccess[]; came: MemberRow[] }> {
    const lost: LostAccess[] = [];
    const came: MemberRow[] = [];
    // Further compartments first: the policies judge by the membership that is about to change.
    for (const log of [...locked.all].reverse()) {
      if (log.before === undefined || !isTouched(locked, log)) continue;
      const difference = differenceOf(beforeOf(locked, log), afterOf(locked, log));
      await this.#parts.compartments.changeMembers(writer, log.state.compartmentId, difference);
      lost.push(...difference.removed, ...difference.changed);
      came.push(...difference.added);
      const isRootShrunk = log.state.isRoot && difference.removed.length > 0;
      if (isRootShrunk) lost.push(...(await this.#parts.compartments.forgetCaseMembers(writer, log.state.caseId)));
    }
    return { lost, came };
  }

  #afterCommit(
    writer: Writer,
    { lost, came, locked }: { readonly lost: LostAccess[]; readonly came: MemberRow[]; readonly locked: LockedLogs },
  ): void {
    const { bus, cutOff } = this.#parts;
    const persons = new Set([...lost, ...came].map(({ personId }) => personId));
    const changed = new Set<CompartmentId>([...lost, ...came].map(({ compartmentId }) => compartmentId));
    const isReclosed = locked.all.some(
      ({ before, state }) => before !== undefined && before.isClosed !== state.isClosed,
    );
    if (isReclosed)
      for (const { state } of locked.all) for (const row of rowsOf(state, state)) persons.add(row.personId);
    writer.afterCommit(() => {
      if (lost.length > 0) cutOff.lost(lost);
      if (changed.size > 0) bus.publish(caseTopics.members, [...changed]);
      if (persons.size > 0) bus.publish(caseTopics.listed, [...persons]);
    });
  }
}

function isTouched(locked: LockedLogs, { before, state }: LockedLog): boolean {
  const root = locked.find(state.caseId as string as CompartmentId);
  return before !== state || root?.before !== root?.state;
}

function afterOf(locked: LockedLogs, { state }: LockedLog): MemberRow[] {
  return rowsOf(state, locked.rootOf(state) ?? state);
}

function beforeOf(locked: LockedLogs, { before, state }: LockedLog): MemberRow[] {
  if (before === undefined) return [];
  const root = state.isRoot ? before : locked.find(state.caseId as string as CompartmentId)?.before;
  return rowsOf(before, root ?? before);
}

/** The case stays with the authority that began it, whoever begins its compartments. */
function founderFields(locked: LockedLogs, { deviceId, authorityId }: Principal) {
  const root = locked.all.find(({ head }) => head !== undefined && isRoot(head))?.head;
  return {
    creatorDevice: deviceId,
    ownerAuthorityId: root?.ownerAuthorityId ?? authorityId,
    createdAtMs: locked.receivedAtMs,
    frozenUntilMs: 0,
    frozenFor: undefined,
  };
}

async function boxesOf({ accepted, auditId }: LinksToWrite): Promise<NewBox[]> {
  const all: NewBox[] = [];
  for (const { boxes, boxBytes, signed } of accepted) {
    const proofs = await boxProofs(boxes, boxBytes);
    boxes.forEach(({ deviceId }, i) => {
      const { compartmentId, seq } = signed.link;
      const [bytes, proof] = [boxBytes[i] as Uint8Array, proofs[i] as Uint8Array[]];
      all.push({ compartmentId, seq, deviceId, bytes, proof, auditId });
    });
  }
  return all;
}
