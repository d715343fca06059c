import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { Secret, systemRandom } from '@rogatory/kernel';
import { floorPassphraseCost, PASSPHRASE_SALT_BYTES, derivePassphraseKey } from '@rogatory/crypto/passphrase';
import { aeadOpen, aeadSeal, encapsulate, KemKey, sealSegmentInto } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { hash, isSignature, signatureDriver } from '@rogatory/crypto/verify';
import { aeadPurposes, contexts, FILE_SEGMENT_BYTES, signaturePurposes } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import { alternate, median, medianRatio, milliseconds, perSecond } from '../measure.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {{ name: string, unit: string, ours: () => unknown, base: () => unknown, baseName: string, scale?: number }} Pair */

const SEGMENT_BYTES = FILE_SEGMENT_BYTES;
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @returns {Pair[]} */
function hashes() {
  const leaf = randomBytes(300);
  return [
    {
      name: 'leaf hash (SHA-256, 300 B)',
      unit: '/s',
      ours: () => leafHash(leaf),
      base: () => createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest(),
      baseName: 'node:crypto',
    },
    {
      name: 'context hash (BLAKE2b-256, 300 B)',
      unit: '/s',
      ours: () => hash(contexts.itemHash, leaf),
      base: () => createHash('blake2b512').update(leaf).digest(),
      baseName: 'node:crypto BLAKE2b-512',
    },
  ];
}

/** @returns {Pair[]} */
function signatures() {
  const seed = randomBytes(32);
  const message = randomBytes(300);
  const purpose = signaturePurposes.item;
  const key = SigningKey.fromSeed(new Secret(seed));
  const nodeKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
  const nodePublic = createPublicKey(nodeKey);
  const claim = { purpose, publicKey: key.publicKey, message, signature: key.sign(purpose, message) };
  const nodeSignature = nodeSign(null, message, nodeKey);
  if (!isSignature(claim)) throw new Error('our own signature does not verify');
  return [
    {
      name: 'Ed25519 sign',
      unit: '/s',
      ours: () => key.sign(purpose, message),
      base: () => nodeSign(null, message, nodeKey),
      baseName: 'node:crypto',
    },
    {
      name: 'Ed25519 verify, strict',
      unit: '/s',
      ours: () => isSignature(claim),
      base: () => nodeVerify(null, message, nodePublic, nodeSignature),
      baseName: 'node:crypto',
    },
  ];
}

/** @returns {Pair[]} */
function sealing() {
  const secret = new Secret(randomBytes(32));
  const plaintext = randomBytes(512);
  const aad = randomBytes(200);
  const common = { secret, purpose: aeadPurposes.item, aad };
  const sealed = aeadSeal({ ...common, random: systemRandom, plaintext });
  const key = randomBytes(32);
  const segment = randomBytes(SEGMENT_BYTES);
  const target = new Uint8Array(SEGMENT_BYTES + 16);
  const segmentKey = new Secret(key);
  /** @param {Uint8Array} bytes */
  const bare = (bytes) => {
    const cipher = createCipheriv('chacha20-poly1305', key, randomBytes(12), { authTagLength: 16 });
    return [cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
  };
  return [
    {
      name: 'seal 512 B, key committing',
      unit: '/s',
      ours: () => aeadSeal({ ...common, random: systemRandom, plaintext }),
      base: () => bare(plaintext),
      baseName: 'bare node ChaCha20-Poly1305',
    },
    {
      name: 'open 512 B, key committing',
      unit: '/s',
      ours: () => aeadOpen({ ...common, sealed }),
      base: () => bare(plaintext),
      baseName: 'bare node ChaCha20-Poly1305',
    },
    {
      name: 'seal a file segment',
      unit: 'MiB/s',
      scale: SEGMENT_BYTES / 2 ** 20,
      ours: () => sealSegmentInto(target, segmentKey, { index: 0, isLast: false }, segment),
      base: () => bare(segment),
      baseName: 'bare node ChaCha20-Poly1305',
    },
  ];
}

/** @param {Pair} pair @param {{ rounds: number, windowMs: number }} options @returns {Promise<Figure>} */
async function figureOf({ name, unit, ours, base, baseName, scale = 1 }, { rounds, windowMs }) {
  const taken = await alternate(
    { ours: () => scale * perSecond(ours, windowMs), base: () => scale * perSecond(base, windowMs) },
    { rounds },
  );
  const baseline = { name: baseName, value: median(taken.base) };
  return { name, unit, value: median(taken.ours), baseline, ratio: medianRatio(taken.ours, taken.base) };
}

/** What has no counterpart in Node 20. @param {number} windowMs @returns {Promise<Figure[]>} */
async function alone(windowMs) {
  const kem = KemKey.generate(systemRandom);
  const { ciphertext } = encapsulate(kem.publicKey, systemRandom);
  const passphrase = 'seven fictitious words for a benchmark only';
  const salt = randomBytes(PASSPHRASE_SALT_BYTES);
  const derive = () => derivePassphraseKey({ passphrase, salt, cost: floorPassphraseCost });
  derive();
  return [
    { name: 'X-Wing key pair', unit: '/s', value: perSecond(() => KemKey.generate(systemRandom), windowMs) },
    {
      name: 'X-Wing encapsulate',
      unit: '/s',
      value: perSecond(() => encapsulate(kem.publicKey, systemRandom), windowMs),
    },
    { name: 'X-Wing decapsulate', unit: '/s', value: perSecond(() => kem.decapsulate(ciphertext), windowMs) },
    { name: 'Argon2id at the floor (2 passes, 64 MiB)', unit: 'ms', value: await milliseconds(derive) },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '1. Primitives',
  run: async ({ isShort }) => {
    const options = { rounds: isShort ? 3 : 7, windowMs: isShort ? 60 : 250 };
    const figures = [];
    for (const pair of [...hashes(), ...signatures(), ...sealing()]) figures.push(await figureOf(pair, options));
    figures.push(...(await alone(options.windowMs)));
    return {
      figures,
      notes: [
        'BLAKE2b, XChaCha20-Poly1305 and X-Wing come from libsodium in WebAssembly; file segments and SHA-256 take the ' +
          'native path of Node where there is one.',
        `Ed25519, strict, came from libsodium too, here by the ${signatureDriver} driver (ADR 0020).`,
      ],
    };
  },
};
