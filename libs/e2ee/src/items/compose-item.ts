import type { DeviceId, ObjectId, PersonId, RandomBytes } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  applyItem,
  chainRefusal,
  type ChainState,
  type ItemFacts,
  isMemberLive,
  isStaying,
  laggingAt,
  type RotationReason,
  rotationReasons,
} from '@rogatory/chain';
import type { DirectoryViews } from '@rogatory/pki';
import {
  type CarriedHead,
  type DirectoryHead,
  itemActs,
  type ItemClass,
  type Member,
  type OperationFacts,
  roleMay,
  type SignedTime,
  type TaskFacts,
} from '@rogatory/protocol';
import { writeRefused } from '../e2ee.errors.js';
import { newestEpochRecord } from '../keys/epoch-book.js';
import type { EpochKeyring } from '../keys/epoch-keyring.js';
import { type HeadConfirmations, isHeadConfirmed } from '../trust/confirmed-heads.js';
import { type SealedItem, sealItem } from './item-sealing.js';
import { journalItem, nextItemNumber, type SenderJournal } from './sender-journal.js';

/** Everything that decides whether this device may seal into a compartment now; all of it verified. */
export interface WriteScene {
  readonly deviceId: DeviceId;
  readonly state: ChainState;
  /** The newest root chain; for a further compartment only. */
  readonly root?: ChainState;
  readonly keyring: EpochKeyring;
  readonly directory: DirectoryViews;
  readonly directoryHead: DirectoryHead;
  readonly confirmations: HeadConfirmations;
  readonly nowMs: number;
}

/** Why a device must not write now. */
export type WriteObstacle =
  | 'not-a-member'
  | 'not-live'
  | 'role'
  | 'closed'
  | 'no-key'
  | 'head-not-confirmed'
  | RotationReason;

/**
 * Why nothing may be sealed now; empty when it may. The answer to `rotationReasons` among them is `composeRotate`.
 * SPEC: keys 9: a client asks before every seal, whatever a server says.
 */
export function writeObstacles(scene: WriteScene, itemClass: ItemClass): WriteObstacle[] {
  const { state, root, directory, directoryHead, keyring } = scene;
  const view = directory.at(directoryHead.size);
  const atMs = directoryHead.timeMs;
  const member = state.members.device(scene.deviceId);
  if (member === undefined || !isStaying(state, member.personId)) return ['not-a-member'];
  const obstacles: WriteObstacle[] = [];
  if (!isMemberLive(member, view, atMs)) obstacles.push('not-live');
  if (!roleMay(member.role, itemActs[itemClass])) obstacles.push('role');
  if (state.isClosed || root?.isClosed === true) obstacles.push('closed');
  if (!keyring.holdsChainKey(state.epoch)) obstacles.push('no-key');
  if (root !== undefined && laggingAt(state, root.head, root).size > 0) obstacles.push('removed-from-case');
  obstacles.push(...rotationReasons(state, { directory, view, atMs }));
  if (!isConfirmed(scene, member)) obstacles.push('head-not-confirmed');
  return [...new Set(obstacles)];
}

/** Neither a new key nor a word of another member helps against these. */
const lasting: ReadonlySet<WriteObstacle> = new Set(['not-a-member', 'not-live', 'role', 'closed']);

/**
 * Refuses at once what could not be sealed in the end either, before anything is prepared for it.
 * @throws RefusedError `chain/closed`, or `e2ee/write` with the obstacle.
 */
export function demandWritable(scene: WriteScene, itemClass: ItemClass): void {
  const obstacle = writeObstacles(scene, itemClass).find((found) => lasting.has(found));
  if (obstacle !== undefined) throw refusalOf(obstacle);
}

function refusalOf(obstacle: WriteObstacle): Error {
  return obstacle === 'closed' ? chainRefusal('chain/closed') : writeRefused(obstacle);
}

function isConfirmed(scene: WriteScene, { personId, deviceId }: Member): boolean {
  const { state, confirmations, nowMs } = scene;
  const others = [...state.members.persons.values()].some((person) => person.personId !== personId)
    ? [...state.members.devices].flatMap(([id]) => (id === deviceId ? [] : [id]))
    : [];
  const confirmationMs = state.policy.headConfirmationMs;
  return isHeadConfirmed({
    confirmations,
    others,
    sharedSinceMs: sharedSinceMs(state, personId),
    confirmationMs,
    nowMs,
  });
}

/** When the compartment last became one of several persons. */
function sharedSinceMs(state: ChainState, personId: PersonId): number {
  let sinceMs = 0;
  for (let seq = state.head.seq; seq >= 0; seq--) {
    const record = state.links.at(seq);
    const isAlone = record?.members.persons.size === 1 && record.members.persons.has(personId);
    if (record === undefined || isAlone) break;
    sinceMs = record.timeMs;
  }
  return sinceMs;
}

export interface ItemScene extends WriteScene {
  readonly signingKey: SigningKey;
  readonly journal: SenderJournal;
  /** Newest head of the audit log that this device verified, as the log signed it. */
  readonly auditHead?: CarriedHead;
  readonly facts?: Pick<ItemFacts, 'isKnownHead' | 'hadContentHead'>;
  readonly time: SignedTime;
  readonly random: RandomBytes;
}

export interface ItemDraft {
  readonly itemClass: ItemClass;
  readonly objectId: ObjectId;
  readonly version: number;
  /** For the change of a task alone: what everybody who carries it may read. */
  readonly task?: TaskFacts;
  /** For the record of an operation alone, likewise. */
  readonly operation?: OperationFacts;
  /** Encoded content of the class. */
  readonly plaintext: Uint8Array;
}

/** An item that our own verifier has accepted. Save the journal, then send the bytes. */
export interface ComposedItem extends SealedItem {
  readonly journal: SenderJournal;
  /** The chain once the item is accepted. */
  readonly next: ChainState;
}

/**
 * Numbers, seals, signs and journals one item.
 * @throws RefusedError `chain/closed`, `e2ee/write` with the first obstacle; UsageError `e2ee/pending-item`; as the verifier.
 */
export function composeItem(scene: ItemScene, draft: ItemDraft): ComposedItem {
  const [obstacle] = writeObstacles(scene, draft.itemClass);
  const { state, keyring, time, random, journal, directory, directoryHead, root } = scene;
  const member = state.members.device(scene.deviceId);
  if (obstacle !== undefined || member === undefined) throw refusalOf(obstacle ?? 'not-a-member');
  const number = nextItemNumber(journal);
  const sealed = sealItem({
    author: { deviceId: member.deviceId, authorityId: member.authorityId, signingKey: scene.signingKey },
    place: {
      epoch: newestEpochRecord(state),
      linkHash: state.head.linkHash,
      directoryHead,
      logHead: { size: state.content.size, root: state.content.root },
    },
    keyring,
    number,
    ...draft,
    ...(scene.auditHead && { auditHead: scene.auditHead }),
    time,
    random,
  });
  const reception = { receivedAtMs: scene.nowMs };
  const { state: next } = applyItem(state, sealed.bytes, {
    ...scene.facts,
    directory,
    reception,
    ...(root && { root }),
  });
  const pending = { senderSeq: number.senderSeq, itemHash: sealed.itemHash, bytes: sealed.bytes };
  return { ...sealed, journal: journalItem(journal, pending), next };
}
