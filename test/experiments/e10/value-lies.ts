import type { Json } from '../../rig/evil-proxy.js';
import type { Seeded } from '../seeded.js';

/** Another value for a place of an answer; undefined removes it. */
export interface ValueLie {
  readonly kind: string;
  readonly make: () => Json | undefined;
}

export interface ValuePlace {
  /** Name of the schema's type; undefined outside of the schema, such as in a receipt. */
  readonly type: string | undefined;
  /** Values of the same field and type from elsewhere: other requests, other cases, earlier times. */
  readonly others: readonly Json[];
  readonly draw: Seeded;
}

const FLIPS = 24;

/** What a liar may put in place of one value. */
export function valueLies(value: Json, { type, others, draw }: ValuePlace): ValueLie[] {
  const lies: ValueLie[] = [
    { kind: 'dropped', make: () => undefined },
    { kind: 'null', make: () => null },
    ...others.map((other, n) => ({ kind: `another value ${n}`, make: () => other })),
    ...wrongTypes
      .filter((wrong) => typeof wrong !== typeof value)
      .map((wrong) => ({
        kind: `of another type ${JSON.stringify(wrong)}`,
        make: () => wrong,
      })),
  ];
  if (typeof value === 'number') lies.push(...numberLies(value));
  if (typeof value === 'boolean') lies.push({ kind: 'the opposite', make: () => !value });
  if (typeof value === 'string') lies.push(...textLies(value), ...idLies(value, type));
  if (typeof value === 'string' && type !== 'Id' && isBase64(value)) lies.push(...base64Lies(value, draw));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) lies.push(...objectLies(value));
  return lies;
}

const wrongTypes: readonly Json[] = [0, '', 'text', true, [], {}, [[]], { length: 3 }];

function numberLies(value: number): ValueLie[] {
  const numbers = {
    zero: 0,
    'minus one': -1,
    'one more': value + 1,
    'one less': value - 1,
    doubled: value * 2 + 7,
    'a fraction': value + 0.5,
    'beyond safe': Number.MAX_SAFE_INTEGER + 1,
    'largest safe': Number.MAX_SAFE_INTEGER,
    'without end': 1e308,
    'negative without end': -1e308,
    'the far future': 32_503_680_000_000,
  };
  return Object.entries(numbers).map(([kind, number]) => ({ kind, make: () => number }));
}

function textLies(value: string): ValueLie[] {
  return [
    { kind: 'cut', make: () => value.slice(0, -1) },
    { kind: 'longer', make: () => `${value}x` },
    { kind: 'another first character', make: () => `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}` },
    { kind: 'with a line end', make: () => `${value}\r\nx: y` },
    { kind: 'a name of every object', make: () => '__proto__' },
    { kind: 'not a character', make: () => `${value}\ud800` },
    { kind: 'very long', make: () => 'A'.repeat(1_000_000) },
  ];
}

function idLies(value: string, type: string | undefined): ValueLie[] {
  if (type !== 'Id') return [];
  return [
    { kind: 'the id of nothing', make: () => '0'.repeat(value.length) },
    { kind: 'in capitals', make: () => value.toUpperCase() },
    { kind: 'of another length', make: () => (value.length === 32 ? `${value}${value}` : value.slice(0, 32)) },
  ];
}

function isBase64(value: string): boolean {
  return value.length >= 8 && value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
}

function base64Lies(value: string, draw: Seeded): ValueLie[] {
  const bytes = Buffer.from(value, 'base64');
  const lies: ValueLie[] = [
    { kind: 'no bytes', make: () => '' },
    { kind: 'one byte less', make: () => bytes.subarray(0, -1).toString('base64') },
    { kind: 'half', make: () => bytes.subarray(0, bytes.length >> 1).toString('base64') },
    { kind: 'one byte more', make: () => Buffer.concat([bytes, Buffer.of(0)]).toString('base64') },
    { kind: 'zeroes', make: () => Buffer.alloc(bytes.length).toString('base64') },
    { kind: 'backwards', make: () => Buffer.from(bytes).reverse().toString('base64') },
    { kind: 'base64 of base64', make: () => Buffer.from(value).toString('base64') },
    { kind: 'base64 with a space', make: () => `${value.slice(0, 4)} ${value.slice(4)}` },
  ];
  const places = new Set([0, 1, 2, 3, 4, bytes.length - 1, bytes.length - 2, bytes.length >> 1]);
  while (places.size < Math.min(FLIPS, bytes.length)) places.add(draw.below(bytes.length));
  for (const place of [...places].filter((at) => at >= 0 && at < bytes.length)) {
    const bit = draw.below(8);
    const flipped = Buffer.from(bytes);
    flipped[place] = (flipped[place] as number) ^ (1 << bit);
    lies.push({ kind: `bit ${place}.${bit}`, make: () => flipped.toString('base64') });
  }
  return lies;
}

function objectLies(value: { readonly [key: string]: Json }): ValueLie[] {
  const entries = Object.entries(value);
  const lies: ValueLie[] = [{ kind: 'with a foreign field', make: () => ({ ...value, isAdministrator: true }) }];
  for (const [key, entry] of entries) {
    for (const [other, otherEntry] of entries) {
      const isPair = key < other && typeof entry === typeof otherEntry && entry !== otherEntry;
      if (isPair)
        lies.push({
          kind: `${key} and ${other} exchanged`,
          make: () => ({ ...value, [key]: otherEntry, [other]: entry }),
        });
    }
  }
  return lies;
}

/** What a liar may do to the bytes of a file. */
export function bytesLies(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  draw: Seeded,
): { readonly kind: string; readonly make: () => Uint8Array }[] {
  const lies = [
    { kind: 'no bytes', make: () => new Uint8Array(0) },
    { kind: 'one byte less', make: () => bytes.slice(0, -1) },
    { kind: 'half', make: () => bytes.slice(0, bytes.length >> 1) },
    { kind: 'one byte more', make: () => Uint8Array.from([...bytes, 0]) },
    { kind: 'zeroes', make: () => new Uint8Array(bytes.length) },
    { kind: 'backwards', make: () => bytes.slice().reverse() },
    { kind: 'twice', make: () => new Uint8Array(Buffer.concat([bytes, bytes])) },
    ...others
      .filter((other) => Buffer.compare(other, bytes) !== 0)
      .map((other, n) => ({ kind: `bytes of another request ${n}`, make: () => other })),
  ];
  for (let n = 0; n < 8 * FLIPS; n++) {
    const place = draw.below(bytes.length);
    const bit = draw.below(8);
    lies.push({ kind: `bit ${place}.${bit}`, make: () => withBit(bytes, place, bit) });
  }
  return lies;
}

function withBit(bytes: Uint8Array, place: number, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[place] = (flipped[place] as number) ^ (1 << bit);
  return flipped;
}
