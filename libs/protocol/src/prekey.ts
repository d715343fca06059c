import { CodecError, type DeviceId, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes, suites, type Suite } from './purposes.js';

/** A rotating key-encapsulation key, signed by the device; boxes are sealed to it while it is valid. */
export interface Prekey {
  readonly suite: Suite;
  readonly deviceId: DeviceId;
  readonly prekeyId: number;
  readonly kemKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface SignedPrekey {
  readonly prekey: Prekey;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGP1';
const MAX_BYTES = 2048;

export function encodePrekey(prekey: Prekey): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .u16(prekey.suite)
    .fixed(idBytes(prekey.deviceId), 16)
    .u32(prekey.prekeyId)
    .fixed(prekey.kemKey, sizes.kemPublicKey)
    .time(prekey.notBeforeMs)
    .time(prekey.notAfterMs)
    .finish();
}

export function encodeSignedPrekey(signed: Omit<SignedPrekey, 'prekey'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedPrekey(bytes: Uint8Array): SignedPrekey {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(MAGIC);
  const prekey: Prekey = {
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    prekeyId: reader.u32(),
    kemKey: reader.fixed(sizes.kemPublicKey),
    notBeforeMs: reader.time(),
    notAfterMs: reader.time(),
  };
  if (prekey.notAfterMs <= prekey.notBeforeMs || prekey.notAfterMs - prekey.notBeforeMs > limits.maxPrekeyMs) {
    throw new CodecError('codec/range', 'validity period out of range');
  }
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { prekey, signedBytes, signature };
}
