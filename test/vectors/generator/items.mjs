/** Items, what they hold, and the header of a file (docs/spec/items.md, files.md). */
import { concatBytes } from '@rogatory/kernel';
import { itemBodyHash } from '@rogatory/chain';
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, flip, id, key, longId, text, time } from './parts.mjs';

const signer = key('member/0');
const sealed = concatBytes(...[0, 1, 2, 3].map((i) => bytesOf(`sealed body ${i}`)));
const header = {
  ...{
    itemClass: p.itemClasses.message,
    suite: 1,
    caseId: longId('20'),
    compartmentId: longId('2f'),
    objectId: id('31'),
  },
  ...{ version: 1, epoch: 4, linkHash: filled(0x32, 32), authorityId: id('13'), senderDevice: id('10'), senderSeq: 7 },
  ...{ voids: 2, previousSenderHash: filled(0x33, 32), logHead: { size: 18, root: filled(0x34, 32) }, time },
  ...{ directoryHead: { size: 40, root: filled(0x23, 32), timeMs: time.timeMs }, sealedLength: sealed.length },
};

/** @param {any} changes @param {Uint8Array} body @param {any} purpose */
function item(changes = {}, body = sealed, purpose = p.signaturePurposes.item) {
  const headerBytes = p.encodeItemHeader({ ...header, sealedLength: body.length, ...changes });
  const signature = signer.sign(purpose, p.itemSignedBytes(headerBytes, itemBodyHash(body)));
  return p.encodeSignedItem({ headerBytes, sealed: body, signature });
}

const message = {
  ...{
    threadId: id('31'),
    replyTo: id('36'),
    subject: '',
    text: 'Réponse à la demande 2026/17 – 回答',
    wantsAcknowledgement: true,
  },
  references: [{ objectId: id('37'), version: 3, itemHash: filled(0x38, 32) }],
};
const first = {
  threadId: id('31'),
  subject: 'Seizure of phone 3',
  text: '',
  references: [],
  wantsAcknowledgement: false,
};
const manifest = {
  ...{ fileId: id('88'), version: 1, trueSize: 8, segments: 1, root: bytesOf('root'), headerHash: bytesOf('header') },
  ...{
    wrappedKey: filled(0x39, 104),
    name: 'statement ✓.pdf',
    mediaType: 'application/pdf',
    plaintextHash: bytesOf('plaintext'),
  },
  labels: { handling: 3, sourceEvaluation: 4, informationEvaluation: 4 },
};
const withdrawal = { objectId: id('31'), version: 0, reason: 'sent to the wrong compartment' };
const messageBytes = p.encodeMessageContent(message);
const manifestBytes = p.encodeDocumentManifest(/** @type {any} */ (manifest));
const file = { fileId: id('88'), salt: bytesOf('salt'), commit: bytesOf('commit') };
const fileHeader = p.encodeFileHeader(file);
const key0 = signer.publicKey;

const carried = { keyId: 'c0ffee42', size: 12_345, root: filled(0x3a, 32), signature: filled(0x3b, 64) };
const head = p.encodeCarriedHead(carried);

/** @type {any} */
const proposal = {
  ...{ action: p.taskActions.propose, state: p.taskStates.proposed, previousHash: new Uint8Array(32), owner: 'FR' },
  assignee: { state: 'NL', authorityId: id('51'), postId: id('52') },
  due: { timeMs: 1_795_564_800_000, zone: 'Europe/Amsterdam' },
  dependencies: [id('61'), id('62')],
};
/** @type {any} */
const change = {
  ...{ action: p.taskActions.start, state: p.taskStates.inProgress, previousHash: filled(0x53, 32), owner: 'FR' },
  ...{ assignee: { state: 'NL', authorityId: id('51') }, dependencies: [] },
};
const task = { itemClass: p.itemClasses.task, task: change, version: 3 };
const taskItem = item(task);
/** @type {any} */
const entry = {
  ...{ act: 'hold', operationId: id('41'), state: 'FR', acted: { timeMs: 1_796_104_800_000, offsetMinutes: 60 } },
  ...{ isQueued: true, alertId: id('43') },
};
const operationItem = item({ itemClass: p.itemClasses.operation, operation: entry });

