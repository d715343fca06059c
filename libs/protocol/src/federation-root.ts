import { CodecError, compareBytes, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes, suites, type Suite } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** A signature by the key at `keyIndex` of a stated key list. */
export interface IndexedSignature {
  readonly keyIndex: number;
  readonly signature: Uint8Array;
}

/**
 * The federation's root of trust: t of n offline Ed25519 keys, pinned in clients. A successor carries t signatures of
 * the old and t of the new keys (docs/spec/directory.md).
 */
export interface FederationRoot {
  readonly suite: Suite;
  /** 1 for the first; a successor's is one higher. */
  readonly version: number;
  /** At least 2: no single key holder is the root of trust. */
  readonly threshold: number;
  /** Strictly ascending, hence distinct. */
  readonly keys: readonly Uint8Array[];
  /** Hash of the previous root file, or 32 zero bytes for version 1. */
  readonly previousHash: Uint8Array;
  readonly time: SignedTime;
}

export interface SignedFederationRoot {
  readonly root: FederationRoot;
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly IndexedSignature[];
  /** By the keys of the previous version; empty for version 1. */
  readonly previousSignatures: readonly IndexedSignature[];
}

const MAGIC = 'RGR1';
/** SPEC: directory 2 — the threshold MUST be at least 2. */
const MIN_THRESHOLD = 2;

export function encodeFederationRoot(root: FederationRoot): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u16(root.suite);
  writer.u32(root.version).u8(root.threshold).u8(root.keys.length);
  for (const key of root.keys) writer.fixed(key, sizes.signingKey);
  writer.fixed(root.previousHash, sizes.hash);
  writeTime(writer, root.time);
  return writer.finish();
}

export function encodeSignedFederationRoot(signed: Omit<SignedFederationRoot, 'root'>): Uint8Array {
  const writer = new ByteWriter().raw(signed.signedBytes);
  writeIndexedSignatures(writer, signed.signatures);
  writeIndexedSignatures(writer, signed.previousSignatures);
  return writer.finish();
}

export function decodeSignedFederationRoot(bytes: Uint8Array): SignedFederationRoot {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(MAGIC);
  const suite = reader.oneOf(reader.u16(), valuesOf(suites));
  const version = reader.u32();
  const threshold = reader.u8();
  const keys = readAscendingKeys(reader, limits.maxRootKeys);
  const root: FederationRoot = {
    suite,
    version,
    threshold,
    keys,
    previousHash: reader.fixed(sizes.hash),
    time: readTime(reader),
  };
  if (version === 0 || threshold < MIN_THRESHOLD || threshold > keys.length) {
    throw new CodecError('codec/range', 'version or threshold out of range');
  }
  const signedBytes = reader.since(0);
  const signatures = readIndexedSignatures(reader);
  const previousSignatures = readIndexedSignatures(reader);
  reader.end();
  return { root, signedBytes, signatures, previousSignatures };
}

/** Ascending, distinct 32-byte keys behind a count. */
export function readAscendingKeys(reader: ByteReader, max: number): Uint8Array[] {
  const count = reader.u8();
  if (count === 0 || count > max) throw new CodecError('codec/range', 'number of keys out of range');
  const keys: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.fixed(sizes.signingKey);
    const previous = keys[i - 1];
    if (previous && compareBytes(previous, key) >= 0) throw new CodecError('codec/order', 'keys not ascending');
    keys.push(key);
  }
  return keys;
}

export function writeIndexedSignatures(writer: ByteWriter, signatures: readonly IndexedSignature[]): void {
  writer.u8(signatures.length);
  for (const { keyIndex, signature } of signatures) writer.u8(keyIndex).fixed(signature, sizes.signature);
}

export function readIndexedSignatures(reader: ByteReader): IndexedSignature[] {
  const count = reader.u8();
  const signatures: IndexedSignature[] = [];
  for (let i = 0; i < count; i++) {
    const keyIndex = reader.u8();
    const previous = signatures[i - 1];
    if (previous && previous.keyIndex >= keyIndex) throw new CodecError('codec/order', 'signatures not ascending');
    signatures.push({ keyIndex, signature: reader.fixed(sizes.signature) });
  }
  return signatures;
}
