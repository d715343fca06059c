import { CodecError, concatBytes, fromHex, limits, toHex } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { type LogHead, readLogHead, writeLogHead } from './heads.js';
import { sizes } from './purposes.js';

/**
 * The newest head of the audit log that the device of an item or heartbeat verified: all of the signed checkpoint but the
 * name of the log, which whoever knows the log's key knows. Whoever carries it, it is worth what the signature of the log is
 * worth, and nothing without it.
 */
export interface CarriedHead extends LogHead {
  /** Id of the log's key as notes have it: four bytes in hexadecimal, made of the log's name and key. */
  readonly keyId: string;
  /** Of the log, over its checkpoint (`tlog.md` 4). */
  readonly signature: Uint8Array;
}

const KEY_ID_BYTES = 4;
/** Bytes of a carried head. */
export const CARRIED_HEAD_BYTES = KEY_ID_BYTES + 8 + sizes.hash + sizes.signature;

export function writeCarriedHead(writer: ByteWriter, head: CarriedHead): void {
  writer.fixed(fromHex(head.keyId), KEY_ID_BYTES);
  writeLogHead(writer, head);
  writer.fixed(head.signature, sizes.signature);
}

/** @throws CodecError `codec/range` for the head of an empty log, or of one larger than any can be. */
export function readCarriedHead(reader: ByteReader): CarriedHead {
  const keyId = toHex(reader.fixed(KEY_ID_BYTES));
  const head = readLogHead(reader);
  if (head.size < 1 || head.size > limits.maxTreeSize) throw new CodecError('codec/range', 'no size of a log');
  return { keyId, ...head, signature: reader.fixed(sizes.signature) };
}

export function encodeCarriedHead(head: CarriedHead): Uint8Array {
  const writer = new ByteWriter();
  writeCarriedHead(writer, head);
  return writer.finish();
}

/** Inverse of `encodeCarriedHead`. @throws CodecError. */
export function decodeCarriedHead(bytes: Uint8Array): CarriedHead {
  const reader = new ByteReader(bytes, CARRIED_HEAD_BYTES);
  const head = readCarriedHead(reader);
  reader.end();
  return head;
}

/** What an item seals: the head that it carries, if any, before its content. */
export interface ItemBody {
  readonly auditHead?: CarriedHead;
  readonly content: Uint8Array;
}

export function encodeItemBody({ auditHead, content }: ItemBody): Uint8Array {
  return auditHead === undefined ? content : concatBytes(encodeCarriedHead(auditHead), content);
}

/** @param carries whether the item says that its body begins with a head. @throws CodecError. */
export function decodeItemBody(bytes: Uint8Array, carries: boolean): ItemBody {
  if (!carries) return { content: bytes };
  const auditHead = decodeCarriedHead(bytes.subarray(0, CARRIED_HEAD_BYTES));
  return { auditHead, content: bytes.subarray(CARRIED_HEAD_BYTES) };
}
