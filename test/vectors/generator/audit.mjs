/** Signed acts, reasons, records and receipts (docs/spec/acts.md, audit.md). */
import { utf8 } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, flip, id, key, signAs, time } from './parts.mjs';

const { signaturePurposes: purposes } = p;
const signer = key('member/0');
const key0 = signer.publicKey;
const actId = /** @type {any} */ ('0192f0c1a2b37c4d8e5f60718293a4b5');

/** @param {any} changes @param {any} purpose */
const act = (changes = {}, purpose = purposes.auditAct) =>
  signAs(
    signer,
    purpose,
    p.encodeAct({
      ...{
        actId,
        deviceId: id('10'),
        counter: 1,
        previousHash: filled(0, 32),
        operation: 'doc.read',
        caseId: filled(0x20, 32),
      },
      ...{ compartmentId: filled(0x2f, 32), objectId: filled(0x31, 16), version: 1, payloadHash: filled(0, 32) },
      ...{
        whyCommit: bytesOf('why commitment'),
        time,
        zone: 'America/Argentina/ComodRivadavia',
        auditHead: { size: 0, root: filled(0, 32) },
      },
      ...changes,
    }),
  );

/** @param {any} changes */
const why = (changes = {}) =>
  p.encodeWhy({
    ...{
      legalBasis: 2,
      instrument: 'JIT/2026/7',
      kemCiphertext: new Uint8Array(0),
      sealedText: new Uint8Array(0),
      ...changes,
    },
  });
const sealedWhy = why({
  legalBasis: 9,
  instrument: '',
  kemCiphertext: filled(0x77, 1120),
  sealedText: filled(0x78, 90),
});

const whoBytes = p.encodeAuditWho({
  ...{ kind: 1, deviceId: id('10'), personId: id('11'), postId: id('12'), authorityId: id('13'), state: 'AA' },
  ...{ sessionHash: bytesOf('session'), caseRole: 5 },
});
const unproven = p.encodeAuditWho({ kind: 2, state: 'EU', caseRole: 0 });

/** @param {any} changes */
const what = (changes = {}) =>
  p.encodeAuditWhat({
    ...{
      caseId: '20'.repeat(32),
      compartmentId: '2f'.repeat(32),
      ownerAuthorityId: id('13'),
      objectKind: 2,
      objectId: id('31'),
    },
    ...{ version: 1, objectHash: bytesOf('object'), bytes: 65_536, count: 1, detail: 'reason=left' },
    ...{ recipients: [{ authorityId: id('13'), personId: id('11'), deviceId: id('10') }] },
    ...changes,
  });

const source = p.encodeAuditSource({ address: '2001:db8::1', client: 'rogatory/0.1.0 node', requestId: 'r-1' });
const commitment = 'A'.repeat(43);
const leaf = {
  ...{ v: 1, id: actId, t: time.timeMs, cls: 'consultation', ev: 'doc.read', out: 'allowed', rc: 'ok', ms: 'AA' },
  com: Object.fromEntries(['act', 'src', 'what', 'who', 'why'].map((group) => [group, commitment])),
};
const leafText = JSON.stringify({
  cls: leaf.cls,
  com: leaf.com,
  ev: leaf.ev,
  id: leaf.id,
  ms: leaf.ms,
  out: leaf.out,
  rc: leaf.rc,
  t: leaf.t,
  v: 1,
});
const denied = {
  ...leaf,
  ev: 'msg.send',
  cls: 'collection',
  out: 'denied',
  rc: 'access/refused',
  com: { what: commitment },
};

/** @param {any} changes */
const promise = (changes = {}) =>
  signAs(
    signer,
    purposes.receiptPromise,
    p.encodeReceiptPromise({
      ...{
        logOrigin: 'rogatory.example/audit/log/2026h2',
        recordId: actId,
        leafHash: bytesOf('leaf'),
        deadlineMs: time.timeMs + 10_000,
      },
      ...changes,
    }),
  );

