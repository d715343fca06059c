/** docs/spec/login.md, acts.md, audit.md, events.md, key-store.md. */
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import {
  among,
  type Field,
  type Fields,
  fixed,
  hash,
  id,
  type Json,
  letters,
  list,
  logHead,
  magic,
  mark,
  orAbsent,
  range,
  refuse,
  row,
  signature,
  sized,
  suite,
  text,
  textOf,
  time,
  u16,
  u32,
  u64,
  u8,
  where,
} from './wire.js';

const long = fixed(32);
const eventsText = readFileSync(joinPath(import.meta.dirname, '../../../docs/spec/events.md'), 'utf8');

interface Event {
  readonly class: string;
  readonly groups: readonly string[];
}

/** The table of docs/spec/events.md. */
const events = new Map<string, Event>(
  [...eventsText.matchAll(/^\| `([a-z.]+)` \| (\w+) \| \w+ \| ([\w ]+) \|$/gm)].map(([, code, cls, groups]) => [
    code as string,
    { class: cls as string, groups: (groups as string).split(' ') },
  ]),
);

/** login 2.2 */
export const loginStatement = row({
  '#magic': magic('RGS1'),
  statement: row({
    federationHash: hash,
    audience: text(u16, 220, /^https?:\/\/[a-z0-9.:[\]-]{1,200}$/),
    ...{ deviceId: id, challenge: long, time },
  }),
  ...{ '#signed': mark('signed'), signature },
});

/** acts 2 */
export const act = row({
  '#magic': magic('RGT1'),
  act: row({
    ...{ actId: id, deviceId: id, counter: u64, previousHash: hash },
    operation: where(text(u16, 64), (code: string) => events.has(code)),
    ...{ caseId: long, compartmentId: long, objectId: id, version: u32, payloadHash: hash, whyCommit: hash, time },
    ...{ zone: text(u16, 64, /^[A-Za-z0-9_+/-]+$/), auditHead: logHead },
  }),
  ...{ '#signed': mark('signed'), signature },
});

/** acts 5 */
export const why = where(
  row({
    ...{ '#magic': magic('RGW1'), legalBasis: among(u8, ...range(1, 9)), instrument: text(u16, 400) },
    ...{ kemCiphertext: sized(u16, 1_120), sealedText: sized(u32) },
  }),
  ({ kemCiphertext, sealedText }: { kemCiphertext: string; sealedText: string }) =>
    kemCiphertext === '' ? sealedText === '' : kemCiphertext.length === 2 * 1_120 && sealedText !== '',
);

/** audit 3 */
export const who = where(
  row({
    ...{ '#magic': magic('RGU1'), kind: among(u8, 1, 2, 3), deviceId: orAbsent(id, 16), personId: orAbsent(id, 16) },
    ...{ postId: orAbsent(id, 16), authorityId: orAbsent(id, 16), state: letters(2, /^[A-Z]{2}$/) },
    ...{ sessionHash: orAbsent(hash, 32), caseRole: among(u8, ...range(0, 5)) },
  }),
  ({ kind, ...ids }: { kind: number; [name: string]: Json }) =>
    kind !== 1 || ['deviceId', 'personId', 'postId', 'authorityId'].every((name) => ids[name] !== undefined),
);
const printable = /^[\x20-\x7e]*$/;
export const what = row({
  ...{ '#magic': magic('RGB1'), caseId: orAbsent(long, 32), compartmentId: orAbsent(long, 32) },
  ...{ ownerAuthorityId: orAbsent(id, 16), objectKind: among(u8, ...range(0, 16)), objectId: orAbsent(id, 16) },
  ...{ version: u32, objectHash: orAbsent(hash, 32), bytes: u64, count: u32 },
  recipients: list(u32, 10_000, row({ authorityId: id, personId: id, deviceId: id })),
  detail: text(u16, 2_000, printable),
});
export const source = row({
  ...{ '#magic': magic('RGF1'), address: text(u16, 64, printable), client: text(u16, 200, printable) },
  requestId: text(u16, 64, printable),
});

