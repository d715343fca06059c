import { equalBytes, isRogatoryError, type ObjectId, toBase64, toHex } from '@rogatory/kernel';
import {
  composeItem,
  type ComposedItem,
  demandWritable,
  emptySenderJournal,
  type ItemDraft,
  type ItemScene,
  reconcileSender,
  type SenderJournal,
  voidPendingItem,
  writeObstacles,
} from '@rogatory/e2ee';
import {
  actSubjects,
  decodeSignedItem,
  type DirectoryHead,
  type ItemClass,
  itemClasses,
  type ItemHeader,
  type SignedItem,
} from '@rogatory/protocol';
import { refusedError, verificationError } from '../client.errors.js';
import {
  addDocumentOperation,
  changeOperationOperation,
  changeTaskOperation,
  type PostItemMutation,
  type PostItemMutationVariables,
  postItemOperation,
} from '../operations.generated.js';
import type { Call } from '../session/gateway.js';
import { compartmentOf, withCompartment } from '../state/device-state.js';
import type { DeviceMemory } from '../state/device-memory.js';
import { asBytes, asWhole } from '../transport/answer.js';
import type { CaseParts } from './case-parts.js';
import type { Compartment } from './compartment.js';
import type { VerifiedItem } from './replica.js';

const MAX_TRIES = 6;
type ItemCall = Call<PostItemMutationVariables>;
const staleCodes = new Set(['client/contended', 'chain/stale-head', 'chain/log-head', 'chain/directory-behind']);

/** What posts besides the item itself. */
export interface PostWay {
  /** For a document: the upload that holds its bytes. */
  readonly uploadId?: string;
}

export interface PostingParts {
  readonly cases: CaseParts;
  readonly compartment: Compartment;
  /** Begins a new epoch when the chain demands one before anything is written. */
  readonly rotate: () => Promise<void>;
}

interface Posted {
  readonly position: number;
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
  readonly receivedAtMs: number;
}

/**
 * Seals, numbers, journals and posts one item, and waits until it stands in the verified log. Rotates first when the chain
 * demands it; seals anew, under a new number, when others were faster.
 * @throws RefusedError `chain/closed`, `e2ee/write` with the obstacle, `client/contended`, `e2ee/state-rolled-back`; as the server tells.
 */
export function postItem(
  parts: PostingParts,
  draft: (scene: ItemScene) => ItemDraft,
  way: PostWay = {},
): Promise<VerifiedItem> {
  const { compartment, cases } = parts;
  const post = async (): Promise<VerifiedItem> => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const journal = await settledJournal(parts);
      const scene = await writableScene(parts, journal);
      if (scene === undefined) continue;
      const placed = await attempt(parts, scene, { ...way, base: journal, draft });
      if (placed !== undefined) return takeIn(parts, placed.composed, placed.posted);
      await parts.compartment.sync();
    }
    throw refusedError('client/contended');
  };
  // One writer at a time, in this process and in every other that shares the device's state.
  return compartment.exclusive(() => cases.deviceState.hold(post));
}

/**
 * Refuses at once what could not be posted in the end either: bytes need not be sent first to hear of it.
 * @throws RefusedError `chain/closed`, `e2ee/write` with the obstacle.
 */
export async function demandPostable(parts: Omit<PostingParts, 'rotate'>, itemClass: ItemClass): Promise<void> {
  const { compartment, cases } = parts;
  const directoryHead = await cases.directory.syncWhenOld(compartment.state.directoryHead);
  const { sender } = compartmentOf(cases.deviceState.memory, compartment.replica);
  demandWritable(sceneOf(parts, sender, directoryHead), itemClass);
}