export const valid = [
  { kind: 'item', name: 'message', description: 'with a body of 128 bytes', bytes: item(), signer: key0 },
  {
    ...{
      kind: 'item',
      name: 'empty body',
      description: 'well-formed, though it opens to nothing; highest numbers',
      signer: key0,
    },
    bytes: item(
      { itemClass: 5, version: 0xffffffff, senderSeq: Number.MAX_SAFE_INTEGER, voids: 0xffff },
      new Uint8Array(0),
    ),
  },
  { kind: 'message', name: 'reply', description: 'wants an acknowledgement, names a document', bytes: messageBytes },
  {
    kind: 'message',
    name: 'first of a thread',
    description: 'a subject, no text',
    bytes: p.encodeMessageContent(first),
  },
  { kind: 'manifest', name: 'manifest', description: 'of a file of one segment', bytes: manifestBytes },
  { kind: 'withdrawal', name: 'all versions', description: '', bytes: p.encodeWithdrawal(withdrawal) },
  {
    kind: 'acknowledgement',
    name: 'acknowledgement',
    description: '',
    bytes: p.encodeAcknowledgement({ objectId: id('31'), itemHash: bytesOf('item') }),
  },
  {
    kind: 'case-info',
    name: 'case information',
    description: '',
    bytes: p.encodeCaseInfo({ title: 'Operation Ünter', description: 'Two\nlines' }),
  },
  { kind: 'file-header', name: 'header', description: '', bytes: fileHeader },
  {
    ...{ kind: 'item', name: 'carries a head', description: 'of version 2: a head of the audit log is sealed with it' },
    ...{ bytes: item({ carriesAuditHead: true }), signer: key0 },
  },
  { kind: 'carried-head', name: 'head', description: 'as an item of version 2 seals it', bytes: head },
  {
    ...{ kind: 'carried-head', name: 'largest', description: 'of a log of 2^48 records' },
    bytes: p.encodeCarriedHead({ ...carried, size: 2 ** 48 }),
  },
  {
    ...{ kind: 'item', name: 'change of a task', description: 'its facts stand between time and length' },
    ...{ bytes: taskItem, signer: key0 },
  },
  {
    ...{ kind: 'item', name: 'proposal of a task', description: 'with due time and dependencies, and a carried head' },
    ...{ bytes: item({ ...task, task: proposal, version: 1, carriesAuditHead: true }), signer: key0 },
  },
  {
    ...{
      kind: 'item',
      name: 'record of an operation',
      description: 'a queued hold; its facts stand as those of a task',
    },
    ...{ bytes: operationItem, signer: key0 },
  },
];

const itemBytes = item();
const headerEnd = 4 + 1 + 1 + 2 + 32 + 32 + 16 + 4 + 4 + 32 + 16 + 16 + 8 + 2 + 32 + 48 + 40 + 10;

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{
    kind,
    name,
    family: code.startsWith('codec') ? 'codec' : 'verification',
    code,
    bytes,
    ...(kind === 'item' && { signer: key0 }),
  },
});
const factsAt = headerEnd;
const textAt = 16 + 16 + 1 + 2;

/** The state after the change is another. @param {Uint8Array} bytes */
const inOtherState = (bytes) => edit(bytes, factsAt + 2 + 5, 'replace', [p.taskStates.done]);

