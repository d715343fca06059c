import { describe, expect, it } from '@jest/globals';
import {
  type CaseId,
  type CompartmentId,
  type DeviceId,
  type FileId,
  fromHex,
  Secret,
  toHex,
  VerificationError,
} from '@rogatory/kernel';
import { BoxTree } from '@rogatory/chain';
import { derivePassphraseKey } from '@rogatory/crypto/passphrase';
import { checkCommitment, commitGroup, restOpen } from '@rogatory/crypto/rest';
import * as seal from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { actPayloadHash, hash, isSignature, keyedHash } from '@rogatory/crypto/verify';
import * as e2ee from '@rogatory/e2ee';
import { fingerprintDigits, fingerprintWords } from '@rogatory/pki';
import {
  type AeadPurpose,
  type Context,
  contexts,
  currentSuite,
  decodeBox,
  encodeKeyEntries,
  type SignaturePurpose,
} from '@rogatory/protocol';
import { fileContent, primitives } from './vector-files.js';

const secretOf = (hex: string): Secret => new Secret(fromHex(hex));
const hexOf = (secret: Secret): string => secret.use(toHex);
const { hashes, signatures, sealed } = primitives;

describe('hashes and signatures', () => {
  it.each(hashes.contexts)('$context', (vector) => {
    const [context, part, key] = [vector.context as Context, fromHex(hashes.part), fromHex(hashes.key)];
    expect(toHex(hash(context, part))).toBe(vector.hash);
    expect(toHex(keyedHash({ key, context, length: 32 }, part))).toBe(vector.keyed32);
    expect(toHex(keyedHash({ key, context, length: 64 }, part))).toBe(vector.keyed64);
  });

  it.each(signatures.valid)('signs and verifies for $name', (vector) => {
    const [signer, message] = [SigningKey.fromSeed(secretOf(signatures.seed)), fromHex(vector.message)];
    const purpose = vector.purpose as SignaturePurpose;
    expect(toHex(signer.sign(purpose, message))).toBe(vector.signature);
    const claim = { purpose, publicKey: fromHex(signatures.publicKey), message, signature: fromHex(vector.signature) };
    expect(isSignature(claim)).toBe(true);
  });

  it.each(signatures.refused)('refuses a signature: $name', ({ purpose, message, signature }) => {
    const claim = {
      publicKey: fromHex(signatures.publicKey),
      message: fromHex(message),
      signature: fromHex(signature),
    };
    expect(isSignature({ ...claim, purpose: purpose as SignaturePurpose })).toBe(false);
  });
});

describe('sealed values', () => {
  it.each(sealed.valid)('opens and seals for $name', (vector) => {
    const [secret, aad, bytes] = [secretOf(sealed.secret), fromHex(vector.aad), fromHex(vector.sealed)];
    const place = { secret, purpose: vector.purpose as AeadPurpose, aad };
    expect(toHex(seal.aeadOpen({ ...place, sealed: bytes }))).toBe(vector.plaintext);
    expect(hexOf(seal.aeadMessageKey({ ...place, sealed: bytes }))).toBe(vector.messageKey);
    const made = seal.aeadSeal({ ...place, plaintext: fromHex(vector.plaintext), random: () => bytes.slice(0, 24) });
    expect(toHex(made)).toBe(vector.sealed);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(() => seal.aeadOpen({ ...place, sealed: changed })).toThrow(VerificationError);
    }
  });

  it('opens what a server sealed for itself', () => {
    const { monthKey, aad, plaintext, sealed: bytes } = sealed.rest;
    const place = { monthKey: secretOf(monthKey), context: contexts.auditOpening, aad: fromHex(aad) };
    expect(toHex(restOpen({ ...place, sealed: fromHex(bytes) }))).toBe(plaintext);
  });

  it('encapsulates and decapsulates', () => {
    const { kem } = primitives;
    const key = seal.KemKey.fromSeed(secretOf(kem.seed));
    const made = seal.encapsulate(fromHex(kem.publicKey), () => fromHex(kem.coins));
    expect(toHex(key.publicKey)).toBe(kem.publicKey);
    expect([toHex(made.ciphertext), hexOf(made.sharedSecret)]).toEqual([kem.ciphertext, kem.sharedSecret]);
    expect(hexOf(key.decapsulate(fromHex(kem.ciphertext)))).toBe(kem.sharedSecret);
  });

  it('pads', () => {
    expect(primitives.padme.map(({ size }) => seal.padme(size))).toEqual(primitives.padme.map(({ padded }) => padded));
    for (const { content, padded } of primitives.padded) {
      expect(toHex(seal.padPlaintext(fromHex(content)))).toBe(padded);
      expect(toHex(seal.unpadPlaintext(fromHex(padded)))).toBe(content);
    }
  });

  it('derives the key of a passphrase', () => {
    const { passphrase, passes, memoryBytes, salt, key } = primitives.passphrase;
    const cost = { passes, memoryBytes };
    expect(hexOf(derivePassphraseKey({ passphrase, salt: fromHex(salt), cost }))).toBe(key);
  });
});

