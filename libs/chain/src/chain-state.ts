import type { CaseId, CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';
import type { CasePolicy, ChainHead, DirectoryHead, LinkType, LogHead, Suite } from '@rogatory/protocol';
import type { Frontier } from '@rogatory/tlog';
import type { GrowingList } from './growing-list.js';
import type { IdMap } from './id-map.js';
import type { MemberSet } from './member-set.js';

/** One epoch as its link began it: everything public that keys are checked against. */
export interface EpochInfo {
  readonly epoch: number;
  /** Of the link that began it. */
  readonly seq: number;
  /** ctx of that link: H(link-context, contextBytes). */
  readonly context: Uint8Array;
  readonly suite: Suite;
  readonly isBarrier: boolean;
  readonly baseEpoch: number;
  readonly keyCommit: Uint8Array;
  readonly readCommit: Uint8Array;
  /** Sealed key of the base epoch; empty at a barrier and where the base lies before one. */
  readonly archive: Uint8Array;
  readonly directoryHead: DirectoryHead;
  /** Members when it began; those live at `directoryHead` got its key. */
  readonly members: MemberSet;
  /** Leaf index of the link in the content log. */
  readonly contentIndex: number;
}

/** One link as later links, items and other chains refer to it. */
export interface LinkRecord {
  readonly type: LinkType;
  readonly linkHash: Uint8Array;
  readonly epoch: number;
  /** The content log before this link: its size is the link's leaf index. */
  readonly logHead: LogHead;
  readonly timeMs: number;
  /** After the link. */
  readonly members: MemberSet;
  readonly leaving: ReadonlySet<PersonId>;
  readonly isClosed: boolean;
  readonly departed: readonly PersonId[];
  /** The further compartment that the link announced, with the person who may begin it. */
  readonly announced?: { readonly compartmentId: CompartmentId; readonly personId: PersonId };
}

/** Epochs that a person was granted, both ends included; no end means up to now. */
export interface EpochInterval {
  readonly from: number;
  readonly to?: number;
}

/** Where a device stands in its numbering of items. */
export interface SenderPosition {
  /** The last number accepted. */
  readonly senderSeq: number;
  readonly itemHash: Uint8Array;
  /** Size of the content log that its last item cited. */
  readonly logSize: number;
}

/** The RFC 6962 log of accepted links and items. */
export interface ContentLog {
  readonly size: number;
  readonly root: Uint8Array;
  /** Never changed in place. */
  readonly frontier: Frontier;
  /** Items accepted since the newest epoch began. */
  readonly itemsInEpoch: number;
}

/**
 * A compartment as its verified links and items leave it. Immutable: `applyLink`, `applyItem` and `appendStoredItems`
 * give a new one and share what did not change, so that earlier states stay usable and cost little.
 */
export interface ChainState {
  readonly caseId: CaseId;
  /** Equals the case's id for the root chain. */
  readonly compartmentId: CompartmentId;
  readonly isRoot: boolean;
  readonly suite: Suite;
  readonly head: ChainHead;
  /** The newest head of the root chain that a link here cited; sequence 0 and zero bytes in the root chain itself. */
  readonly rootHead: ChainHead;
  /** The newest directory head that a link cited. */
  readonly directoryHead: DirectoryHead;
  /** The newest epoch; the first is 1. */
  readonly epoch: number;
  /** At index `epoch - 1`. */
  readonly epochs: GrowingList<EpochInfo>;
  /** First epoch of the segment that the newest epoch's archive walks back to. */
  readonly segmentStart: number;
  readonly members: MemberSet;
  /** Persons whose `leave` waits for the next epoch; they can neither sign nor get keys. */
  readonly leaving: ReadonlySet<PersonId>;
  /** In a compartment: members who were removed from the root chain since; they count as `leaving` does. */
  readonly lagging: ReadonlySet<PersonId>;
  /** Devices that got the newest epoch's key after it began, by device-add or reseal. */
  readonly keyedSince: ReadonlySet<DeviceId>;
  readonly isClosed: boolean;
  readonly policy: CasePolicy;
  /** Granted epochs of every person who ever was a member; a gap between memberships stays closed. */
  readonly grants: IdMap<PersonId, readonly EpochInterval[]>;
  /** At index `seq`. */
  readonly links: GrowingList<LinkRecord>;
  /** Further compartments that the root chain announced, with the sequence number of the link. */
  readonly compartments: ReadonlyMap<CompartmentId, number>;
  readonly senders: IdMap<DeviceId, SenderPosition>;
  readonly content: ContentLog;
}

/** The epoch in force. */
export function currentEpoch(state: ChainState): EpochInfo {
  return state.epochs.at(state.epoch - 1) as EpochInfo;
}

/** Whether the chain really had this head. */
export function hadHead(state: ChainState, head: ChainHead): boolean {
  const link = state.links.at(head.seq);
  return link !== undefined && link.linkHash.every((byte, i) => byte === head.linkHash[i]);
}

/** Whether a person was granted an epoch by any of their memberships. */
export function isEpochGranted(state: ChainState, personId: PersonId, epoch: number): boolean {
  const intervals = state.grants.get(personId) ?? [];
  return intervals.some(({ from, to }) => epoch >= from && epoch <= (to ?? state.epoch));
}
