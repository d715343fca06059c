/** What a witness signs to be given a bundle of a directory (docs/spec/directory.md 13.2). */
import * as p from '@rogatory/protocol';
import { edit, filled, flip, key, signAs, time } from './parts.mjs';

const { signaturePurposes: purposes } = p;
const signer = key('witness/0');
const { publicKey: key0 } = signer;
const ORIGIN = 'rogatory.example/directory';
const FROM_AT = 4 + 2 + ORIGIN.length + 32;

/** @param {any} changes @param {any} purpose */
const read = (changes = {}, purpose = purposes.witnessRead) =>
  signAs(
    signer,
    purpose,
    p.encodeWitnessRead({
      ...{ origin: ORIGIN, witnessKey: key0, from: 256, end: 300, timeMs: time.timeMs, nonce: filled(0x61, 16) },
      ...changes,
    }),
  );

/** Signed anew after an edit that no encoder makes. @param {number} at @param {'replace' | number} how @param {number[]} by */
const forged = (at, how, by) => signAs(signer, purposes.witnessRead, edit(read().slice(0, -64), at, how, by));

export const valid = [
  { kind: 'witness-read', name: 'part of a bundle', description: '', bytes: read(), signer: key0 },
  {
    kind: 'witness-read',
    name: 'a full bundle',
    description: 'of a log whose name is as long as any',
    bytes: read({ origin: `${'r'.repeat(245)}/directory`, from: 0, end: 256 }),
    signer: key0,
  },
  {
    kind: 'witness-read',
    name: 'the last bundle',
    description: 'of the largest directory',
    bytes: read({ from: 2 ** 20 - 256, end: 2 ** 20 }),
    signer: key0,
  },
];

/** @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (name, code, bytes) => ({
  ...{ kind: 'witness-read', name, family: code.startsWith('codec') ? 'codec' : 'verification', code, bytes },
  signer: key0,
});

export const invalid = [
  refused('no entry', 'codec/range', forged(FROM_AT + 14, 'replace', [1, 0])),
  refused('end before the beginning', 'codec/range', forged(FROM_AT + 14, 'replace', [0, 255])),
  refused('more than a bundle', 'codec/range', forged(FROM_AT + 14, 'replace', [2, 1])),
  refused('a beginning within a bundle', 'codec/range', forged(FROM_AT + 6, 'replace', [1, 1])),
  refused(
    'beyond the largest directory',
    'codec/range',
    forged(FROM_AT, 'replace', [0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 1]),
  ),
  refused('a log without a name', 'codec/text', forged(4, 2 + ORIGIN.length, [0, 0])),
  refused(
    'a log with a name of 256 bytes',
    'codec/too-long',
    forged(4, 2 + ORIGIN.length, [1, 0, ...filled(0x72, 256)]),
  ),
  refused('signed as an act', 'crypto/signature', read({}, purposes.auditAct)),
  refused('another nonce', 'crypto/signature', flip(read(), read().length - 65)),
];
export const spec = ['directory.md'];
