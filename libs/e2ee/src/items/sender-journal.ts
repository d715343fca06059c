import { equalBytes, limits } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol';
import { itemNumberError, pendingItemError, rolledBackError } from '../e2ee.errors.js';

/** A sender's place in a compartment as its log shows it: the last accepted item, or number 0. */
export interface SenderHead {
  readonly senderSeq: number;
  /** Zero bytes at number 0. */
  readonly itemHash: Uint8Array;
}

/** An item that was sealed and must be kept, byte for byte, until its fate is known. */
export interface PendingItem {
  readonly senderSeq: number;
  readonly itemHash: Uint8Array;
  /** The encoded signed item: these bytes and no others are sent, also after a crash. */
  readonly bytes: Uint8Array;
}

/** What one device sent into one compartment. Save it before the bytes leave; one writer holds it. */
export interface SenderJournal {
  readonly accepted: SenderHead;
  /** The highest number that was ever given to bytes. */
  readonly lastSeq: number;
  /** Items given up since the last accepted one, newest first; a dishonest server may still put one of them into the log. */
  readonly voided: readonly SenderHead[];
  readonly pending?: PendingItem;
}

/** The number of the next item and what it says of those before it. */
export interface ItemNumber {
  readonly senderSeq: number;
  readonly voids: number;
  readonly previousSenderHash: Uint8Array;
}

export const emptySenderJournal: SenderJournal = {
  accepted: { senderSeq: 0, itemHash: new Uint8Array(sizes.hash) },
  lastSeq: 0,
  voided: [],
};

/**
 * The number for the next item. Take it, seal, `journalItem`, save, and only then send.
 * @throws UsageError `e2ee/pending-item` while the fate of an earlier item is unknown; `e2ee/item-number` after 65,535
 * refusals in a row.
 */
export function nextItemNumber(journal: SenderJournal): ItemNumber {
  if (journal.pending !== undefined) throw pendingItemError('the fate of the last item is not known yet');
  const senderSeq = journal.lastSeq + 1;
  const voids = senderSeq - 1 - journal.accepted.senderSeq;
  if (voids > limits.maxVoidedNumbers) throw itemNumberError();
  return { senderSeq, voids, previousSenderHash: journal.accepted.itemHash };
}

/** The journal that must be saved before the item is sent. @throws UsageError `e2ee/pending-item` out of turn. */
export function journalItem(journal: SenderJournal, pending: PendingItem): SenderJournal {
  if (nextItemNumber(journal).senderSeq !== pending.senderSeq) throw pendingItemError('not the next number');
  return { ...journal, lastSeq: pending.senderSeq, pending };
}

/** What to do with a pending item. */
export type PendingFate =
  | { readonly kind: 'none' | 'accepted' }
  /** An item that was given up is in the log after all; what is pending no longer fits and is void. */
  | { readonly kind: 'overtaken' }
  /** The log does not hold it and still could: send the same bytes again. */
  | { readonly kind: 'send-again'; readonly bytes: Uint8Array };

/**
 * Squares the journal with what the verified log shows of this device, at every start and after every lost answer.
 * @throws RefusedError `e2ee/state-rolled-back` when the log knows more than the journal, or otherwise: then the state was
 * lost, restored from a copy, or is used by two processes, and the device must enrol anew.
 */
export function reconcileSender(
  journal: SenderJournal,
  observed: SenderHead,
): { readonly journal: SenderJournal; readonly fate: PendingFate } {
  const { accepted, lastSeq, voided, pending } = journal;
  if (isSameHead(observed, accepted)) {
    const fate: PendingFate = pending ? { kind: 'send-again', bytes: pending.bytes } : { kind: 'none' };
    return { journal, fate };
  }
  if (pending !== undefined && isSameHead(observed, pending)) {
    return { journal: { accepted: observed, lastSeq, voided: [] }, fate: { kind: 'accepted' } };
  }
  if (voided.some((item) => isSameHead(observed, item))) {
    return { journal: { accepted: observed, lastSeq, voided: [] }, fate: { kind: 'overtaken' } };
  }
  throw rolledBackError({
    observedNumber: observed.senderSeq,
    acceptedNumber: accepted.senderSeq,
    lastNumber: lastSeq,
  });
}

/**
 * Gives up a pending item that an honest server will not accept any more: a link came after the one it cites, its
 * directory head has grown old, or the verifier refused it. Reconcile first. Its number is spent; the next item says so. @throws UsageError `e2ee/pending-item` if none is.
 */
export function voidPendingItem(journal: SenderJournal): SenderJournal {
  const { accepted, lastSeq, voided, pending } = journal;
  if (pending === undefined) throw pendingItemError('no item is pending');
  const { senderSeq, itemHash } = pending;
  return { accepted, lastSeq, voided: [{ senderSeq, itemHash }, ...voided].slice(0, limits.maxRememberedVoids) };
}

function isSameHead(a: SenderHead, b: SenderHead): boolean {
  return a.senderSeq === b.senderSeq && equalBytes(a.itemHash, b.itemHash);
}
