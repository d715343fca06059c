import { type DeviceId, equalBytes } from '@rogatory/kernel';
import { decodeSignedPrekey, type Member, type SignedPrekey, sizes } from '@rogatory/protocol';
import { type DirectoryView, kemKeyHashOf, verifyPrekey } from '@rogatory/pki';
import { recipientError } from '../e2ee.errors.js';

/** Marks a box that is sealed to the device's certified key, not to a prekey. */
export const NO_PREKEY = new Uint8Array(sizes.hash);

/** The key that a box for a device is sealed to. */
export interface RecipientKey {
  readonly deviceId: DeviceId;
  readonly kemKey: Uint8Array;
  /** Zero bytes for the device's certified key. */
  readonly prekeyHash: Uint8Array;
}

/** A recipient's key and how it was chosen; `device-key` is shown to the author: no prekey was acceptable. */
export interface RecipientChoice {
  readonly kind: 'prekey' | 'device-key';
  readonly key: RecipientKey;
}

/** What a recipient's key is judged by. */
export interface RecipientJudgement {
  readonly directory: DirectoryView;
  readonly nowMs: number;
  /** Untrusted bytes, as a server offers them for a device: the newest acceptable one is used. */
  readonly prekeysOf: (deviceId: DeviceId) => readonly Uint8Array[];
}

/**
 * SPEC: keys 3: a box MUST be sealed to a valid signed prekey, else to the certified device key, which is flagged. A bad
 * prekey never stops a link; a bad device key is never admitted to the directory.
 * @throws VerificationError `e2ee/recipient` for a leaf that is not of this directory.
 */
export function chooseRecipientKey(
  member: Pick<Member, 'deviceId' | 'kemKeyHash'>,
  judgement: RecipientJudgement,
): RecipientChoice {
  const { deviceId } = member;
  const prekey = newestPrekey(deviceId, judgement);
  if (prekey !== undefined) return { kind: 'prekey', key: prekey };
  const kemKey = judgement.directory.device(deviceId)?.certificate.kemKey;
  const isCertified = kemKey !== undefined && equalBytes(kemKeyHashOf(kemKey), member.kemKeyHash);
  if (!isCertified) throw recipientError();
  return { kind: 'device-key', key: { deviceId, kemKey, prekeyHash: NO_PREKEY } };
}

function newestPrekey(deviceId: DeviceId, judgement: RecipientJudgement): RecipientKey | undefined {
  const offered = judgement.prekeysOf(deviceId).flatMap((bytes) => parsePrekey(bytes, deviceId));
  const newestFirst = offered.sort((a, b) => b.signed.prekey.prekeyId - a.signed.prekey.prekeyId);
  for (const { bytes } of newestFirst) {
    const verified = tryVerify(bytes, judgement);
    if (verified !== undefined) return verified;
  }
  return undefined;
}

function parsePrekey(bytes: Uint8Array, deviceId: DeviceId): { bytes: Uint8Array; signed: SignedPrekey }[] {
  try {
    const signed = decodeSignedPrekey(bytes);
    return signed.prekey.deviceId === deviceId ? [{ bytes, signed }] : [];
  } catch {
    return [];
  }
}

function tryVerify(bytes: Uint8Array, { directory, nowMs }: RecipientJudgement): RecipientKey | undefined {
  try {
    const { prekey, prekeyHash } = verifyPrekey(directory, bytes, nowMs);
    return { deviceId: prekey.deviceId, kemKey: prekey.kemKey, prekeyHash };
  } catch {
    return undefined;
  }
}
