/** Hashes, signatures, sealed values, keys, files, commitments and passphrases (docs/spec/conventions.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, Secret, toHex, utf8 } from '@rogatory/kernel';
import * as chain from '@rogatory/chain';
import { derivePassphraseKey } from '@rogatory/crypto/passphrase';
import { commitGroup, restSeal } from '@rogatory/crypto/rest';
import * as seal from '@rogatory/crypto/seal';
import { actPayloadHash, hash, keyedHash } from '@rogatory/crypto/verify';
import * as e2ee from '@rogatory/e2ee';
import * as pki from '@rogatory/pki';
import * as p from '@rogatory/protocol';
import { bytesOf, filled, id, key, longId, text, toLong } from './parts.mjs';

const signer = key('primitives');
const secretBytes = bytesOf('secret');
const secret = new Secret(secretBytes);
/** @param {string} seed @returns {any} */
const random = (seed) => (/** @type {number} */ length) =>
  concatBytes(...Array.from({ length: Math.ceil(length / 32) }, (_, i) => bytesOf(`${seed}/${i}`))).slice(0, length);

const contexts = Object.values(p.contexts);
const part = utf8('rogatory');
const hashes = contexts.map((context) => ({
  ...{
    context,
    hash: toHex(hash(context, part)),
    keyed32: toHex(keyedHash({ key: secretBytes, context, length: 32 }, part)),
  },
  keyed64: toHex(keyedHash({ key: secretBytes, context, length: 64 }, part)),
}));

const message = utf8('a message');
const signatures = Object.entries(p.signaturePurposes).map(([name, purpose]) => ({
  ...{ name, purpose, message: toHex(message), signature: toHex(signer.sign(purpose, message)) },
}));
const good = signer.sign(1, message);
const refusedSignatures = [
  { name: 'another purpose', purpose: 2, message: toHex(message), signature: toHex(good) },
  { name: 'another message', purpose: 1, message: toHex(utf8('a messagE')), signature: toHex(good) },
  {
    name: 'S raised by the group order',
    purpose: 1,
    message: toHex(message),
    signature: toHex(concatBytes(good.slice(0, 32), Uint8Array.from(toLong(good.slice(32))))),
  },
  {
    name: 'R of small order',
    purpose: 1,
    message: toHex(message),
    signature: toHex(concatBytes(Uint8Array.of(1), filled(0, 31), good.slice(32))),
  },
  { name: '63 bytes', purpose: 1, message: toHex(message), signature: toHex(good.slice(0, 63)) },
  { name: 'of bare bytes', purpose: 1, message: toHex(message), signature: toHex(signer.signRaw(message)) },
];

const aad = utf8('bound to this');
const sealedValues = Object.entries(p.aeadPurposes).map(([name, purpose], i) => {
  const plaintext = random(`plaintext ${name}`)(i * 17);
  const sealed = seal.aeadSeal({ secret, purpose, random: random(`nonce ${name}`), plaintext, aad });
  const messageKey = seal.aeadMessageKey({ secret, purpose, sealed, aad }).use(toHex);
  return { name, purpose, plaintext: toHex(plaintext), aad: toHex(aad), sealed: toHex(sealed), messageKey };
});
const restAad = concatBytes(filled(0xac, 16), utf8('who'));
const rest = restSeal({
  monthKey: secret,
  context: p.contexts.auditOpening,
  aad: restAad,
  plaintext: message,
  random: random('rest nonce'),
});

const kemKey = seal.KemKey.fromSeed(new Secret(bytesOf('kem')));
const coins = random('coins')(64);
const { ciphertext, sharedSecret } = seal.encapsulate(kemKey.publicKey, () => coins.slice());

const epoch = {
  suite: p.currentSuite,
  caseId: longId('20'),
  compartmentId: longId('2f'),
  epoch: 4,
  contextHash: bytesOf('ctx'),
};
const baseKey = new Secret(bytesOf('base key'));
const chainKey = e2ee.makeEpochKey(() => bytesOf('epoch coins'), epoch, baseKey);
const readKey = e2ee.deriveReadKey(chainKey, epoch);
const commitments = e2ee.commitmentsOf(chainKey, epoch);
const keySchedule = {
  ...{
    suite: 1,
    caseId: epoch.caseId,
    compartmentId: epoch.compartmentId,
    epoch: 4,
    contextHash: toHex(epoch.contextHash),
  },
  ...{
    coins: toHex(bytesOf('epoch coins')),
    baseKey: toHex(bytesOf('base key')),
    chainKey: chainKey.use(toHex),
    readKey: readKey.use(toHex),
  },
  ...{ keyCommit: toHex(commitments.keyCommit), readCommit: toHex(commitments.readCommit) },
  ...Object.fromEntries(
    ['item', 'wrap', 'export'].map((use) => [
      use,
      e2ee.deriveUseKey(readKey, /** @type {any} */ (use), epoch).use(toHex),
    ]),
  ),
  firstChainKey: e2ee.makeEpochKey(() => bytesOf('epoch coins'), epoch, undefined).use(toHex),
  archive: toHex(e2ee.sealArchive(random('archive nonce'), chainKey, epoch, baseKey)),
};

