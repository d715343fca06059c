import { CodecError, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** What a witness signs to be given one entry bundle of a directory log, once (docs/spec/directory.md 13). */
export interface WitnessRead {
  /** The log, as its checkpoints name it: the request is void for any other. */
  readonly origin: string;
  /** Ed25519 key with which the witness cosigns. */
  readonly witnessKey: Uint8Array;
  /** First entry that is asked for: where a bundle begins. */
  readonly from: number;
  /** One behind the last entry that is asked for, in the same bundle. */
  readonly end: number;
  /** By the clock of the witness, in UTC milliseconds. */
  readonly timeMs: number;
  /** 16 random bytes: no request is answered twice. */
  readonly nonce: Uint8Array;
}

export interface SignedWitnessRead {
  readonly read: WitnessRead;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGG1';
const NONCE_BYTES = 16;
const BUNDLE_ENTRIES = 256;

/** @throws CodecError on values that `decodeSignedWitnessRead` would refuse. */
export function encodeWitnessRead(read: WitnessRead): Uint8Array {
  demandForm(read);
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).text16(read.origin);
  writer.fixed(read.witnessKey, sizes.signingKey).u64(read.from).u64(read.end);
  return writer.time(read.timeMs).fixed(read.nonce, NONCE_BYTES).finish();
}

export function encodeSignedWitnessRead(signed: Pick<SignedWitnessRead, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

/** @throws CodecError on anything but the one form. Whose the signature is, the caller finds out. */
export function decodeSignedWitnessRead(bytes: Uint8Array): SignedWitnessRead {
  const reader = new ByteReader(bytes, limits.maxWitnessReadBytes).magic(MAGIC);
  const read: WitnessRead = {
    origin: reader.text16(limits.maxKeyNameBytes),
    witnessKey: reader.fixed(sizes.signingKey),
    from: reader.u64(),
    end: reader.u64(),
    timeMs: reader.time(),
    nonce: reader.fixed(NONCE_BYTES),
  };
  demandForm(read);
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { read, signedBytes, signature };
}

/** SPEC: directory 13 — the range MUST begin where a bundle begins, hold an entry, and end within that bundle. */
function demandForm({ origin, from, end }: WitnessRead): void {
  if (origin.length === 0) throw new CodecError('codec/text', 'a log has a name');
  const count = end - from;
  if (from % BUNDLE_ENTRIES !== 0 || count < 1 || count > BUNDLE_ENTRIES || end > limits.maxDirectoryEntries) {
    throw new CodecError('codec/range', 'not entries of one bundle');
  }
}
