/** docs/spec/chains.md, keys.md, items.md, files.md. */
import { whole } from './directory-formats.js';
import { facts as operationFacts } from './operation-formats.js';
import { taskFacts } from './task-formats.js';
import {
  among,
  ascending,
  chainHead,
  constant,
  directoryHead,
  type Field,
  type Fields,
  fixed,
  hash,
  hex,
  id,
  isZero,
  join,
  type Json,
  letters,
  list,
  logHead,
  magic,
  mark,
  orAbsent,
  range,
  Reader,
  refuse,
  row,
  signature,
  sized,
  suite,
  text,
  time,
  u16,
  u32,
  u64,
  u8,
  unhex,
  where,
} from './wire.js';

const long = fixed(32);
const role = among(u8, ...range(1, 5));

/** chains 4.1 */
export const member = row({
  ...{ deviceId: id, personId: id, postId: id, authorityId: id, state: letters(2, /^[A-Z]{2}$/) },
  ...{ authorityKind: among(u8, ...range(1, 6)), role, history: row({ kind: among(u8, 1, 2, 3), fromEpoch: u32 }) },
  ...{ notAfterMs: u64, signingKey: hash, kemKeyHash: hash, certificateHash: hash },
});

const policy = row({ headConfirmationMs: u64, rotateAfterMs: u64, minimumLeads: u8 });
const disclosed = row({ objectId: id, version: u32, itemHash: hash });

/** chains 2.1: tag, name, value. */
const bodyFields: readonly (readonly [number, string, Field])[] = [
  [1, 'members', list(u16, 5_000, member)],
  [2, 'devices', list(u16, 5_000, id)],
  [3, 'personId', id],
  [5, 'role', role],
  [6, 'compartmentId', long],
  [7, 'policy', policy],
  [8, 'directoryIndex', u64],
  [9, 'complaintHash', hash],
  [10, 'disclosed', list(u16, 1_000, disclosed)],
  [11, 'epochs', list(u16, 10_000, u32)],
  [12, 'suite', u16],
  [13, 'salt', long],
];

const body: Field = {
  read: (reader) => {
    const value: Record<string, Json> = {};
    for (let previous = 0; !reader.isAtEnd; ) {
      const tag = u8.read(reader) as number;
      const found = bodyFields.find(([each]) => each === tag);
      if (found === undefined || tag <= previous) return refuse('tag');
      value[found[1]] = whole(u32, found[2]).read(reader);
      previous = tag;
    }
    const { directoryIndex, complaintHash, ...rest } = value;
    if (directoryIndex === undefined && complaintHash === undefined) return rest;
    return { ...rest, cause: given({ directoryIndex, complaintHash }) };
  },
  write: (value) => {
    const { cause, ...rest } = value as Fields;
    const fields: Fields = { ...rest, ...(cause as Fields | undefined) };
    const parts = bodyFields.map(([tag, name, field]) =>
      fields[name] === undefined ? new Uint8Array(0) : join(u8.write(tag), whole(u32, field).write(fields[name])),
    );
    return join(...parts);
  },
};

function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const isBarrier: Field = {
  read: (reader) => among(u8, 0, 1).read(reader) === 1,
  write: (value) => u8.write(value === true ? 1 : 0),
};

/** chains 2 */
export const link = row({
  '#magic': magic('RGL1'),
  link: row({
    ...{ type: among(u8, ...range(1, 15)), isBarrier, suite, caseId: long, compartmentId: long, seq: u64, epoch: u32 },
    ...{ baseEpoch: u32, previousLinkHash: hash, rootHead: chainHead, directoryHead, logHead, time, signerDevice: id },
    ...{ body: whole(u32, body), memberRoot: hash, '#context': mark('context'), boxRoot: hash, keyCommit: hash },
    ...{ readCommit: hash, archive: sized(u16, 256) },
  }),
  ...{ '#signed': mark('signed'), signature },
});

/** chains 6 */
export const box = row({ deviceId: id, prekeyHash: hash, kemCiphertext: fixed(1120), sealed: sized(u32, 65_536) });
/** keys 4 */
export const keyEntries = row({ entries: list(u16, 1_000, row({ kind: among(u8, 1, 2), epoch: u32, key: hash }), 1) });
/** keys 6 */
export const disclosedKeys = row({
  keys: list(u16, 960, row({ kind: among(u8, 1, 2), itemHash: hash, messageKey: hash }), 1),
});

/** items 1.1: the newest head of the audit log that the sender verified, in the log's own words */
const logSize = where(u64, (size: number) => size >= 1 && size <= 2 ** 48);
export const carriedHead = row({ keyId: fixed(4), size: logSize, root: hash, signature });

