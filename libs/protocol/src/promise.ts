import { type ActId, idBytes, idFromBytes } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** The server's signed word, given at commit, that a record will be in the log by a deadline. */
export interface ReceiptPromise {
  readonly logOrigin: string;
  readonly recordId: ActId;
  /** RFC 6962 leaf hash of the record. */
  readonly leafHash: Uint8Array;
  readonly deadlineMs: number;
}

export interface SignedReceiptPromise {
  readonly promise: ReceiptPromise;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGO1';
const MAX_BYTES = 512;

export function encodeReceiptPromise(promise: ReceiptPromise): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .text16(promise.logOrigin)
    .fixed(idBytes(promise.recordId), 16)
    .fixed(promise.leafHash, sizes.hash)
    .time(promise.deadlineMs)
    .finish();
}

export function encodeSignedReceiptPromise(
  signed: Pick<SignedReceiptPromise, 'signedBytes' | 'signature'>,
): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedReceiptPromise(bytes: Uint8Array): SignedReceiptPromise {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(MAGIC);
  const promise: ReceiptPromise = {
    logOrigin: reader.text16(200),
    recordId: idFromBytes<ActId>(reader.fixed(16)),
    leafHash: reader.fixed(sizes.hash),
    deadlineMs: reader.time(),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { promise, signedBytes, signature };
}
