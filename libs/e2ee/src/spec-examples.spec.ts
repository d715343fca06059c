import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  concatBytes,
  type DeviceId,
  type FileId,
  fromHex,
  type PersonId,
  Secret,
  toHex,
  utf8,
} from '@rogatory/kernel';
import { currentSuite } from '@rogatory/protocol';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fileLayout } from './files/file-layout.js';
import { fileHeaderHash, FileSealer } from './files/file-sealing.js';
import { fileRoot } from './files/file-tree.js';
import { commitmentsOf, deriveReadKey, deriveUseKey, makeEpochKey, sealArchive } from './keys/key-schedule.js';
import { sealKeyStore } from './store/key-store.js';

const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);
const hexOf = (secret: Secret): string => secret.use(toHex);

/** The last code block of a specification without spaces, and the fields of it that begin with a name. */
function exampleOf(name: string): { readonly whole: string; field(label: string): string } {
  const text = readFileSync(join(import.meta.dirname, `../../../docs/spec/${name}.md`), 'utf8');
  const block = text.slice(text.indexOf('Worked example')).split('```')[1] ?? '';
  return {
    whole: block.replaceAll(/\s/g, ''),
    field: (label) => {
      const from = block.slice(block.indexOf(`\n${label}  `) + label.length + 1);
      return /^(?:\s+[0-9a-f]{16,}(?=\s))+/.exec(from)?.[0].replaceAll(/\s/g, '') ?? '';
    },
  };
}

/** A second implementation, from the text of the specification and @noble alone. */
const kdf = (key: Uint8Array, context: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  blake2b(concatBytes(utf8(`${context}\0`), ...parts), { key, dkLen: 32 });

describe('docs/spec/keys.md 11', () => {
  const example = exampleOf('keys');
  const context = {
    suite: currentSuite,
    caseId: '11'.repeat(32) as CaseId,
    compartmentId: '22'.repeat(32) as CompartmentId,
    epoch: 2,
    contextHash: fill(0x33, 32),
  };
  const base = new Secret(fill(0x44, 32));
  const key = makeEpochKey(() => fill(0x55, 32), context, base);
  const readKey = deriveReadKey(key, context);

  it('states the keys that the library derives', () => {
    const { keyCommit, readCommit } = commitmentsOf(key, context);
    expect(hexOf(key)).toBe(example.field('K'));
    expect(toHex(keyCommit)).toBe(example.field('keyCommit'));
    expect(hexOf(readKey)).toBe(example.field('R'));
    expect(toHex(readCommit)).toBe(example.field('readCommit'));
    for (const use of ['item', 'wrap', 'export'] as const) {
      expect(hexOf(deriveUseKey(readKey, use, context))).toBe(example.field(`S_${use}`));
    }
    expect(toHex(sealArchive((n) => fill(0x66, n), key, context, base))).toBe(example.field('archive'));
  });

  it('is derived alike by a second implementation', () => {
    const suite = fromHex('0001');
    const ctx = fill(0x33, 32);
    const place = concatBytes(suite, fill(0x11, 32), fill(0x22, 32), fromHex('00000002'), ctx);
    const k = kdf(fill(0x55, 32), 'rogatory/epoch-key/v1', suite, ctx, fill(0x44, 32));
    const r = kdf(k, 'rogatory/read/v1', place);
    expect(toHex(k)).toBe(example.field('K'));
    expect(toHex(kdf(k, 'rogatory/key-commit/v1', suite, ctx))).toBe(example.field('keyCommit'));
    expect(toHex(r)).toBe(example.field('R'));
    expect(toHex(kdf(r, 'rogatory/read-commit/v1', suite, ctx))).toBe(example.field('readCommit'));
    expect(toHex(kdf(r, 'rogatory/item-key/v1', place))).toBe(example.field('S_item'));
    expect(toHex(kdf(r, 'rogatory/wrap-key/v1', place))).toBe(example.field('S_wrap'));
    expect(toHex(kdf(r, 'rogatory/export-key/v1', place))).toBe(example.field('S_export'));
  });
});

describe('docs/spec/files.md 7', () => {
  const example = exampleOf('files');

  it('states the bytes that the library makes', () => {
    const secrets = { fileId: '88'.repeat(16) as FileId, dek: new Secret(fill(0x77, 32)), salt: fill(0x99, 32) };
    const sealer = new FileSealer(secrets, fileLayout(8));
    const { sealed, leaf } = sealer.sealSegment(0, utf8('Rogatory'));
    expect(toHex(sealer.header)).toBe(example.field('header'));
    expect(toHex(sealed)).toBe(example.field('segment 0'));
    expect(toHex(leaf)).toBe(example.field('leaf 0'));
    expect(toHex(fileRoot([leaf]))).toBe(example.field('root'));
    expect(toHex(fileHeaderHash(sealer.header))).toBe(example.field('header hash'));
  });

  it('is made alike by a second implementation', () => {
    const bound = concatBytes(utf8('ROGF'), fromHex('01011200'), fill(0x88, 16), fill(0x99, 32), fill(0, 8));
    const expanded = blake2b(concatBytes(utf8('rogatory/file/v1\0'), bound), { key: fill(0x77, 32), dkLen: 64 });
    const header = concatBytes(bound, expanded.subarray(32));
    const nonce = fromHex('000000000000000000000001');
    const sealed = chacha20poly1305(expanded.subarray(0, 32), nonce).encrypt(utf8('Rogatory'));
    expect(toHex(header)).toBe(example.field('header'));
    expect(toHex(sealed)).toBe(example.field('segment 0'));
    expect(toHex(sha256(concatBytes(fill(0, 9), sealed)))).toBe(example.field('leaf 0'));
    expect(toHex(sha256(header))).toBe(example.field('header hash'));
  });

  it.each([
    { trueSize: 0, paddedSize: 0, segments: 1, lastSegmentBytes: 0, storedSize: 112 },
    { trueSize: 8, paddedSize: 8, segments: 1, lastSegmentBytes: 8, storedSize: 120 },
    { trueSize: 300_001, paddedSize: 303_104, segments: 2, lastSegmentBytes: 40_960, storedSize: 303_232 },
  ])('lays out a file as its table says: %j', (layout) => {
    expect(fileLayout(layout.trueSize)).toEqual(layout);
  });
});

describe('docs/spec/key-store.md 6', () => {
  it('states the file that the library writes', () => {
    const bytes = sealKeyStore({
      passphraseKey: new Secret(fill(0xbb, 32)),
      header: { suite: currentSuite, passes: 3, memoryBytes: 256 * 1024 * 1024, salt: fill(0xaa, 16), generation: 1 },
      content: {
        deviceId: '01'.repeat(16) as DeviceId,
        personId: '02'.repeat(16) as PersonId,
        authorityId: '03'.repeat(16) as AuthorityId,
        federationRootHash: fill(4, 32),
        signingSeed: new Secret(fill(5, 32)),
        kemSeed: new Secret(fill(6, 32)),
        localStateKey: new Secret(fill(7, 32)),
        prekeys: [],
      },
      random: (length) => fill(0xcc, length),
    });
    expect(toHex(bytes)).toBe(exampleOf('key-store').whole);
  });
});