export const valid = [
  { kind: 'act', name: 'read', description: 'the first act of a device', bytes: act(), signer: key0 },
  {
    ...{ kind: 'act', name: 'later act', description: 'names no case', signer: key0 },
    bytes: act({
      counter: 4_711,
      previousHash: bytesOf('act'),
      operation: 'case.list',
      caseId: filled(0, 32),
      compartmentId: filled(0, 32),
      zone: 'UTC',
      auditHead: { size: 99, root: bytesOf('root') },
    }),
  },
  { kind: 'why', name: 'without free text', description: '', bytes: why() },
  { kind: 'why', name: 'with free text', description: 'sealed to the oversight body; no instrument', bytes: sealedWhy },
  { kind: 'audit-who', name: 'device', description: '', bytes: whoBytes },
  { kind: 'audit-who', name: 'unproven', description: 'ids and session absent', bytes: unproven },
  { kind: 'audit-what', name: 'item', description: 'handed to one device', bytes: what() },
  {
    kind: 'audit-what',
    name: 'nothing concerned',
    description: '',
    bytes: p.encodeAuditWhat({ objectKind: 0, version: 0, bytes: 0, count: 0, recipients: [], detail: '' }),
  },
  { kind: 'audit-source', name: 'source', description: '', bytes: source },
  {
    kind: 'audit-leaf',
    name: 'allowed',
    description: 'commits to all five groups',
    bytes: p.encodeAuditLeaf(/** @type {any} */ (leaf)),
  },
  {
    kind: 'audit-leaf',
    name: 'denied',
    description: 'commits to what it could show',
    bytes: p.encodeAuditLeaf(/** @type {any} */ (denied)),
  },
  { kind: 'receipt-promise', name: 'promise', description: '', bytes: promise(), signer: key0 },
];

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{ kind, name, family: code.startsWith('codec') ? 'codec' : 'verification', code, bytes, signer: key0 },
});

/** A leaf that is the valid one with a part of its text exchanged. @param {string} from @param {string} to */
function leafWith(from, to) {
  if (!leafText.includes(from)) throw new Error(`no ${from}`);
  return utf8(leafText.replace(from, to));
}

