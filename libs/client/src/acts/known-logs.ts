import { equalBytes } from '@rogatory/kernel';
import {
  type CheckpointTrust,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  parseVerifierKey,
  type SignedCheckpoint,
} from '@rogatory/tlog';
import { verificationError } from '../client.errors.js';
import type { DeviceMemory, ServerPins } from '../state/device-memory.js';

/** Whose signature makes a head of the audit log. */
export function auditTrust(pins: Pick<ServerPins, 'auditOrigin' | 'logKeys'>) {
  return { origin: pins.auditOrigin, logKeys: pins.logKeys.map(parseVerifierKey) };
}

/** Origin that a note names, whoever signed it. @throws CodecError `tlog/note`, `tlog/checkpoint`. */
export function originOf(note: Uint8Array): string {
  return parseCheckpointText(parseNote(note).text).origin;
}

/**
 * A head of an audit log that this device knows: of the one that takes records, or of one that it left, of which only the last head
 * counts unless it was abandoned. @throws VerificationError `client/server-changed` for a log that is neither; as `openCheckpoint`.
 */
export function openKnownHead(
  note: Uint8Array,
  { pins, pastLogs }: Pick<DeviceMemory, 'pins' | 'pastLogs'>,
): SignedCheckpoint {
  if (pins === undefined) throw verificationError('client/server-changed');
  const trust: CheckpointTrust = auditTrust(pins);
  const origin = originOf(note);
  if (origin === pins.auditOrigin) return openCheckpoint(note, trust);
  const past = pastLogs.find((log) => log.origin === origin);
  if (past === undefined) throw verificationError('client/server-changed');
  const head = openCheckpoint(note, auditTrust({ auditOrigin: origin, logKeys: past.logKeys }));
  const isLast = head.size === past.size && equalBytes(head.root, past.root);
  if (!isLast && past.reason !== 'abandoned') throw verificationError('client/answer');
  return head;
}