const headerStart = row({
  ...{ itemClass: among(u8, ...range(1, 7)), '#flags': constant(Uint8Array.of(0)), suite, caseId: long },
  ...{ compartmentId: long, objectId: id, version: u32, epoch: u32, linkHash: hash, authorityId: id, senderDevice: id },
  ...{ senderSeq: u64, voids: u16, previousSenderHash: hash, directoryHead, logHead, time },
});
const headerEnd = row({ sealedLength: u32 });
/** Some classes state facts before the length; no other class does. */
const withFacts: Readonly<Record<number, Field>> = {
  6: row({ task: whole(u16, taskFacts), sealedLength: u32 }),
  7: row({ operation: whole(u16, operationFacts), sealedLength: u32 }),
};
const endOf = (start: Fields): Field => withFacts[start['itemClass'] as number] ?? headerEnd;
const header: Field = {
  read: (reader) => {
    const start = headerStart.read(reader) as Fields;
    return { ...start, ...(endOf(start).read(reader) as Fields) };
  },
  write: (value) => join(headerStart.write(value), endOf(value as Fields).write(value)),
};
const itemHead = row({ '#magic': magic('RGM1'), header, '#header': mark('header') });
const itemHead2 = row({ '#magic': magic('RGM2'), header, '#header': mark('header') });
/** Whether an object of two versions is of the second. */
const isSecond = (reader: Reader): boolean => reader.bytes[reader.at + 3] === 0x32;

/** items 1 */
export const item: Field = {
  read: (reader) => {
    const carries: Fields = isSecond(reader) ? { carriesAuditHead: true } : {};
    const head = (isSecond(reader) ? itemHead2 : itemHead).read(reader) as { header: { sealedLength: number } };
    const sealed = hex(reader.take(head.header.sealedLength));
    return { header: { ...carries, ...head.header }, sealed, signature: signature.read(reader) };
  },
  write: (value) => {
    const { sealed, signature: signed, header: fields } = value as Fields;
    const head = (fields as Fields)['carriesAuditHead'] === true ? itemHead2 : itemHead;
    return join(head.write(value), unhex(sealed as string), signature.write(signed));
  },
};

/** items 6 */
const wantsAcknowledgement: Field = isBarrier;
export const message = row({
  ...{ threadId: id, replyTo: orAbsent(id, 16), wantsAcknowledgement, subject: text(u16, 800), text: text(u32) },
  references: list(u8, 100, disclosed),
});
export const manifest = row({
  ...{ fileId: id, version: u32, trueSize: where(u64, (size: number) => size <= 2 ** 34), segments: u32, root: hash },
  ...{ headerHash: hash, wrappedKey: sized(u16, 256), name: text(u16, 1_024), mediaType: text(u16, 256) },
  plaintextHash: hash,
  labels: row({
    ...{ handling: among(u8, ...range(0, 3)), sourceEvaluation: among(u8, ...range(0, 4)) },
    informationEvaluation: among(u8, ...range(0, 4)),
  }),
});
export const withdrawal = row({ objectId: id, version: u32, reason: text(u16, 8_000) });
export const acknowledgement = row({ objectId: id, itemHash: hash });
export const caseInfo = row({ title: text(u16, 800), description: text(u16) });

/** files 1 */
export const fileHeader = row({
  ...{ '#magic': magic('ROGF'), '#fixed': constant(Uint8Array.of(1, 1, 18, 0)), fileId: id, salt: hash },
  ...{ '#reserved': constant(new Uint8Array(8)), commit: hash },
});

/** chains 10 and 11 */
const verified = { deviceId: id, compartmentId: long, chainHead, contentHead: logHead, directoryHead };
const heartbeat1 = row({
  ...{ '#magic': magic('RGH1'), heartbeat: row({ ...verified, time }), '#signed': mark('signed'), signature },
});
const heartbeat2 = row({
  '#magic': magic('RGH2'),
  heartbeat: row({ ...verified, auditHead: carriedHead, time }),
  ...{ '#signed': mark('signed'), signature },
});
export const heartbeat: Field = {
  read: (reader) => (isSecond(reader) ? heartbeat2 : heartbeat1).read(reader),
  write: (value) => {
    const { auditHead } = (value as Fields)['heartbeat'] as Fields;
    return (auditHead === undefined ? heartbeat1 : heartbeat2).write(value);
  },
};
export const complaint = row({
  '#magic': magic('RGQ1'),
  complaint: where(
    row({
      deviceId: id,
      compartmentId: long,
      link: chainHead,
      epoch: u32,
      kind: among(u8, 1, 2, 3),
      boxHash: hash,
      time,
    }),
    ({ kind, boxHash }: { kind: number; boxHash: string }) => kind !== 1 || isZero(boxHash),
  ),
  ...{ '#signed': mark('signed'), signature },
});
export const invitation = row({
  '#magic': magic('RGI1'),
  invitation: where(
    row({
      ...{ invitationId: id, caseId: long, compartments: ascending(list(u8, 64, long, 1), (each: string) => each) },
      ...{ sponsorDevice: id, target: among(u8, 1, 2, 3), targetId: id, role, history: among(u8, 1, 2, 3), uses: u16 },
      ...{ notAfterMs: u64, time },
    }),
    ({ target, uses }: { target: number; uses: number }) => uses >= 1 && uses <= (target === 3 ? 100 : 1),
  ),
  ...{ '#signed': mark('signed'), signature },
});
export const acceptance = row({
  '#magic': magic('RGJ1'),
  acceptance: row({ invitationId: id, invitationHash: hash, personId: id, deviceId: id, time }),
  ...{ '#signed': mark('signed'), signature },
});

/** The bytes of a body or box opened: nothing may follow. */
export function decodeWhole(field: Field, bytes: Uint8Array): Json {
  const reader = new Reader(bytes);
  const value = field.read(reader);
  return reader.isAtEnd ? value : refuse('bytes after the end');
}
