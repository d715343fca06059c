import { CodecError, type DeviceId, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';

/** Keys sealed to one device by a link (docs/spec/chains.md). */
export interface Box {
  readonly deviceId: DeviceId;
  /** Hash of the signed prekey used; 32 zero bytes where the device's own certified key was used. */
  readonly prekeyHash: Uint8Array;
  readonly kemCiphertext: Uint8Array;
  readonly sealed: Uint8Array;
}

/** `chain` opens its epoch and walks back to the last barrier; `read` opens its epoch alone; `item` one item. */
export const keyKinds = { chain: 1, read: 2 } as const;
export type KeyKind = (typeof keyKinds)[keyof typeof keyKinds];

export interface KeyEntry {
  readonly kind: KeyKind;
  readonly epoch: number;
  readonly key: Uint8Array;
}

const MAX_ENTRIES = 1_000;

export function encodeBox(box: Box): Uint8Array {
  return new ByteWriter()
    .fixed(idBytes(box.deviceId), 16)
    .fixed(box.prekeyHash, sizes.hash)
    .fixed(box.kemCiphertext, sizes.kemCiphertext)
    .bytes32(box.sealed)
    .finish();
}

export function decodeBox(bytes: Uint8Array): Box {
  const reader = new ByteReader(bytes, limits.maxBoxBytes);
  const box: Box = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    prekeyHash: reader.fixed(sizes.hash),
    kemCiphertext: reader.fixed(sizes.kemCiphertext),
    sealed: reader.bytes32(limits.maxBoxBytes),
  };
  reader.end();
  return box;
}

export function encodeKeyEntries(entries: readonly KeyEntry[]): Uint8Array {
  const writer = new ByteWriter().u16(entries.length);
  for (const { kind, epoch, key } of entries) writer.u8(kind).u32(epoch).fixed(key, sizes.key);
  return writer.finish();
}

export function decodeKeyEntries(bytes: Uint8Array): KeyEntry[] {
  const reader = new ByteReader(bytes, limits.maxBoxBytes);
  const count = reader.u16();
  if (count === 0 || count > MAX_ENTRIES) throw new CodecError('codec/range', 'number of keys out of range');
  const entries = Array.from({ length: count }, () => ({
    kind: reader.oneOf(reader.u8(), valuesOf(keyKinds)),
    epoch: reader.u32(),
    key: reader.fixed(sizes.key),
  }));
  reader.end();
  return entries;
}