describe('keys', () => {
  it('follow from the coins and the base key', () => {
    const vector = primitives.keySchedule;
    const { caseId, compartmentId, epoch, contextHash } = vector;
    const context = {
      ...{ suite: currentSuite, caseId: caseId as CaseId, compartmentId: compartmentId as CompartmentId, epoch },
      contextHash: fromHex(contextHash),
    };
    const key = e2ee.makeEpochKey(() => fromHex(vector.coins), context, secretOf(vector.baseKey));
    const readKey = e2ee.deriveReadKey(key, context);
    expect([hexOf(key), hexOf(readKey)]).toEqual([vector.chainKey, vector.readKey]);
    expect(hexOf(e2ee.makeEpochKey(() => fromHex(vector.coins), context, undefined))).toBe(vector.firstChainKey);
    const { keyCommit, readCommit } = e2ee.commitmentsOf(key, context);
    expect([toHex(keyCommit), toHex(readCommit)]).toEqual([vector.keyCommit, vector.readCommit]);
    for (const use of ['item', 'wrap', 'export'] as const) {
      expect(hexOf(e2ee.deriveUseKey(readKey, use, context))).toBe(vector[use]);
    }
    expect(hexOf(e2ee.openArchive(fromHex(vector.archive), key, context))).toBe(vector.baseKey);
  });

  it('come out of a box, and out of no changed one', () => {
    const { seed, contextHash, box, entries } = primitives.box;
    const bytes = fromHex(box);
    const decoded = decodeBox(bytes);
    const deviceKey = seal.KemKey.fromSeed(secretOf(seed));
    const own = {
      deviceId: decoded.deviceId,
      deviceKey,
      prekeys: [{ prekeyHash: decoded.prekeyHash, key: deviceKey }],
    };
    const open = (each: typeof decoded) => e2ee.openKeyBox(each, own, fromHex(contextHash));
    expect(toHex(encodeKeyEntries(open(decoded)))).toBe(entries);
    const changes = Array.from({ length: bytes.length - 1172 }, (_, i) => 1172 + i).concat([
      0, 15, 16, 47, 48, 600, 1167,
    ]);
    for (const at of changes) {
      const changed = decodeBox(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
      expect(() => open(changed)).toThrow(VerificationError);
    }
    expect(() => open({ ...decoded, deviceId: 'ff'.repeat(16) as DeviceId })).toThrow(VerificationError);
  });

  it('of boxes are shown by a proof', () => {
    const { boxes, root, proofs } = primitives.boxTree;
    const tree = new BoxTree(boxes.map(fromHex));
    expect(toHex(tree.root)).toBe(root);
    expect(boxes.map((_, i) => tree.proof(i).map(toHex))).toEqual(proofs);
  });
});

describe('files', () => {
  it.each(primitives.files)('of $size bytes', (vector) => {
    const layout = e2ee.fileLayout(vector.size);
    const secrets = { fileId: vector.fileId as FileId, dek: secretOf(vector.dek), salt: fromHex(vector.salt) };
    const sealer = new e2ee.FileSealer(secrets, layout);
    const content = fileContent(vector.size);
    const segments = Array.from({ length: layout.segments }, (_, index) => {
      const { plainOffset, trueBytes } = e2ee.segmentSpan(layout, index);
      return sealer.sealSegment(index, content.subarray(plainOffset, plainOffset + trueBytes));
    });
    const leaves = segments.map(({ leaf }) => leaf);
    expect([layout.paddedSize, layout.storedSize]).toEqual([vector.paddedSize, vector.storedSize]);
    expect(toHex(sealer.header)).toBe(vector.header);
    expect(toHex(e2ee.fileHeaderHash(sealer.header))).toBe(vector.headerHash);
    expect(leaves.map(toHex)).toEqual(vector.leaves);
    expect(toHex(e2ee.fileRoot(leaves))).toBe(vector.root);
  });
});

describe('records', () => {
  it.each(primitives.commitments)('commitment to $label', (vector) => {
    const { label } = vector;
    const [opening, bytes, commitment] = [vector.opening, vector.bytes, vector.commitment].map(fromHex);
    if (opening === undefined || bytes === undefined || commitment === undefined) throw new RangeError('no vector');
    expect(toHex(commitGroup({ label, opening, bytes }))).toBe(vector.commitment);
    const other = { label: `${label}x`, opening, bytes };
    expect(() => checkCommitment(other, commitment)).toThrow(VerificationError);
  });

  it.each(primitives.payloads)('payload hash', ({ parts, payloadHash }) => {
    expect(toHex(actPayloadHash(parts.map(fromHex)))).toBe(payloadHash);
  });

  it('fingerprint in words and digits', () => {
    const { digest, words, digits } = primitives.fingerprint;
    expect(fingerprintWords(fromHex(digest))).toEqual(words);
    expect(fingerprintDigits(fromHex(digest))).toEqual(digits);
  });
});
