import { describe, expect, it } from '@jest/globals';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { argon2id } from '@noble/hashes/argon2.js';
import { fileContent, type FileVector, primitives } from '../vector-files.js';
import { decodeWhole, keyEntries } from './case-formats.js';
import { archiveKey, boxAad, chainKeyOf, commitmentsOf, place, readKeyOf, useKeyOf } from './epoch-keys.js';
import { wordsOf } from './fingerprint.js';
import { decode } from './kinds.js';
import * as p from './primitives.js';
import { hex, join, number, Refused, unhex } from './wire.js';

describe('hashes and signatures', () => {
  const { hashes, signatures } = primitives;

  it.each(hashes.contexts)('$context', ({ context, hash, keyed32, keyed64 }) => {
    const [part, key] = [unhex(hashes.part), unhex(hashes.key)];
    expect(hex(p.H(context, part))).toBe(hash);
    expect(hex(p.KDF(key, context, part))).toBe(keyed32);
    expect(hex(p.KDF64(key, context, part))).toBe(keyed64);
  });

  it.each(signatures.valid)('signs and verifies for $name', ({ purpose, message, signature }) => {
    const [seed, bytes] = [unhex(signatures.seed), unhex(message)];
    expect(hex(p.publicKeyOf(seed))).toBe(signatures.publicKey);
    expect(hex(p.signed(seed, purpose, bytes))).toBe(signature);
    expect(p.isSigned(purpose, unhex(signatures.publicKey), bytes, unhex(signature))).toBe(true);
  });

  it.each(signatures.refused)('refuses a signature: $name', ({ purpose, message, signature }) => {
    expect(p.isSigned(purpose, unhex(signatures.publicKey), unhex(message), unhex(signature))).toBe(false);
  });
});

describe('sealed values', () => {
  const { secret, valid, rest } = primitives.sealed;

  it.each(valid)('opens and seals for $name', ({ purpose, plaintext, aad, sealed, messageKey }) => {
    const [bytes, bound] = [unhex(sealed), unhex(aad)];
    const key = p.messageKey(unhex(secret), purpose, bytes.slice(0, 24), bound);
    expect(hex(key)).toBe(messageKey);
    expect(hex(p.open(purpose, unhex(secret), bytes, bound))).toBe(plaintext);
    expect(hex(p.sealWith(key, bytes.slice(0, 24), unhex(plaintext), bound))).toBe(sealed);
    expect(() => p.open(purpose + 1, unhex(secret), bytes, bound)).toThrow(Refused);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(() => p.open(purpose, unhex(secret), changed, bound)).toThrow(Refused);
    }
  });

  it('opens what a server sealed for itself', () => {
    const [sealed, aad] = [unhex(rest.sealed), unhex(rest.aad)];
    const key = p.restMessageKey(unhex(rest.monthKey), sealed.slice(0, 24), aad);
    expect(hex(p.openWith(key, sealed, aad))).toBe(rest.plaintext);
  });

  it('encapsulates and decapsulates', () => {
    const { kem } = primitives;
    const made = p.encapsulate(unhex(kem.publicKey), unhex(kem.coins));
    expect(hex(p.kemPublicKey(unhex(kem.seed)))).toBe(kem.publicKey);
    expect([made.ciphertext, made.secret].map(hex)).toEqual([kem.ciphertext, kem.sharedSecret]);
    expect(hex(p.decapsulate(unhex(kem.seed), unhex(kem.ciphertext)))).toBe(kem.sharedSecret);
  });

  it.each(primitives.padme)('pads $size bytes', ({ size, padded }) => {
    expect(p.padme(size)).toBe(padded);
  });

  it.each(primitives.padded)('takes padding off and refuses another', ({ content, padded }) => {
    const bytes = unhex(padded);
    expect(hex(p.unpad(bytes))).toBe(content);
    expect(() => p.unpad(join(bytes, Uint8Array.of(0)))).toThrow(Refused);
  });
});

