import { CodecError } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';

/** One field of an extensible body: tag, then at most `maxBytes` bytes. */
export interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** Fields in strictly ascending tags: `tag u8 | length u32 | value`. */
export function encodeTlvs(fields: readonly Tlv[]): Uint8Array {
  const writer = new ByteWriter();
  let previous = -1;
  for (const { tag, value } of fields) {
    if (tag <= previous) throw new CodecError('codec/tlv-order', 'fields out of order or repeated');
    previous = tag;
    writer.u8(tag).bytes32(value);
  }
  return writer.finish();
}

/** SPEC: conventions 4 — a parser refuses unknown, repeated or unordered tags. */
export function decodeTlvs(bytes: Uint8Array, known: readonly number[], maxBytes: number): Map<number, Uint8Array> {
  const reader = new ByteReader(bytes, maxBytes);
  const fields = new Map<number, Uint8Array>();
  let previous = -1;
  while (reader.remaining > 0) {
    const tag = reader.u8();
    if (tag <= previous) throw new CodecError('codec/tlv-order', 'fields out of order or repeated');
    if (!known.includes(tag)) throw new CodecError('codec/tlv-unknown', 'unknown field');
    previous = tag;
    fields.set(tag, reader.bytes32(maxBytes));
  }
  return fields;
}
