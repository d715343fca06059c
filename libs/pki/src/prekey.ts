import { checkKemKey, checkSuite, hash, verifySignature } from '@rogatory/crypto/verify';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  contexts,
  decodeSignedPrekey,
  encodePrekey,
  encodeSignedPrekey,
  type Prekey,
  signaturePurposes,
  type SignedPrekey,
} from '@rogatory/protocol';
import type { DirectoryView } from './directory-view.js';
import { demand, refusal } from './pki.errors.js';

/** A prekey of one's own device, ready to publish. @throws CodecError when its period is longer than allowed. */
export function makePrekey(prekey: Prekey, deviceKey: SigningKey): Uint8Array {
  const signedBytes = encodePrekey(prekey);
  const bytes = encodeSignedPrekey({ signedBytes, signature: deviceKey.sign(signaturePurposes.prekey, signedBytes) });
  decodeSignedPrekey(bytes);
  return bytes;
}

/** A prekey that was verified, and the hash that boxes name it by. */
export interface VerifiedPrekey extends SignedPrekey {
  readonly prekeyHash: Uint8Array;
}

/**
 * SPEC: directory 7 — a prekey MUST be signed by its live device, be valid now, and hold a key to which one can seal.
 * @throws CodecError on malformed bytes, VerificationError `directory/prekey` otherwise.
 */
export function verifyPrekey(view: DirectoryView, bytes: Uint8Array, atMs: number): VerifiedPrekey {
  const signed = decodeSignedPrekey(bytes);
  const { suite, deviceId, kemKey, notBeforeMs, notAfterMs } = signed.prekey;
  const device = view.device(deviceId);
  demand(device !== undefined && view.isDeviceLive(deviceId, atMs), 'directory/prekey');
  demand(notBeforeMs <= atMs && atMs < notAfterMs, 'directory/prekey');
  try {
    checkSuite(suite);
    const publicKey = device.certificate.signingKey;
    const claim = { purpose: signaturePurposes.prekey, publicKey };
    verifySignature({ ...claim, message: signed.signedBytes, signature: signed.signature });
    checkKemKey(kemKey);
  } catch (cause) {
    throw refusal('directory/prekey', cause);
  }
  return { ...signed, prekeyHash: hash(contexts.prekey, signed.signedBytes) };
}