const boxInput = {
  recipient: { deviceId: id('10'), kemKey: kemKey.publicKey, prekeyHash: bytesOf('prekey hash') },
  contextHash: bytesOf('ctx'),
};
const entries = [{ kind: 1, epoch: 4, key: bytesOf('K4') }];
const box = e2ee.sealKeyBox({ ...boxInput, random: random('box') }, /** @type {any} */ (entries));

/** @param {number} size content byte i is (i * 31 + (i >> 8)) mod 256 */
function fileOf(size) {
  const content = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256);
  const layout = e2ee.fileLayout(size);
  const secrets = { fileId: id('88'), dek: new Secret(bytesOf(`dek ${size}`)), salt: bytesOf(`salt ${size}`) };
  const sealer = new e2ee.FileSealer(secrets, layout);
  const leaves = Array.from({ length: layout.segments }, (_, index) => {
    const { plainOffset, trueBytes } = e2ee.segmentSpan(layout, index);
    return sealer.sealSegment(index, content.subarray(plainOffset, plainOffset + trueBytes)).leaf;
  });
  return {
    ...{
      size,
      fileId: secrets.fileId,
      dek: secrets.dek.use(toHex),
      salt: toHex(secrets.salt),
      header: toHex(sealer.header),
    },
    ...{
      headerHash: toHex(e2ee.fileHeaderHash(sealer.header)),
      paddedSize: layout.paddedSize,
      storedSize: layout.storedSize,
    },
    ...{ leaves: leaves.map(toHex), root: toHex(e2ee.fileRoot(leaves)) },
  };
}

const labels = ['who', 'what', 'why', 'src', 'act'].map((label) => {
  const bytes = random(`group ${label}`)(20);
  return {
    label,
    opening: toHex(bytesOf(`opening ${label}`)),
    bytes: toHex(bytes),
    commitment: toHex(commitGroup({ label, opening: bytesOf(`opening ${label}`), bytes })),
  };
});

const history = JSON.parse(readFileSync(join(import.meta.dirname, '../history.json'), 'utf8'));
const boxesOfLink =
  history.compartments[0].entries.find((/** @type {any} */ entry) => entry.boxes?.length === 5) ??
  history.compartments[0].entries.find((/** @type {any} */ entry) => entry.boxes?.length > 2);
const boxTree = new chain.BoxTree(
  boxesOfLink.boxes.map((/** @type {string} */ hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
);

const passphrase = 'correct horse — Ä battery';
const cost = { passes: 2, memoryBytes: 64 * 1024 * 1024 };
const sizes = [0, 1, 2, 3, 9, 100, 255, 256, 257, 1_000, 65_535, 300_001, 262_145, 2 ** 33 + 1, 16 * 1024 ** 3];
const digest = bytesOf('fingerprint');

export const made = {
  format: 'rogatory vectors 1',
  spec: ['conventions.md', 'keys.md', 'files.md', 'audit.md', 'key-store.md'],
  about: 'Computations. Hexadecimal throughout; every "refused" is to fail.',
  hashes: { part: toHex(part), key: toHex(secretBytes), contexts: hashes },
  signatures: {
    seed: signer.exportSeed().use(toHex),
    publicKey: toHex(signer.publicKey),
    valid: signatures,
    refused: refusedSignatures,
  },
  sealed: {
    secret: toHex(secretBytes),
    valid: sealedValues,
    rest: { monthKey: toHex(secretBytes), aad: toHex(restAad), plaintext: toHex(message), sealed: toHex(rest) },
  },
  kem: {
    seed: toHex(bytesOf('kem')),
    publicKey: toHex(kemKey.publicKey),
    coins: toHex(coins),
    ciphertext: toHex(ciphertext),
    sharedSecret: sharedSecret.use(toHex),
  },
  keySchedule,
  box: {
    seed: toHex(bytesOf('kem')),
    contextHash: toHex(boxInput.contextHash),
    box: toHex(box),
    entries: toHex(p.encodeKeyEntries(/** @type {any} */ (entries))),
  },
  boxTree: {
    boxes: boxesOfLink.boxes,
    root: toHex(boxTree.root),
    proofs: boxesOfLink.boxes.map((/** @type {string} */ _, /** @type {number} */ i) => boxTree.proof(i).map(toHex)),
  },
  padme: sizes.map((size) => ({ size, padded: seal.padme(size) })),
  padded: ['', 'a', 'nine bytes', 'x'.repeat(300)].map((content) => ({
    content: toHex(text(content)),
    padded: toHex(seal.padPlaintext(text(content))),
  })),
  files: [0, 1, 262_144, 262_145, 540_000].map(fileOf),
  commitments: labels,
  payloads: [[], [Uint8Array.of(1, 2, 3), Uint8Array.of(4)], [new Uint8Array(0)]].map((parts) => ({
    parts: parts.map(toHex),
    payloadHash: toHex(actPayloadHash(parts)),
  })),
  fingerprint: { digest: toHex(digest), words: pki.fingerprintWords(digest), digits: pki.fingerprintDigits(digest) },
  passphrase: {
    passphrase,
    ...cost,
    salt: toHex(filled(0xaa, 16)),
    key: derivePassphraseKey({ passphrase, salt: filled(0xaa, 16), cost }).use(toHex),
  },
};
