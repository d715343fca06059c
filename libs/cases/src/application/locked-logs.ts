import {
  type ActId,
  type CaseId,
  type CompartmentId,
  type DeviceId,
  equalBytes,
  type PersonId,
} from '@rogatory/kernel';
import { accessRefused } from '@rogatory/access';
import {
  applyItem,
  type AppliedItem,
  type AppliedLink,
  applyLink,
  type ChainState,
  type ItemFacts,
  verifyBoxes,
} from '@rogatory/chain';
import { type Box, caseRoles, type DirectoryHead, itemClasses, type ItemHeader } from '@rogatory/protocol';
import { frozen } from '../domain/case.errors.js';
import { type CompartmentHead, isRoot } from '../domain/compartment.js';
import type { NewContentEntry } from '../domain/content-entry.js';
import { type DirectorySource, isLiveNow } from './directory-source.js';
import { type MembershipFacts, membershipIn } from './membership.js';

/** One content log of a transaction: its head row is locked, its chain verified. */
export interface LockedLog {
  /** As it was locked; undefined for a compartment that this transaction begins. */
  readonly head: CompartmentHead | undefined;
  /** As it was locked; undefined for a compartment that this transaction begins. */
  readonly before: ChainState | undefined;
  /** With everything that this transaction accepted. */
  readonly state: ChainState;
}

/** A link or item with the act that submits it. */
export interface Submission {
  readonly bytes: Uint8Array;
  readonly auditId: ActId;
  readonly device: DeviceId;
}

export interface LinkSubmission extends Submission {
  readonly caseId: CaseId;
  readonly boxes: readonly Uint8Array[];
  readonly complaint: (hash: Uint8Array) => Uint8Array | undefined;
}

export interface AcceptedLink extends AppliedLink {
  readonly boxes: readonly Box[];
  readonly boxBytes: readonly Uint8Array[];
}

export interface LockedLogsParts {
  readonly logs: Map<CompartmentId, LockedLog>;
  readonly directory: DirectorySource;
  readonly receivedAtMs: number;
  /** Roots of the logs at sizes that the submissions cite. */
  readonly pastRoot: (id: CompartmentId, size: number) => Uint8Array | undefined;
}

/**
 * Content logs whose heads a transaction holds: what is accepted is verified against the very heads that are moved when
 * it commits, and everybody else waits. Nothing is written here.
 */
export class LockedLogs {
  readonly receivedAtMs: number;
  readonly #parts: LockedLogsParts;
  readonly #entries: NewContentEntry[] = [];

  constructor(parts: LockedLogsParts) {
    this.#parts = parts;
    this.receivedAtMs = parts.receivedAtMs;
  }

  /** In the order in which they were locked or begun. */
  get all(): readonly LockedLog[] {
    return [...this.#parts.logs.values()];
  }

  get entries(): readonly NewContentEntry[] {
    return this.#entries;
  }

  /** A log of this transaction, undefined where there is no such compartment. */
  find(id: CompartmentId): LockedLog | undefined {
    return this.#parts.logs.get(id);
  }

  /** @throws RefusedError `access/refused` where there is no such compartment. */
  require(id: CompartmentId): LockedLog {
    const log = this.find(id);
    if (log === undefined) throw accessRefused('not-a-member');
    return log;
  }

  /** What an object is judged by that is being received for this chain now. */
  factsOf(state: ChainState): ItemFacts {
    return {
      ...this.#facts(state),
      hadContentHead: (size, root) => this.#hadRoot(state.compartmentId, size, root),
    };
  }

  /** The newest root chain of a compartment's case. */
  rootOf(state: ChainState): ChainState | undefined {
    return state.isRoot ? state : this.find(state.caseId as string as CompartmentId)?.state;
  }

  /** As what the device takes part in the compartment now; undefined for everybody else and where there is none. */
  membership(id: CompartmentId, device: DeviceId): MembershipFacts | undefined {
    const state = this.find(id)?.state;
    const root = state && this.rootOf(state);
    if (state === undefined || root === undefined) return undefined;
    const isLive = isLiveNow(this.#parts.directory, device, this.receivedAtMs);
    return isLive ? membershipIn(state, root, { device, nowMs: this.receivedAtMs }) : undefined;
  }

  /**
   * Puts an item at the end of its log.
   * @throws what `applyItem` throws; RefusedError `cases/frozen`.
   */
  acceptItem(id: CompartmentId, { bytes, auditId, device }: Submission): AppliedItem {
    const log = this.require(id);
    this.#checkFreeze(log, device, false);
    const applied = applyItem(log.state, bytes, this.factsOf(log.state));
    const { header } = applied.signed;
    this.#replace(log, applied.state);
    this.#entries.push({
      ...{ kind: 'item', compartmentId: id, position: applied.contentIndex, bytes, auditId },
      ...{ root: applied.state.content.root, receivedAtMs: this.receivedAtMs, authorDevice: header.senderDevice },
      ...{ itemClass: header.itemClass, objectId: header.objectId, version: header.version },
      ...{ senderSeq: header.senderSeq, limitedTo: limitOf(log.state, header) },
    });
    return applied;
  }