export const invalid = [
  refused('item', 'unknown class', 'codec/unknown-value', edit(itemBytes, 4, 'replace', [255])),
  refused('item', 'a message with facts of a task', 'codec/truncated', edit(taskItem, 4, 'replace', [1])),
  refused('item', 'a change of a task without facts', 'codec/truncated', edit(itemBytes, 4, 'replace', [6])),
  refused('item', 'a message with facts of an operation', 'codec/truncated', edit(operationItem, 4, 'replace', [1])),
  refused('item', 'a record of an operation without facts', 'codec/truncated', edit(itemBytes, 4, 'replace', [7])),
  refused('item', 'a task with facts of an operation', 'codec/magic', edit(operationItem, 4, 'replace', [6])),
  refused('item', 'an operation with facts of a task', 'codec/unknown-value', edit(taskItem, 4, 'replace', [7])),
  refused('item', 'an unknown act', 'codec/unknown-value', edit(operationItem, headerEnd + 2, 'replace', [14])),
  refused('item', 'facts one byte too long', 'codec/trailing', edit(taskItem, factsAt, 'replace', [0, 110])),
  refused('item', 'facts of 1,025 bytes', 'codec/too-long', edit(taskItem, factsAt, 'replace', [4, 1])),
  refused('item', 'facts of another version', 'codec/magic', edit(taskItem, factsAt + 5, 'replace', [0x32])),
  refused('item', 'facts that state another state', 'crypto/signature', inOtherState(taskItem)),
  refused('item', 'a flag', 'codec/flags', edit(itemBytes, 5, 'replace', [1])),
  refused('item', 'suite 0', 'codec/unknown-value', edit(itemBytes, 6, 'replace', [0, 0])),
  refused('item', 'suite 2, reserved', 'crypto/suite', item({ suite: 2 })),
  refused('item', 'length one too high', 'codec/truncated', edit(itemBytes, headerEnd, 'replace', [0, 0, 0, 129])),
  refused('item', 'length one too low', 'codec/trailing', edit(itemBytes, headerEnd, 'replace', [0, 0, 0, 127])),
  refused('item', 'longer than 65,536 bytes', 'codec/too-long', item({}, filled(0, 65_536 - headerEnd - 4 - 64 + 1))),
  refused('item', 'body exchanged', 'crypto/signature', flip(itemBytes, headerEnd + 4)),
  refused('item', 'signed as a link', 'crypto/signature', item({}, sealed, p.signaturePurposes.link)),
  refused(
    'item',
    'zone offset of -841 minutes',
    'codec/range',
    edit(itemBytes, headerEnd - 2, 'replace', [0xfc, 0xb7]),
  ),
  refused('message', 'acknowledgement flag 2', 'codec/unknown-value', edit(messageBytes, 32, 'replace', [2])),
  refused('message', 'text in NFD', 'codec/text', nfd()),
  refused(
    'message',
    'subject of 801 bytes',
    'codec/too-long',
    p.encodeMessageContent({ ...first, subject: 's'.repeat(801) }),
  ),
  refused(
    'message',
    '101 references',
    'codec/range',
    p.encodeMessageContent({ ...first, references: Array.from({ length: 101 }, () => message.references[0]) }),
  ),
  refused(
    'message',
    'text with half a surrogate pair',
    'codec/text',
    concatBytes(
      p.encodeMessageContent(first).slice(0, textAt + text(first.subject).length),
      Uint8Array.of(0, 0, 0, 3, 0xed, 0xa0, 0x80, 0),
    ),
  ),
  refused(
    'manifest',
    'handling code 4',
    'codec/unknown-value',
    edit(manifestBytes, manifestBytes.length - 3, 'replace', [4]),
  ),
  refused(
    'manifest',
    'evaluation 5',
    'codec/unknown-value',
    edit(manifestBytes, manifestBytes.length - 1, 'replace', [5]),
  ),
  refused(
    'manifest',
    'more than 16 GiB',
    'codec/range',
    p.encodeDocumentManifest(/** @type {any} */ ({ ...manifest, trueSize: 16 * 1024 ** 3 + 1 })),
  ),
  refused(
    'manifest',
    'wrapped key of 257 bytes',
    'codec/too-long',
    p.encodeDocumentManifest(/** @type {any} */ ({ ...manifest, wrappedKey: filled(1, 257) })),
  ),
  refused(
    'manifest',
    'name of 1,025 bytes',
    'codec/too-long',
    p.encodeDocumentManifest(/** @type {any} */ ({ ...manifest, name: 'n'.repeat(1_025) })),
  ),
  refused(
    'withdrawal',
    'reason of 8,001 bytes',
    'codec/too-long',
    p.encodeWithdrawal({ ...withdrawal, reason: 'r'.repeat(8_001) }),
  ),
  refused(
    'case-info',
    'title of 801 bytes',
    'codec/too-long',
    p.encodeCaseInfo({ title: 't'.repeat(801), description: '' }),
  ),
  refused('file-header', 'version 2', 'codec/unknown-value', edit(fileHeader, 4, 'replace', [2])),
  refused('file-header', 'suite 2', 'codec/unknown-value', edit(fileHeader, 5, 'replace', [2])),
  refused('file-header', 'segments of another size', 'codec/unknown-value', edit(fileHeader, 6, 'replace', [17])),
  refused('file-header', 'a flag', 'codec/unknown-value', edit(fileHeader, 7, 'replace', [1])),
  refused('file-header', 'reserved byte', 'codec/unknown-value', edit(fileHeader, 63, 'replace', [1])),
  refused('item', 'version 3', 'codec/magic', edit(itemBytes, 3, 'replace', [0x33])),
  refused('item', 'version 2 signed as version 1', 'crypto/signature', edit(itemBytes, 3, 'replace', [0x32])),
  refused('carried-head', 'empty log', 'codec/range', edit(head, 4, 'replace', [0, 0, 0, 0, 0, 0, 0, 0])),
  refused('carried-head', 'log of more than 2^48', 'codec/range', edit(head, 4, 'replace', [0, 1, 0, 0, 0, 0, 0, 1])),
  refused('carried-head', 'size beyond 2^53 - 1', 'codec/range', edit(head, 4, 'replace', filled(0xff, 8))),
  refused('carried-head', 'more bytes', 'codec/too-long', concatBytes(head, Uint8Array.of(0))),
  refused('carried-head', 'cut', 'codec/truncated', head.slice(0, 107)),
];

/** A message whose text is "e" and a combining acute accent. */
function nfd() {
  const bytes = p.encodeMessageContent({ ...first, text: 'xxx' });
  return edit(bytes, bytes.length - 1 - 3, 'replace', [0x65, 0xcc, 0x81]);
}
export const spec = ['items.md', 'files.md'];
