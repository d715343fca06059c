import { InternalError, type PersonId } from '@rogatory/kernel';
import { type Link, linkTypes, type SignedLink } from '@rogatory/protocol';
import { Frontier } from '@rogatory/tlog';
import type { ChainState, ContentLog, EpochInfo, EpochInterval, LinkRecord } from './chain-state.js';
import { GrowingList } from './growing-list.js';
import { contentLeaf, linkContext } from './hashes.js';
import { IdMap } from './id-map.js';
import type { MembershipChange } from './membership-change.js';

/** A link that was found valid. */
export interface VerifiedLink {
  readonly signed: SignedLink;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly change: MembershipChange;
}

type Grants = ChainState['grants'];

export function firstState(verified: VerifiedLink): ChainState {
  const { link } = verified.signed;
  const { policy } = link.body;
  if (policy === undefined) throw new InternalError('internal/genesis', 'a verified genesis has a policy');
  const frontier = new Frontier();
  const empty: ContentLog = { size: 0, root: frontier.root(), frontier, itemsInEpoch: 0 };
  return {
    caseId: link.caseId,
    compartmentId: link.compartmentId,
    isRoot: (link.caseId as string) === link.compartmentId,
    suite: link.suite,
    head: { seq: 0, linkHash: verified.hash },
    rootHead: link.rootHead,
    directoryHead: link.directoryHead,
    epoch: 1,
    epochs: GrowingList.empty<EpochInfo>().append(epochOf(verified)),
    segmentStart: 1,
    members: verified.change.members,
    leaving: verified.change.leaving,
    lagging: verified.change.lagging,
    keyedSince: new Set(),
    isClosed: false,
    policy,
    grants: grantsAfter(IdMap.empty(), verified.change, 1),
    links: GrowingList.empty<LinkRecord>().append(recordOf(verified, false)),
    compartments: new Map(),
    senders: IdMap.empty(),
    content: appendContent(empty, [verified.bytes].map(contentLeaf), 0),
  };
}

export function nextState(state: ChainState, verified: VerifiedLink): ChainState {
  const { signed, change, hash, bytes } = verified;
  const { link } = signed;
  const startsEpoch = link.epoch !== state.epoch;
  const isClosed = link.type === linkTypes.close || (state.isClosed && link.type !== linkTypes.reopen);
  const items = startsEpoch ? 0 : state.content.itemsInEpoch;
  return {
    ...state,
    suite: (link.body.suite ?? state.suite) as ChainState['suite'],
    head: { seq: link.seq, linkHash: hash },
    rootHead: link.rootHead,
    directoryHead: link.directoryHead,
    epoch: link.epoch,
    epochs: startsEpoch ? state.epochs.append(epochOf(verified)) : state.epochs,
    segmentStart: link.isBarrier ? link.epoch : state.segmentStart,
    members: change.members,
    leaving: change.leaving,
    lagging: change.lagging,
    keyedSince: startsEpoch ? new Set() : keyedAfter(state, link),
    isClosed,
    policy: link.body.policy ?? state.policy,
    grants: grantsAfter(state.grants, change, link.epoch),
    links: state.links.append(recordOf(verified, isClosed)),
    compartments: announcedAfter(state, link),
    content: appendContent(state.content, [contentLeaf(bytes)], items),
  };
}

/** The log with these leaf hashes at its end; the frontier of the earlier state is left as it was. */
export function appendContent(log: ContentLog, leaves: readonly Uint8Array[], itemsInEpoch: number): ContentLog {
  const frontier = log.frontier.clone();
  for (const leaf of leaves) frontier.append(leaf);
  return { size: frontier.size, root: frontier.root(), frontier, itemsInEpoch };
}

function epochOf({ signed, change }: VerifiedLink): EpochInfo {
  const { link, contextBytes } = signed;
  return {
    epoch: link.epoch,
    seq: link.seq,
    context: linkContext(contextBytes),
    suite: link.suite,
    isBarrier: link.isBarrier,
    baseEpoch: link.baseEpoch,
    keyCommit: link.keyCommit,
    readCommit: link.readCommit,
    archive: link.archive,
    directoryHead: link.directoryHead,
    members: change.members,
    contentIndex: link.logHead.size,
  };
}

function recordOf({ signed, change, hash }: VerifiedLink, isClosed: boolean): LinkRecord {
  const { link } = signed;
  const { compartmentId, personId } = link.body;
  const announces = link.type === linkTypes.compartment && compartmentId !== undefined && personId !== undefined;
  return {
    type: link.type,
    linkHash: hash,
    epoch: link.epoch,
    logHead: link.logHead,
    timeMs: link.time.timeMs,
    members: change.members,
    leaving: change.leaving,
    isClosed,
    departed: change.departed,
    ...(announces ? { announced: { compartmentId, personId } } : {}),
  };
}

function keyedAfter(state: ChainState, link: Link): ChainState['keyedSince'] {
  if (link.type === linkTypes.deviceAdd) {
    return new Set([...state.keyedSince, ...(link.body.members ?? []).map(({ deviceId }) => deviceId)]);
  }
  const isKeyed = link.type === linkTypes.reseal && (link.body.epochs ?? []).includes(state.epoch);
  return isKeyed ? new Set([...state.keyedSince, ...(link.body.devices ?? [])]) : state.keyedSince;
}

function announcedAfter(state: ChainState, { type, body, seq }: Link): ChainState['compartments'] {
  if (type !== linkTypes.compartment || body.compartmentId === undefined) return state.compartments;
  return new Map([...state.compartments, [body.compartmentId, seq]]);
}

/** Grants of those who came begin, grants of those who went end with the epoch before; a new device adds nothing. */
function grantsAfter(before: Grants, { added, departed }: MembershipChange, epoch: number): Grants {
  let grants = before;
  for (const personId of departed) grants = grants.set(personId, ended(grants.get(personId) ?? [], epoch - 1));
  const admitted = new Map<PersonId, number>(added.map(({ personId, history }) => [personId, history.fromEpoch]));
  for (const [personId, from] of admitted) {
    const intervals = grants.get(personId) ?? [];
    if (intervals.some(({ to }) => to === undefined)) continue;
    grants = grants.set(personId, [...intervals, { from }]);
  }
  return grants;
}

function ended(intervals: readonly EpochInterval[], lastEpoch: number): EpochInterval[] {
  return intervals.map((interval) => (interval.to === undefined ? { from: interval.from, to: lastEpoch } : interval));
}
