import { type AuthorityId, CodecError, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { readSigners, type SignerSignature, writeSigners } from './certificates.js';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { suites, type Suite } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

export const revocationTargets = { device: 1, person: 2 } as const;
export type RevocationTarget = (typeof revocationTargets)[keyof typeof revocationTargets];

/** `suspend` is lifted by `reinstate`; `revoke` is for ever. */
export const revocationActions = { revoke: 1, suspend: 2, reinstate: 3 } as const;
export type RevocationAction = (typeof revocationActions)[keyof typeof revocationActions];

export const revocationReasons = {
  unspecified: 0,
  lost: 1,
  compromised: 2,
  left: 3,
  replaced: 4,
  disciplinary: 5,
} as const;
export type RevocationReason = (typeof revocationReasons)[keyof typeof revocationReasons];

/** Ends a device or person from its receipt on; what was receipted before it stays valid. */
export interface Revocation {
  readonly suite: Suite;
  readonly authorityId: AuthorityId;
  /** 1 for the first about this target, then one higher each, so that none that was held back can be played again. */
  readonly serial: number;
  readonly target: RevocationTarget;
  /** Device or person id, by `target`. */
  readonly targetId: string;
  readonly action: RevocationAction;
  readonly reason: RevocationReason;
  readonly time: SignedTime;
}

export interface SignedRevocation {
  readonly revocation: Revocation;
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly SignerSignature[];
}

const MAGIC = 'RGX1';

export function encodeRevocation(revocation: Revocation): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u16(revocation.suite);
  writer.fixed(idBytes(revocation.authorityId), 16).u32(revocation.serial);
  writer.u8(revocation.target).fixed(idBytes(revocation.targetId), 16).u8(revocation.action).u8(revocation.reason);
  writeTime(writer, revocation.time);
  return writer.finish();
}

export function encodeSignedRevocation(signed: Omit<SignedRevocation, 'revocation'>): Uint8Array {
  const writer = new ByteWriter().raw(signed.signedBytes);
  writeSigners(writer, signed.signatures);
  return writer.finish();
}

export function decodeSignedRevocation(bytes: Uint8Array): SignedRevocation {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(MAGIC);
  const revocation: Revocation = {
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    serial: reader.u32(),
    target: reader.oneOf(reader.u8(), valuesOf(revocationTargets)),
    targetId: reader.hex(16),
    action: reader.oneOf(reader.u8(), valuesOf(revocationActions)),
    reason: reader.oneOf(reader.u8(), valuesOf(revocationReasons)),
    time: readTime(reader),
  };
  if (revocation.serial === 0) throw new CodecError('codec/range', 'serial out of range');
  const signedBytes = reader.since(0);
  const signatures = readSigners(reader);
  reader.end();
  return { revocation, signedBytes, signatures };
}