  /**
   * Puts a link with its boxes at the end of its log; of a compartment that is not there yet, a genesis.
   * @throws what `applyLink` and `verifyBoxes` throw; RefusedError `cases/frozen`.
   */
  acceptLink(id: CompartmentId, submission: LinkSubmission): AcceptedLink {
    const { bytes, boxes, auditId, device, caseId, complaint } = submission;
    const log = this.find(id);
    const directory = this.#parts.directory.history;
    const root = this.find(caseId as string as CompartmentId)?.state;
    const applied = applyLink(log?.state, bytes, { ...this.#facts(log?.state ?? root), complaint });
    const isLead = log?.state.members.device(device)?.role === caseRoles.lead;
    if (log !== undefined) this.#checkFreeze(log, device, isLead && applied.startsEpoch);
    const decoded = verifyBoxes(applied, boxes, directory);
    const position = applied.state.content.size - 1;
    this.#parts.logs.set(id, { head: log?.head, before: log?.before, state: applied.state });
    this.#entries.push({
      ...{ kind: 'link', compartmentId: id, position, bytes, auditId, seq: applied.state.head.seq },
      ...{ root: applied.state.content.root, receivedAtMs: this.receivedAtMs },
      authorDevice: applied.signed.link.signerDevice,
    });
    return { ...applied, boxes: decoded, boxBytes: boxes };
  }

  #replace(log: LockedLog, state: ChainState): void {
    this.#parts.logs.set(state.compartmentId, { ...log, state });
  }

  #facts(of: ChainState | undefined) {
    const root = of && this.rootOf(of);
    const { directory } = this.#parts;
    return {
      directory: directory.history,
      isKnownHead: (head: DirectoryHead) => directory.isKnownHead(head),
      reception: { receivedAtMs: this.receivedAtMs },
      ...(root === undefined ? {} : { root }),
    };
  }

  #hadRoot(id: CompartmentId, size: number, root: Uint8Array): boolean {
    const fresh = this.#entries.findLast((entry) => entry.compartmentId === id && entry.position === size - 1)?.root;
    const past = fresh ?? this.#parts.pastRoot(id, size);
    return past !== undefined && equalBytes(past, root);
  }

  /** SPEC: chains 9 — while a lead's removal is on its way, everything else waits; other leads' removals do not. */
  #checkFreeze({ head, state }: LockedLog, device: DeviceId, isRemoval: boolean): void {
    const frozenUntilMs = Math.max(head?.frozenUntilMs ?? 0, this.#rootFreeze(state));
    if (frozenUntilMs <= this.receivedAtMs || head?.frozenFor === device || isRemoval) return;
    throw frozen(frozenUntilMs - this.receivedAtMs);
  }

  #rootFreeze(state: ChainState): number {
    const root = this.find(state.caseId as string as CompartmentId)?.head;
    return root !== undefined && isRoot(root) ? root.frozenUntilMs : 0;
  }
}

/**
 * Decided when a withdrawal is accepted, since its author's role may end and be another's later.
 * SPEC: items — it counts only when its sender leads the compartment or is the person who added the document.
 */
function limitOf({ members }: ChainState, { itemClass, senderDevice }: ItemHeader): PersonId | undefined {
  if (itemClass !== itemClasses.withdrawal) return undefined;
  const author = members.device(senderDevice);
  return author?.role === caseRoles.lead ? undefined : author?.personId;
}
