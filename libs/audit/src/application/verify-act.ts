import {
  type CaseId,
  type CompartmentId,
  type DeviceId,
  equalBytes,
  idBytes,
  limits,
  type ObjectId,
} from '@rogatory/kernel';
import { type AuditEventCode, auditEvents, decodeSignedAct, decodeWhy, type SignedAct } from '@rogatory/protocol';
import { actPayloadHash, isEqualConstantTime, verifyActSignature, whyCommitment } from '@rogatory/crypto/verify';
import { actTime, reasonMissing, wrongAct } from '../domain/audit.errors.js';
import type { GivenWhy, VerifiedAct } from '../domain/audit-entry.js';

/** What the server is about to do, which the device's statement has to name exactly. */
export interface ActExpectation {
  /** The device of the session. */
  readonly device: { readonly id: DeviceId; readonly signingKey: Uint8Array };
  readonly operation: AuditEventCode;
  readonly caseId?: CaseId;
  readonly compartmentId?: CompartmentId;
  readonly objectId?: ObjectId;
  readonly version?: number;
  /** The bytes that the request submits, in the order that the operation's specification gives. */
  readonly payload: readonly Uint8Array[];
  readonly nowMs: number;
}

/** The statement and the reason as they came with the request. */
export interface ReceivedAct {
  readonly signedAct: Uint8Array;
  readonly why?: { readonly bytes: Uint8Array; readonly opening: Uint8Array };
}

const ABSENT_LONG = new Uint8Array(32);
const ABSENT_SHORT = new Uint8Array(16);

/**
 * The caller's own statement about exactly this operation, its ids and bytes; only such an act can be recorded.
 * SPEC: acts 6. Whether id and counter are new, the database decides when the record is stored.
 * @throws VerificationError `audit/act`; RefusedError `audit/act-time`, `audit/reason-missing`; CodecError.
 */
export function verifyAct(received: ReceivedAct, expected: ActExpectation): VerifiedAct {
  const signed = decodeSignedAct(received.signedAct);
  if (!isAbout(signed, expected)) throw wrongAct();
  try {
    verifyActSignature(signed, expected.device.signingKey);
  } catch (cause) {
    throw wrongAct(cause);
  }
  if (Math.abs(signed.act.time.timeMs - expected.nowMs) > limits.maxActSkewMs) throw actTime(expected.nowMs);
  const why = openWhy(received, signed);
  return { act: signed.act, bytes: received.signedAct.slice(), why } as VerifiedAct;
}

function isAbout({ act }: SignedAct, expected: ActExpectation): boolean {
  return (
    act.deviceId === expected.device.id &&
    act.operation === expected.operation &&
    act.counter >= 1 &&
    equalBytes(act.caseId, expected.caseId === undefined ? ABSENT_LONG : idBytes(expected.caseId)) &&
    equalBytes(
      act.compartmentId,
      expected.compartmentId === undefined ? ABSENT_LONG : idBytes(expected.compartmentId),
    ) &&
    equalBytes(act.objectId, expected.objectId === undefined ? ABSENT_SHORT : idBytes(expected.objectId)) &&
    act.version === (expected.version ?? 0) &&
    equalBytes(act.payloadHash, actPayloadHash(expected.payload))
  );
}

/** SPEC: acts 5: a reason is there exactly when the operation demands one, and opens the commitment of the act. */
function openWhy({ why }: ReceivedAct, { act }: SignedAct): GivenWhy | undefined {
  if (!auditEvents[act.operation].needsWhy) {
    if (why !== undefined || !equalBytes(act.whyCommit, ABSENT_LONG)) throw wrongAct();
    return undefined;
  }
  if (why === undefined) throw reasonMissing();
  if (why.opening.length !== 32 || !isEqualConstantTime(whyCommitment(why.opening, why.bytes), act.whyCommit)) {
    throw wrongAct();
  }
  return { bytes: why.bytes.slice(), opening: why.opening.slice(), why: decodeWhy(why.bytes) };
}