/** The sender journal without a pending item: sent again if it still can be accepted, else void. */
async function settledJournal(parts: PostingParts): Promise<SenderJournal> {
  const { compartment, cases } = parts;
  const { sender: saved, contentHead } = compartmentOf(cases.deviceState.memory, compartment.replica);
  // Another process of this profile may have posted since this one last looked.
  const isBehind = saved.lastSeq > observed(parts).senderSeq || contentHead.size > compartment.replica.size;
  if (isBehind) await compartment.sync();
  const { journal, fate } = reconcileSender(saved, observed(parts));
  if (fate.kind !== 'send-again') return journal;
  const item = decodeSignedItem(fate.bytes);
  const isCurrent = equalBytes(item.header.linkHash, compartment.state.head.linkHash);
  // A change that was told of as refused or unknown must not come into force later: people, or their queue, make it anew.
  const { itemClass } = item.header;
  const mayResend = isCurrent && itemClass !== itemClasses.task && itemClass !== itemClasses.operation;
  const isSent = mayResend && (await resend(parts, item, fate.bytes));
  await compartment.sync();
  const again = reconcileSender(journal, observed(parts));
  if (again.fate.kind !== 'send-again') return again.journal;
  if (isSent) throw verificationError('client/answer');
  return voidPendingItem(again.journal);
}

function observed({ compartment, cases }: PostingParts) {
  return compartment.state.senders.get(cases.keys.deviceId) ?? emptySenderJournal.accepted;
}

/** A document's pending item is never sent again: its upload may be gone, and its number is void in any case. */
async function resend(parts: PostingParts, item: SignedItem, bytes: Uint8Array): Promise<boolean> {
  const { header } = item;
  const call = { variables: { item: toBase64(bytes) }, subject: actSubjects.postItem(header, bytes) };
  try {
    return (await handOver(parts.cases, header, call)) !== undefined;
  } catch (error) {
    if (isRogatoryError(error) && error.family !== 'unavailable') return false;
    throw error;
  }
}

/** Undefined after a rotation: look again. */
async function writableScene(parts: PostingParts, journal: SenderJournal): Promise<ItemScene | undefined> {
  const { compartment, cases, rotate } = parts;
  const directoryHead = await cases.directory.syncWhenOld(compartment.state.directoryHead);
  const auditHead = await cases.gateway.carriedHead();
  const scene = (): ItemScene => ({ ...sceneOf(parts, journal, directoryHead), ...(auditHead && { auditHead }) });
  // Any class serves for the obstacles that can be helped; `composeItem` asks again for the right one.
  const obstacles = new Set(writeObstacles(scene(), 1));
  if (obstacles.has('head-not-confirmed')) {
    await compartment.readHeartbeats();
    if (writeObstacles(scene(), 1).includes('head-not-confirmed')) throw refusedError('client/unanchored');
  }
  const isDue = ['leaving', 'removed-from-case', 'device-ended', 'epoch-age', 'epoch-items'].some((reason) =>
    (obstacles as ReadonlySet<string>).has(reason),
  );
  if (!isDue) return scene();
  await rotate();
  return undefined;
}

function sceneOf(
  { compartment, cases }: Omit<PostingParts, 'rotate'>,
  journal: SenderJournal,
  directoryHead: DirectoryHead,
): ItemScene {
  const { replica } = compartment;
  return {
    deviceId: cases.keys.deviceId,
    state: compartment.state,
    ...(replica.root === undefined ? {} : { root: replica.root.state }),
    keyring: compartment.keyring,
    directory: cases.directory.state,
    directoryHead,
    confirmations: replica.confirmations,
    nowMs: cases.gateway.clock.nowMs(),
    signingKey: cases.keys.signing,
    journal,
    facts: { hadContentHead: (size, root) => replica.hadContentHead({ size, root }) },
    time: cases.gateway.acts.time(),
    random: cases.gateway.random,
  };
}

interface Attempt extends PostWay {
  readonly base: SenderJournal;
  readonly draft: (scene: ItemScene) => ItemDraft;
}