/** audit 8 */
export const receiptPromise = row({
  '#magic': magic('RGO1'),
  promise: row({ logOrigin: text(u16, 200), recordId: id, leafHash: hash, deadlineMs: u64 }),
  ...{ '#signed': mark('signed'), signature },
});

const passes = where(u32, (value: number) => value >= 2 && value <= 16);
const memoryBytes = where(u64, (value: number) => value >= 2 ** 26 && value <= 2 ** 30 && value % 1_024 === 0);
/** key-store 1 and 2 */
export const keyStoreFile = row({
  ...{
    '#magic': magic('RGK1'),
    suite,
    passes,
    memoryBytes,
    salt: fixed(16),
    generation: u64,
    '#header': mark('header'),
  },
  sealed: sized(u32),
});
/** key-store 3 */
export const keyStoreContent = row({
  ...{ '#magic': magic('RGKC'), deviceId: id, personId: id, authorityId: id, federationRootHash: hash },
  ...{ signingSeed: hash, kemSeed: hash, localStateKey: hash },
  prekeys: list(u16, 1_000, row({ prekeyId: u32, prekeyHash: hash, seed: hash, notAfterMs: u64 })),
});

/** audit 2: the one form of a value. */
function canonical(value: unknown, depth = 0): string {
  if (depth > 8) return refuse('nested too deeply');
  if (typeof value === 'string') {
    const isPlain = value.normalize('NFC') === value && !/\p{Surrogate}/u.test(value);
    return isPlain ? JSON.stringify(value) : refuse('text of another form');
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    const isPlain = Number.isSafeInteger(value) && !Object.is(value, -0);
    return isPlain ? value.toString(10) : refuse('number of another form');
  }
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth + 1)).join()}]`;
  if (value === null || typeof value !== 'object') return refuse('value of another kind');
  const names = Object.keys(value).sort();
  if (!names.every((name) => /^[\x21-\x7e]+$/.test(name))) refuse('name of another form');
  const fields = value as Readonly<Record<string, unknown>>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(fields[name], depth + 1)}`).join()}}`;
}

function isLeaf(leaf: Fields): boolean {
  const { v, id: recordId, t, cls, ev, out, rc, ms, com, ...rest } = leaf;
  const event = typeof ev === 'string' ? events.get(ev) : undefined;
  if (v !== 1 || event === undefined || event.class !== cls || Object.keys(rest).length > 0) return false;
  if (typeof t !== 'number' || t < 0 || typeof com !== 'object' || Array.isArray(com)) return false;
  const texts: readonly (readonly [Json, RegExp])[] = [
    [recordId, /^[0-9a-f]{32}$/],
    [ms, /^[A-Z]{2}$/],
    [rc, /^[a-z0-9/.-]{1,64}$/],
    [out, /^(allowed|denied|error|aborted)$/],
    ...Object.values(com as Fields).map((commitment) => [commitment, /^[A-Za-z0-9_-]{43}$/] as const),
  ];
  if (!texts.every(([value, form]) => typeof value === 'string' && form.test(value))) return false;
  const present = Object.keys(com);
  if (!present.every((group) => event.groups.includes(group))) return false;
  const isAllowed = out === 'allowed';
  return (rc === 'ok') === isAllowed && (isAllowed ? present.length === event.groups.length : present.includes('what'));
}

export const leaf: Field = {
  read: (reader) => {
    const stored = textOf(reader.take(reader.bytes.length - reader.at));
    let value: unknown;
    try {
      value = JSON.parse(stored);
    } catch {
      return refuse('not JSON');
    }
    if (canonical(value) !== stored) return refuse('not the canonical form');
    const isObject = typeof value === 'object' && !Array.isArray(value);
    return isObject && isLeaf(value as Fields) ? (value as Fields) : refuse('not a leaf');
  },
  write: (value) => Uint8Array.from(Buffer.from(canonical(value), 'utf8')),
};
