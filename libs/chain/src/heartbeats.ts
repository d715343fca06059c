import { equalBytes } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import { decodeSignedHeartbeat, type Heartbeat, type Member, signaturePurposes } from '@rogatory/protocol';
import { type ChainState, hadHead } from './chain-state.js';
import { demand, refusal } from './chain.errors.js';
import type { ItemFacts } from './facts.js';
import { isStaying } from './link-context.js';
import { checkLiveNow, checkReceivedTime } from './reception.js';

/** A heartbeat that confirms a history of which ours is a part or the whole. */
export interface VerifiedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly member: Member;
  /** Whether it confirms the newest link and everything that was said up to now. */
  readonly confirmsNewest: boolean;
}

/**
 * Checks a member's word on the heads that it has verified against our own.
 * @throws CodecError; VerificationError `chain/heartbeat`, `crypto/signature`, and `chain/fork` when the device was shown
 * another history than we were: both heads together prove it; RefusedError `chain/behind` when it knows more than we do.
 */
export function verifyHeartbeat(state: ChainState, bytes: Uint8Array, facts: ItemFacts): VerifiedHeartbeat {
  const { heartbeat, signedBytes, signature } = decodeSignedHeartbeat(bytes);
  const member = state.members.device(heartbeat.deviceId);
  const isOurs = member !== undefined && heartbeat.compartmentId === state.compartmentId;
  demand(
    isOurs && isStaying(state, member.personId),
    'chain/heartbeat',
    'a heartbeat of a device that is not a member',
  );
  verifySignature({
    purpose: signaturePurposes.heartbeat,
    publicKey: member.signingKey,
    message: signedBytes,
    signature,
  });
  checkReceivedTime(facts, heartbeat.time.timeMs);
  checkLiveNow(facts, member);
  compareChain(state, heartbeat);
  compareContent(state, heartbeat, facts);
  compareDirectory(heartbeat, facts);
  const { chainHead, contentHead } = heartbeat;
  const confirmsNewest = chainHead.seq === state.head.seq && contentHead.size === state.content.size;
  return { heartbeat, member, confirmsNewest };
}

function compareChain(state: ChainState, { chainHead }: Heartbeat): void {
  if (chainHead.seq > state.head.seq) throw refusal('chain/behind', { seq: chainHead.seq });
  demand(hadHead(state, chainHead), 'chain/fork', 'another chain than ours');
}

function compareContent(state: ChainState, { contentHead, chainHead }: Heartbeat, facts: ItemFacts): void {
  const { size, root } = contentHead;
  if (size > state.content.size) throw refusal('chain/behind', { size });
  const linkIndex = state.links.at(chainHead.seq)?.logHead.size ?? 0;
  demand(size > linkIndex, 'chain/heartbeat', 'a content log that ends before its own chain');
  const isSame =
    size === state.content.size ? equalBytes(root, state.content.root) : facts.hadContentHead?.(size, root);
  demand(isSame ?? true, 'chain/fork', 'another content log than ours');
}

function compareDirectory({ directoryHead }: Heartbeat, { directory }: ItemFacts): void {
  const { size, root } = directoryHead;
  if (size > directory.size) throw refusal('chain/directory-behind', { size });
  demand(equalBytes(directory.at(size).head.root, root), 'chain/fork', 'another directory than ours');
}
