import { equalBytes, isRogatoryError } from '@rogatory/kernel';
import type { CarriedHead } from '@rogatory/protocol';
import {
  encodeCheckpointText,
  encodeNote,
  keyTypes,
  openCheckpoint,
  parseVerifierKey,
  type SignedCheckpoint,
} from '@rogatory/tlog';
import type { DeviceMemory } from '../state/device-memory.js';
import { auditTrust } from './known-logs.js';

/** A verified head as items and heartbeats carry it. */
export function carriedHeadOf({ size, root, note, signatures }: SignedCheckpoint): CarriedHead | undefined {
  const key = signatures.map((each) => each.key).find(({ type }) => type === keyTypes.log);
  const line = note.signatures.find(({ name, keyId }) => name === key?.name && keyId === key.keyId);
  return line && { keyId: line.keyId, size, root, signature: line.signature };
}

/**
 * What a carried head is worth: `head` for one that the log signed which takes records, `ended` for one of a log which this
 * device left and whose last head does not contradict it, `fork` where it does: that log signed both. `unknown` for one under
 * a key that this device does not know, `refused` for what no log signed.
 */
export type CarriedVerdict =
  | { readonly kind: 'head'; readonly head: SignedCheckpoint }
  | { readonly kind: 'ended' }
  | { readonly kind: 'fork' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly code: string };

export function judgeCarried(head: CarriedHead, { pins, pastLogs }: DeviceMemory): CarriedVerdict {
  const past = pastLogs.find(({ logKeys }) => namesKey(logKeys, head));
  const log = pins !== undefined && namesKey(pins.logKeys, head) ? pins : past && { ...past, auditOrigin: past.origin };
  if (log === undefined) return { kind: 'unknown' };
  const trust = auditTrust(log);
  try {
    const { keyId, signature } = head;
    const text = encodeCheckpointText({ origin: trust.origin, size: head.size, root: head.root });
    const name = trust.logKeys.find((key) => key.keyId === keyId)?.name ?? trust.origin;
    const opened = openCheckpoint(encodeNote({ text, signatures: [{ name, keyId, signature }] }), trust);
    if (log === pins || past === undefined) return { kind: 'head', head: opened };
    // SPEC: audit 15: after its last head a log has none; one that was abandoned may have lost some.
    const isBeyond = opened.size > past.size || (opened.size === past.size && !equalBytes(opened.root, past.root));
    return { kind: isBeyond && past.reason !== 'abandoned' ? 'fork' : 'ended' };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return { kind: 'refused', code: error.code };
  }
}

function namesKey(logKeys: readonly string[], { keyId }: CarriedHead): boolean {
  return logKeys.some((key) => parseVerifierKey(key).keyId === keyId);
}
