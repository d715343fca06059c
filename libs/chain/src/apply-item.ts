import { equalBytes, limits } from '@rogatory/kernel';
import {
  decodeSignedItem,
  itemActs,
  type ItemHeader,
  itemSignedBytes,
  type Member,
  roleMay,
  signaturePurposes,
  type SignedItem,
} from '@rogatory/protocol';
import type { ChainState, SenderPosition } from './chain-state.js';
import { demand, refusal } from './chain.errors.js';
import { viewOf } from './directory-head.js';
import type { DirectoryLookup } from './directory-lookup.js';
import type { ItemFacts } from './facts.js';
import { contentLeaf, itemBodyHash, itemHash, zeroHash } from './hashes.js';
import { isStaying } from './link-context.js';
import { isMemberLive } from './liveness.js';
import { laggingAt } from './membership-change.js';
import { appendContent } from './next-state.js';
import { checkLiveNow } from './reception.js';
import { rotationReasons } from './rotation.js';
import { checkSignature } from './signature-check.js';

/** An item that has its place in the content log. */
export interface AppliedItem {
  readonly state: ChainState;
  readonly signed: SignedItem;
  readonly itemHash: Uint8Array;
  readonly sender: Member;
  /** Its leaf index in the content log. */
  readonly contentIndex: number;
}

/**
 * Verifies one item against the newest link and gives the state after it. Says who sealed it, when and in which order;
 * what it says is up to those who hold the key.
 * @throws CodecError on malformed bytes; VerificationError `chain/…`, `crypto/signature` when a rule does not hold;
 * RefusedError `chain/stale-head`, `chain/closed`, `chain/rotate-first`, `chain/directory-behind`.
 */
export function applyItem(state: ChainState, bytes: Uint8Array, facts: ItemFacts): AppliedItem {
  const signed = decodeSignedItem(bytes);
  const { header } = signed;
  checkPlace(state, header);
  const view = viewOf(facts, header.directoryHead, state.directoryHead);
  const sender = senderOf(state, header, view);
  checkSignature(facts, {
    purpose: signaturePurposes.item,
    publicKey: sender.signingKey,
    message: itemSignedBytes(signed.headerBytes, itemBodyHash(signed.sealed)),
    signature: signed.signature,
  });
  checkMoment(header, facts, sender);
  demand(roleMay(sender.role, itemActs[header.itemClass]), 'chain/right', "above the sender's role");
  checkWritable(state, header, facts, view);
  checkSequence(state.senders.get(header.senderDevice), header);
  checkContentHead(state, header, facts);
  const hash = itemHash(signed);
  const position = { senderSeq: header.senderSeq, itemHash: hash, logSize: header.logHead.size };
  const next: ChainState = {
    ...state,
    senders: state.senders.set(header.senderDevice, position),
    content: appendContent(state.content, [contentLeaf(bytes)], state.content.itemsInEpoch + 1),
  };
  return { state: next, signed, itemHash: hash, sender, contentIndex: state.content.size };
}

/** SPEC: items 3 — (epoch, linkHash) are those of the newest link, so that what comes late has no place. */
function checkPlace(state: ChainState, header: ItemHeader): void {
  const isHere = header.caseId === state.caseId && header.compartmentId === state.compartmentId;
  demand(isHere, 'chain/wrong-case', 'an item of another case or compartment');
  demand(header.suite === state.suite, 'chain/suite', 'not the suite of the case');
  const isNewest = header.epoch === state.epoch && equalBytes(header.linkHash, state.head.linkHash);
  if (!isNewest) throw refusal('chain/stale-head', { seq: state.head.seq });
}

function senderOf(state: ChainState, header: ItemHeader, view: DirectoryLookup): Member {
  const sender = state.members.device(header.senderDevice);
  const isMember =
    sender !== undefined && isStaying(state, sender.personId) && sender.authorityId === header.authorityId;
  demand(isMember, 'chain/signer', 'sent by a device that is not a member');
  demand(
    isMemberLive(sender, view, header.directoryHead.timeMs),
    'chain/not-live',
    'sent by a device that is not live',
  );
  return sender;
}

/** Items wait in an outbox, so their author's clock may lie behind the receiver's, but never ahead of it. */
function checkMoment(header: ItemHeader, facts: ItemFacts, sender: Member): void {
  if (facts.reception === undefined) return;
  const isPast = header.time.timeMs <= facts.reception.receivedAtMs + limits.maxClockSkewMs;
  demand(isPast, 'chain/time', "the author's clock runs ahead of the receiver's");
  checkLiveNow(facts, sender);
}

/**
 * SPEC: items 4 — nothing is written to a closed case, nor under a key that somebody holds who may not. What only the
 * moment shows (the newest root chain, the newest directory) is demanded when an item is accepted, not when it is replayed.
 */
function checkWritable(state: ChainState, header: ItemHeader, facts: ItemFacts, view: DirectoryLookup): void {
  const newestRoot = facts.reception === undefined ? undefined : facts.root;
  if (state.isClosed || newestRoot?.isClosed === true) throw refusal('chain/closed');
  const { directory, reception } = facts;
  const isLagging = newestRoot !== undefined && laggingAt(state, newestRoot.head, newestRoot).size > 0;
  const isPending = (at: DirectoryLookup, atMs: number) =>
    rotationReasons(state, { directory, view: at, atMs }).length > 0;
  const isPendingNow = reception !== undefined && isPending(directory.at(directory.size), reception.receivedAtMs);
  if (isLagging || isPendingNow || isPending(view, header.directoryHead.timeMs)) throw refusal('chain/rotate-first');
}

/** SPEC: items 3 — numbers rise without reuse; what is missing between two is named as void. */
function checkSequence(last: SenderPosition | undefined, header: ItemHeader): void {
  const follows = header.senderSeq === (last?.senderSeq ?? 0) + header.voids + 1;
  const isLinked = equalBytes(header.previousSenderHash, last?.itemHash ?? zeroHash());
  demand(follows && isLinked, 'chain/sender-sequence', "does not follow the sender's last item");
}

/** SPEC: items 3 — the head that the sender saw is one of this log, not older than its own last one and the newest link. */
function checkContentHead(state: ChainState, header: ItemHeader, facts: ItemFacts): void {
  const { size, root } = header.logHead;
  const newestLink = state.links.last()?.logHead.size ?? 0;
  const oldest = Math.max(newestLink + 1, state.senders.get(header.senderDevice)?.logSize ?? 0);
  demand(size >= oldest && size <= state.content.size, 'chain/log-head', 'cites a content log out of place');
  const isOurs =
    size === state.content.size ? equalBytes(root, state.content.root) : facts.hadContentHead?.(size, root);
  demand(isOurs ?? true, 'chain/log-head', 'cites a content log that is not ours');
}
