/** docs/spec/directory.md. */
import {
  among,
  ascending,
  type Field,
  type Fields,
  fixed,
  hash,
  id,
  type Json,
  letters,
  list,
  magic,
  mark,
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

const key = fixed(32);
const kemKey = fixed(1216);
const state = letters(2, /^[A-Z]{2}$/);
const serial = where(u32, (value: number) => value > 0);
const DAY = 86_400_000;

/** 3.1 */
const listed = ascending(
  list(u8, 255, row({ keyIndex: u8, signature })),
  (each: { keyIndex: number }) => each.keyIndex,
);
/** 3.2 */
export const signers = ascending(
  list(u8, 16, row({ kind: among(u8, 1, 2), publicKey: key, signature })),
  (each: { publicKey: string }) => each.publicKey,
);
const keys = (least: number): Field => ascending(list(u8, 16, key, least), (each: string) => each);

/** A period of at most so many days. */
const period = (days: number) => (value: { notBeforeMs: number; notAfterMs: number }) =>
  value.notBeforeMs < value.notAfterMs && value.notAfterMs - value.notBeforeMs <= days * DAY;

const rootBody = where(
  row({ suite, version: serial, threshold: u8, keys: keys(1), previousHash: hash, time }),
  (root: { threshold: number; keys: string[] }) => root.threshold >= 2 && root.threshold <= root.keys.length,
);
export const federationRoot = row({
  ...{ '#magic': magic('RGR1'), root: rootBody, '#signed': mark('signed') },
  ...{ signatures: listed, previousSignatures: listed },
});

const flagBits = { isCentralAuthority: 1, isDemo: 2, isSuspended: 4 };
const authorityFlags = where(u8, (bits: number) => bits < 8);
const name = where(text(u16), (value: string) => value.length >= 1 && value.length <= 200);
const distinct = (field: Field): Field =>
  where(field, (items: readonly string[]) => new Set(items).size === items.length);
const authorityRow = row({
  ...{ suite, authorityId: id, serial, state, kind: among(u8, ...range(1, 6)), flags: authorityFlags },
  ...{ name, territory: name, languages: distinct(list(u8, 40, text(u16, 35, /^[A-Za-z0-9-]{2,35}$/))) },
  instruments: distinct(list(u8, 40, text(u16, 40, /^[A-Za-z0-9/.-]{2,40}$/))),
  ...{ registrarThreshold: u8, registrarKeys: keys(1), oversightAuthorityId: id, oversightKemKey: kemKey, time },
});
const authorityBody: Field = {
  read: (reader) => {
    const { flags, ...rest } = authorityRow.read(reader) as Fields;
    const named = Object.entries(flagBits).map(([flag, bit]) => [flag, ((flags as number) & bit) !== 0]);
    return { ...rest, ...(Object.fromEntries(named) as Fields) };
  },
  write: (value) => {
    const fields = value as Fields;
    const set = Object.entries(flagBits).filter(([flag]) => fields[flag] === true);
    return authorityRow.write({ ...fields, flags: set.reduce((sum, [, bit]) => sum | bit, 0) });
  },
};
export const authorityRecord = row({
  '#magic': magic('RGA1'),
  record: where(
    authorityBody,
    (record: { registrarThreshold: number; registrarKeys: string[] }) =>
      record.registrarThreshold >= 2 && record.registrarThreshold <= record.registrarKeys.length,
  ),
  ...{ '#signed': mark('signed'), signatures: listed },
});

const roleCeiling = where(u16, (mask: number) => (mask & ~0x3e) === 0);
const personBody = where(
  row({
    ...{ suite, authorityId: id, serial, personId: id, postId: id, postKind: among(u8, ...range(1, 5)), roleCeiling },
    ...{ notBeforeMs: u64, notAfterMs: u64, cardHash: hash, time },
  }),
  period(400),
);
export const personCertificate = row({
  ...{ '#magic': magic('RGC1'), certificate: personBody, '#signed': mark('signed'), signatures: signers },
});

const deviceBody = where(
  row({
    ...{ suite, authorityId: id, serial, personId: id, deviceId: id, signingKey: key, kemKey },
    ...{ notBeforeMs: u64, notAfterMs: u64, time },
  }),
  period(400),
);
const deviceSigned = row({ '#magic': magic('RGV1'), certificate: deviceBody });
export const deviceCertificate = row({
  ...{ '#magic': magic('RGV1'), certificate: deviceBody, '#signed': mark('signed') },
  ...{ proofOfPossession: signature, signatures: signers },
});

export const revocation = row({
  '#magic': magic('RGX1'),
  revocation: row({
    ...{ suite, authorityId: id, serial, target: among(u8, 1, 2), targetId: id, action: among(u8, 1, 2, 3) },
    ...{ reason: among(u8, ...range(0, 5)), time },
  }),
  ...{ '#signed': mark('signed'), signatures: signers },
});

const cardName = where(text(u16), (value: string) => value.length <= 200);
export const card = row({ '#magic': magic('RGN1'), salt: hash, personName: cardName, postName: cardName });

export const prekey = row({
  '#magic': magic('RGP1'),
  prekey: where(row({ suite, deviceId: id, prekeyId: u32, kemKey, notBeforeMs: u64, notAfterMs: u64 }), period(14)),
  ...{ '#signed': mark('signed'), signature },
});

/** An object that lies whole in a field of its own. */
export function whole(length: Field, field: Field): Field {
  const bytes = sized(length);
  return {
    read: (reader) => {
      const inner = new Reader(unhex(bytes.read(reader) as string));
      const value = field.read(inner);
      return inner.isAtEnd ? value : refuse('bytes after the end');
    },
    write: (value) => bytes.write(Buffer.from(field.write(value)).toString('hex')),
  };
}

const certificate = where(
  whole(u16, deviceSigned),
  (value: { certificate: { serial: number } }) => value.certificate.serial === 1,
);
const enrolmentRow = row({
  '#magic': magic('RGE1'),
  body: certificate,
  proofOfPossession: signature,
  card: sized(u16),
});
export const enrolmentRequest: Field = {
  read: (reader) => {
    const { body, proofOfPossession, card: cardBytes } = enrolmentRow.read(reader) as Fields;
    const head = { ...(body as Fields), proofOfPossession };
    if (cardBytes === '') return head;
    const inner = new Reader(unhex(cardBytes as string));
    const value = { ...head, card: card.read(inner) };
    return inner.isAtEnd ? value : refuse('bytes after the end');
  },
  write: (value) => {
    const { certificate: body, proofOfPossession, card: names } = value as Fields;
    const cardBytes: Json = names === undefined ? '' : Buffer.from(card.write(names)).toString('hex');
    return enrolmentRow.write({ body: { certificate: body }, proofOfPossession, card: cardBytes });
  },
};

const bundleList = list(u32, 100_000, sized(u32, 16_384));
export const directoryBundle = row({ '#magic': magic('RGD1'), entries: bundleList, cards: bundleList });

/** 13.2 */
export const witnessRead = row({
  '#magic': magic('RGG1'),
  read: where(
    row({ origin: text(u16, 255, /^[^]+$/u), witnessKey: key, from: u64, end: u64, timeMs: u64, nonce: id }),
    ({ from, end }: { from: number; end: number }) =>
      from % 256 === 0 && end > from && end <= from + 256 && end <= 1_048_576,
  ),
  ...{ '#signed': mark('signed'), signature },
});