/** Undefined when others were faster, or when a new epoch is due by a newer directory: the next try sees why. */
async function attempt(parts: PostingParts, scene: ItemScene, { draft, ...way }: Attempt) {
  try {
    const composed = composeItem(scene, draft(scene));
    const posted = await send(parts, composed, way);
    return posted && { composed, posted };
  } catch (error) {
    if (!isRogatoryError(error) || error.code !== 'chain/rotate-first') throw error;
    // The head at hand may be minutes old; the reason to rotate lies behind it.
    await parts.cases.directory.sync();
    return undefined;
  }
}

async function send(
  { cases, compartment }: PostingParts,
  composed: ComposedItem,
  { uploadId, base }: PostWay & { readonly base: SenderJournal },
): Promise<Posted | undefined> {
  const subject = actSubjects.postItem(composed.header, composed.bytes);
  const item = toBase64(composed.bytes);
  const { state } = compartment;
  const journal = (memory: DeviceMemory): DeviceMemory => {
    const before = compartmentOf(memory, compartment.replica);
    if (before.sender.lastSeq > base.lastSeq) throw refusedError('client/contended', { retryable: true });
    const isNewer = state.content.size > before.contentHead.size;
    const contentHead = { size: state.content.size, root: state.content.root };
    const heads = isNewer ? { chainHead: state.head, contentHead } : {};
    return withCompartment(memory, { ...before, ...heads, sender: composed.journal });
  };
  try {
    const told =
      uploadId === undefined
        ? await handOver(cases, composed.header, { variables: { item }, subject, journal })
        : await cases.gateway.call(addDocumentOperation, { variables: { item, uploadId }, subject, journal }, (d) =>
            placed(d.addDocument),
          );
    return told;
  } catch (error) {
    if (isRogatoryError(error) && error.family === 'refused' && staleCodes.has(error.code)) return undefined;
    throw error;
  }
}

/** Sends an item that needs no upload by the operation of its class. */
function handOver({ gateway }: CaseParts, { itemClass }: ItemHeader, call: ItemCall): Promise<Posted | undefined> {
  if (itemClass === itemClasses.task) return gateway.call(changeTaskOperation, call, (data) => placed(data.changeTask));
  if (itemClass === itemClasses.operation) {
    return gateway.call(changeOperationOperation, call, (data) => placed(data.changeOperation));
  }
  return gateway.call(postItemOperation, call, (data) => placed(data.postItem));
}

/** Where a server says that it put an item; undefined when others were faster. Anything else is no answer. */
function placed(told: PostItemMutation['postItem']): Posted | undefined {
  if (told.__typename === 'StaleHead') return undefined;
  if (told.__typename !== 'ItemPosted') throw verificationError('client/answer');
  const { position, contentSize, contentRoot, receivedAtMs } = told;
  return {
    position: asWhole(position),
    contentSize: asWhole(contentSize),
    contentRoot: asBytes(contentRoot),
    receivedAtMs: asWhole(receivedAtMs),
  };
}

/** The item counts once it stands in the log that this device verified. */
async function takeIn({ compartment }: PostingParts, composed: ComposedItem, posted: Posted): Promise<VerifiedItem> {
  const { position, contentSize, contentRoot, receivedAtMs } = posted;
  const event = { position, isLink: false, bytes: composed.bytes, receivedAtMs };
  const isTaken = await compartment.takeOwnItem(event);
  if (!isTaken || contentSize !== compartment.replica.size) await compartment.sync({ afterWrite: true });
  const isKnownRoot = compartment.replica.hadContentHead({ size: contentSize, root: contentRoot });
  const found = compartment.replica.events[position];
  const isOurs = found?.kind === 'item' && equalBytes(found.item.itemHash, composed.itemHash);
  if (!isKnownRoot || !isOurs) throw verificationError('client/history-rollback');
  return found.item;
}

/** A fresh object id. */
export function newObjectId(random: (length: number) => Uint8Array): ObjectId {
  return toHex(random(16)) as ObjectId;
}