describe('keys', () => {
  const schedule = primitives.keySchedule;
  const context = {
    ...{ suite: schedule.suite, caseId: unhex(schedule.caseId), compartmentId: unhex(schedule.compartmentId) },
    ...{ epoch: schedule.epoch, contextHash: unhex(schedule.contextHash) },
  };

  it('follow from the coins and the base key', () => {
    const chainKey = chainKeyOf(unhex(schedule.coins), context, unhex(schedule.baseKey));
    const readKey = readKeyOf(chainKey, context);
    expect(hex(chainKey)).toBe(schedule.chainKey);
    expect(hex(chainKeyOf(unhex(schedule.coins), context, new Uint8Array(32)))).toBe(schedule.firstChainKey);
    expect(hex(readKey)).toBe(schedule.readKey);
    expect(commitmentsOf(chainKey, context)).toEqual([schedule.keyCommit, schedule.readCommit]);
    for (const use of ['item', 'wrap', 'export'] as const) {
      expect(hex(useKeyOf(readKey, use, context))).toBe(schedule[use]);
    }
    const opened = p.open(2, archiveKey(chainKey, context), unhex(schedule.archive), context.contextHash);
    expect(hex(opened)).toBe(schedule.baseKey);
    expect(place(context)).toHaveLength(2 + 32 + 32 + 4 + 32);
  });

  it('come out of a box', () => {
    const { seed, contextHash, box, entries } = primitives.box;
    const { value } = decode('box', unhex(box));
    const secret = p.decapsulate(unhex(seed), unhex(value['kemCiphertext'] as string));
    const aad = boxAad(value, unhex(contextHash), p.kemPublicKey(unhex(seed)));
    const opened = p.open(1, secret, unhex(value['sealed'] as string), aad);
    expect(hex(opened)).toBe(entries);
    expect(hex(keyEntries.write(decodeWhole(keyEntries, opened)))).toBe(entries);
  });

  it('of boxes are shown by a proof', () => {
    const { boxes, root, proofs } = primitives.boxTree;
    const leaves = boxes.map((each) => {
      const bytes = unhex(each);
      return p.leafHash(p.H('rogatory/box-leaf/v1', bytes.slice(0, 48), p.H('rogatory/box/v1', bytes)));
    });
    expect(hex(p.treeRoot(leaves))).toBe(root);
    expect(leaves.map((leaf, i) => hex(climb(leaf, i, { size: leaves.length, proof: proofs[i] ?? [] })))).toEqual(
      leaves.map(() => root),
    );
  });

  // Argon2id in JavaScript takes half a minute; `primitives.spec.ts` derives the same key with libsodium each time.
  (process.env['ROGATORY_LONG'] === '1' ? it : it.skip)('of a passphrase (in the long mode)', () => {
    const { passphrase, passes, memoryBytes, salt, key } = primitives.passphrase;
    const cost = { t: passes, m: memoryBytes / 1_024, p: 1, dkLen: 32, version: 0x13 };
    expect(hex(argon2id(Buffer.from(passphrase.normalize('NFC'), 'utf8'), unhex(salt), cost))).toBe(key);
  });
});

/** The root of an inclusion proof, RFC 9162 section 2.1.3.2. */
function climb(
  leaf: Uint8Array,
  index: number,
  { size, proof }: { size: number; proof: readonly string[] },
): Uint8Array {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof.map(unhex)) {
    if (at % 2 === 1 || at === last) {
      hash = p.sha256(Uint8Array.of(1), sibling, hash);
      while (at % 2 === 0 && at > 0) [at, last] = [at >>> 1, last >>> 1];
    } else hash = p.sha256(Uint8Array.of(1), hash, sibling);
    [at, last] = [at >>> 1, last >>> 1];
  }
  return hash;
}

/** Sealed segments, docs/spec/files.md 1 to 3. */
function sealedSegments(file: FileVector, segmentKey: Uint8Array): Uint8Array[] {
  const content = new Uint8Array(file.paddedSize);
  content.set(fileContent(file.size));
  const count = Math.max(1, Math.ceil(file.paddedSize / 262_144));
  return Array.from({ length: count }, (_, i) => {
    const nonce = join(new Uint8Array(3), number(i, 8), Uint8Array.of(i === count - 1 ? 1 : 0));
    return chacha20poly1305(segmentKey, nonce).encrypt(content.slice(262_144 * i, 262_144 * (i + 1)));
  });
}

describe('files', () => {
  it.each(primitives.files)('of $size bytes', (file) => {
    const bound = join(...[unhex('524f474601011200'), unhex(file.fileId), unhex(file.salt), new Uint8Array(8)]);
    const derived = p.KDF64(unhex(file.dek), 'rogatory/file/v1', bound);
    const segments = sealedSegments(file, derived.slice(0, 32));
    const leaves = segments.map((sealed, i) => p.sha256(Uint8Array.of(0), number(i, 8), sealed));
    const header = join(bound, derived.slice(32));
    expect(p.padme(file.size)).toBe(file.paddedSize);
    expect(hex(header)).toBe(file.header);
    expect(hex(p.sha256(header))).toBe(file.headerHash);
    expect(leaves.map(hex)).toEqual(file.leaves);
    expect(hex(p.treeRoot(leaves))).toBe(file.root);
    expect(segments.reduce((sum, sealed) => sum + sealed.length, header.length)).toBe(file.storedSize);
  });
});

describe('records', () => {
  it.each(primitives.commitments)('commitment to $label', ({ label, opening, bytes, commitment }) => {
    expect(hex(p.commitment(label, unhex(opening), unhex(bytes)))).toBe(commitment);
  });

  it.each(primitives.payloads)('payload hash', ({ parts, payloadHash }) => {
    const framed = parts.map(unhex).flatMap((part) => [number(part.length, 4), part]);
    const hash = p.H('rogatory/act-payload/v1', number(parts.length, 4), ...framed);
    expect(hex(parts.length === 0 ? new Uint8Array(32) : hash)).toBe(payloadHash);
  });

  it('fingerprint in words and digits', () => {
    const { digest, words, digits } = primitives.fingerprint;
    expect(wordsOf(unhex(digest))).toEqual(words);
    const decimal = (BigInt(`0x${digest.slice(0, 32)}`) % 10n ** 35n).toString().padStart(35, '0');
    expect(decimal.match(/.{5}/g)).toEqual(digits);
  });
});
