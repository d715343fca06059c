import { CodecError, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { suites, type Suite } from './purposes.js';

/** The passphrase-protected file of a device's keys, "RGK1" (docs/spec/key-store.md). */
export interface KeyStoreFile {
  readonly suite: Suite;
  readonly passes: number;
  readonly memoryBytes: number;
  readonly salt: Uint8Array;
  /** Rises by one at each write; an older file than the one last seen is refused. */
  readonly generation: number;
  readonly sealed: Uint8Array;
}

const MAGIC = 'RGK1';
const SALT_BYTES = 16;
const KIBIBYTE = 1024;
const MAX_SEALED_BYTES = 16 * 1024 * 1024;

/** All that stands before the sealed part: its associated data. */
export function encodeKeyStoreHeader(file: Omit<KeyStoreFile, 'sealed'>): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .u16(file.suite)
    .u32(file.passes)
    .u64(file.memoryBytes)
    .fixed(file.salt, SALT_BYTES)
    .u64(file.generation)
    .finish();
}

export function encodeKeyStoreFile(file: KeyStoreFile): Uint8Array {
  return new ByteWriter().raw(encodeKeyStoreHeader(file)).bytes32(file.sealed).finish();
}

/** SPEC: key-store 2 — cost outside the compiled floor and ceiling is refused before any derivation. */
export function decodeKeyStoreFile(bytes: Uint8Array): KeyStoreFile {
  const reader = new ByteReader(bytes, MAX_SEALED_BYTES + 64).magic(MAGIC);
  const file: KeyStoreFile = {
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    passes: reader.u32(),
    memoryBytes: reader.u64(),
    salt: reader.fixed(SALT_BYTES),
    generation: reader.u64(),
    sealed: reader.bytes32(MAX_SEALED_BYTES),
  };
  reader.end();
  const passesHold = file.passes >= limits.argon2FloorPasses && file.passes <= limits.argon2CeilingPasses;
  const memoryHolds =
    file.memoryBytes >= limits.argon2FloorMemoryBytes &&
    file.memoryBytes <= limits.argon2CeilingMemoryBytes &&
    file.memoryBytes % KIBIBYTE === 0;
  if (!passesHold || !memoryHolds) throw new CodecError('codec/cost', 'key derivation cost outside its bounds');
  return file;
}