export const invalid = [
  refused('act', 'unknown operation', 'codec/unknown-value', act({ operation: 'doc.steal' })),
  refused('act', 'operation of an object of JavaScript', 'codec/unknown-value', act({ operation: 'constructor' })),
  refused('act', 'zone with a blank', 'codec/text', act({ zone: 'Europe/New Paris' })),
  refused('act', 'empty zone', 'codec/text', act({ zone: '' })),
  refused('act', 'zone of 65 bytes', 'codec/too-long', act({ zone: 'z'.repeat(65) })),
  refused('act', 'signed as a login', 'crypto/signature', act({}, purposes.login)),
  refused('act', 'another counter', 'crypto/signature', flip(act(), 43)),
  refused('why', 'unknown legal basis', 'codec/unknown-value', why({ legalBasis: 10 })),
  refused('why', 'free text without a key', 'codec/length', why({ sealedText: filled(1, 90) })),
  refused('why', 'a key without free text', 'codec/length', why({ kemCiphertext: filled(1, 1120) })),
  refused(
    'why',
    'ciphertext of 1,119 bytes',
    'codec/length',
    why({ kemCiphertext: filled(1, 1119), sealedText: filled(1, 90) }),
  ),
  refused('why', 'instrument of 401 bytes', 'codec/too-long', why({ instrument: 'i'.repeat(401) })),
  refused(
    'why',
    'longer than 16,384 bytes',
    'codec/too-long',
    why({ kemCiphertext: filled(1, 1120), sealedText: filled(1, 16_384) }),
  ),
  refused(
    'audit-who',
    'device without a person',
    'codec/audit-group',
    edit(whoBytes, 5 + 16, 'replace', filled(0, 16)),
  ),
  refused('audit-who', 'unknown kind of actor', 'codec/unknown-value', edit(whoBytes, 4, 'replace', [4])),
  refused('audit-who', 'unknown role', 'codec/unknown-value', edit(whoBytes, whoBytes.length - 1, 'replace', [6])),
  refused('audit-who', 'lower-case state', 'codec/text', edit(whoBytes, 5 + 64, 'replace', [0x61, 0x61])),
  refused(
    'audit-what',
    'unknown kind of object',
    'codec/unknown-value',
    edit(what(), 4 + 32 + 32 + 16, 'replace', [255]),
  ),
  refused('audit-what', 'detail with a line break', 'codec/text', edit(what(), what().length - 1, 'replace', [10])),
  refused(
    'audit-what',
    '10,001 recipients',
    'codec/too-long',
    edit(what(), what().length - 13 - 48 - 4, 'replace', [0, 0, 0x27, 0x11]),
  ),
  refused(
    'audit-source',
    'address of 65 bytes',
    'codec/too-long',
    p.encodeAuditSource({ address: '1'.repeat(65), client: '', requestId: '' }),
  ),
  refused(
    'audit-source',
    'control sequence',
    'codec/text',
    p.encodeAuditSource({ address: '', client: '\u001b[2J', requestId: '' }),
  ),
  refused('audit-leaf', 'not JSON', 'codec/json', utf8('{')),
  refused('audit-leaf', 'a byte order mark before it', 'codec/json', leafWith('{"cls"', '\ufeff{"cls"')),
  refused('audit-leaf', 'a blank', 'codec/json', leafWith(',"v":1', ', "v":1')),
  refused('audit-leaf', 'a field twice', 'codec/json', leafWith(',"v":1', ',"v":1,"v":1')),
  refused('audit-leaf', 'fields in another order', 'codec/json', leafWith('"rc":"ok","t":', '"t":0,"rc":"ok","t":')),
  refused('audit-leaf', 'null', 'codec/json', leafWith('"ms":"AA"', '"ms":null')),
  refused('audit-leaf', 'fraction', 'codec/json', leafWith(`"t":${time.timeMs}`, '"t":0.5')),
  refused('audit-leaf', 'number with an exponent', 'codec/json', leafWith(`"t":${time.timeMs}`, '"t":1e3')),
  refused('audit-leaf', 'escape that is not needed', 'codec/json', leafWith('"rc":"ok"', '"rc":"\\u006fk"')),
  refused('audit-leaf', 'bytes that are not UTF-8', 'codec/text', edit(utf8(leafText), 10, 'replace', [0xff])),
  refused('audit-leaf', 'list instead of an object', 'codec/audit-leaf', utf8('[]')),
  refused('audit-leaf', 'version 2', 'codec/unsupported', leafWith('"v":1', '"v":2')),
  refused('audit-leaf', 'unknown event', 'codec/unsupported', leafWith('"ev":"doc.read"', '"ev":"doc.steal"')),
  refused('audit-leaf', 'unknown field', 'codec/audit-leaf', leafWith(',"v":1', ',"v":1,"x":1')),
  refused(
    'audit-leaf',
    'class of another event',
    'codec/audit-leaf',
    leafWith('"cls":"consultation"', '"cls":"collection"'),
  ),
  refused('audit-leaf', 'allowed without a commitment', 'codec/audit-leaf', leafWith(`"act":"${commitment}",`, '')),
  refused(
    'audit-leaf',
    'commitment to a group that the event has not',
    'codec/audit-leaf',
    leafWith('"com":{', `"com":{"aaa":"${commitment}",`),
  ),
  refused(
    'audit-leaf',
    'commitment of 42 characters',
    'codec/audit-leaf',
    leafWith(`"act":"${commitment}"`, `"act":"${commitment.slice(1)}"`),
  ),
  refused('audit-leaf', 'denied for no reason', 'codec/audit-leaf', leafWith('"out":"allowed"', '"out":"denied"')),
  refused('audit-leaf', 'unknown outcome', 'codec/audit-leaf', leafWith('"out":"allowed"', '"out":"maybe"')),
  refused('audit-leaf', 'id in capitals', 'codec/audit-leaf', leafWith('a2b37c4d', 'A2B37C4D')),
  refused('audit-leaf', 'longer than 4,096 bytes', 'codec/too-long', utf8(`${leafText}${' '.repeat(4_096)}`)),
  refused('receipt-promise', 'origin of 201 bytes', 'codec/too-long', promise({ logOrigin: 'o'.repeat(201) })),
  refused('receipt-promise', 'another deadline', 'crypto/signature', flip(promise(), promise().length - 65)),
];
export const spec = ['acts.md', 'audit.md'];
