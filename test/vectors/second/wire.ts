/** Bytes of the formats, from docs/spec/conventions.md 1 to 4. Imports nothing of the project. */

export type Json = string | number | boolean | undefined | readonly Json[] | { readonly [name: string]: Json };
export type Fields = { readonly [name: string]: Json };

export class Refused extends Error {}

export function refuse(reason: string): never {
  throw new Refused(reason);
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
export const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
export const isZero = (text: string): boolean => /^0*$/.test(text);

/** A big-endian number of so many bytes. */
export function number(value: number, bytes: number): Uint8Array {
  const text = BigInt.asUintN(8 * bytes, BigInt(value)).toString(16);
  return unhex(text.padStart(2 * bytes, '0'));
}

export class Reader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly marks = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) refuse('ends too early');
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }
}

export interface Field {
  read(reader: Reader): Json;
  write(value: Json): Uint8Array;
}

function unsigned(bytes: number): Field {
  return {
    read: (reader) => {
      const value = BigInt(`0x${hex(reader.take(bytes))}`);
      return value < 2n ** 53n ? Number(value) : refuse('number too large');
    },
    write: (value) => number(value as number, bytes),
  };
}

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);
export const u64 = unsigned(8);
export const fixed = (length: number): Field => ({
  read: (reader) => hex(reader.take(length)),
  write: (value) => unhex(value as string),
});
export const id = fixed(16);
export const hash = fixed(32);
export const signature = fixed(64);

/** A field with a further demand on its value. */
export function where(field: Field, holds: (value: never) => boolean): Field {
  return {
    read: (reader) => {
      const value = field.read(reader);
      return holds(value as never) ? value : refuse('value not allowed');
    },
    write: (value) => field.write(value),
  };
}

export const among = (field: Field, ...values: readonly number[]): Field =>
  where(field, (value: number) => values.includes(value));
export const range = (low: number, high: number): number[] => Array.from({ length: high - low + 1 }, (_, i) => low + i);
export const suite = among(u16, 1);

/** Bytes behind a length. */
export function sized(length: Field, most = Number.MAX_SAFE_INTEGER): Field {
  return {
    read: (reader) => {
      const bytes = length.read(reader) as number;
      return bytes <= most ? hex(reader.take(bytes)) : refuse('too long');
    },
    write: (value) => join(length.write((value as string).length / 2), unhex(value as string)),
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    refuse('not UTF-8');
  }
  return text === text.normalize('NFC') ? text : refuse('not in form C');
}

export function text(length: Field, most = Number.MAX_SAFE_INTEGER, pattern = /^[^]*$/u): Field {
  const bytes = sized(length, most);
  return {
    read: (reader) => {
      const value = textOf(unhex(bytes.read(reader) as string));
      return pattern.test(value) ? value : refuse('text of another form');
    },
    write: (value) => bytes.write(Buffer.from(value as string, 'utf8').toString('hex')),
  };
}

/** ASCII of a fixed length. */
export const letters = (length: number, pattern: RegExp): Field => ({
  read: (reader) => {
    const value = Buffer.from(reader.take(length)).toString('latin1');
    return pattern.test(value) ? value : refuse('text of another form');
  },
  write: (value) => ascii(value as string),
});

export function list(count: Field, most: number, item: Field, least = 0): Field {
  return {
    read: (reader) => {
      const length = count.read(reader) as number;
      if (length > most || length < least) refuse('length of a list');
      return Array.from({ length }, () => item.read(reader));
    },
    write: (value) => {
      const items = value as readonly Json[];
      return join(count.write(items.length), ...items.map((each) => item.write(each)));
    },
  };
}

/** A list in strictly ascending order of what `key` gives. */
export function ascending(field: Field, key: (item: never) => string | number): Field {
  return where(field, (items: readonly never[]) =>
    items.every((item, i) => i === 0 || key(items[i - 1] as never) < key(item)),
  );
}

/** Fields in a row. A name that begins with "#" is read and checked, and stands in no value. */
export function row(fields: Readonly<Record<string, Field>>): Field {
  const entries = Object.entries(fields);
  return {
    read: (reader) => {
      const value: Record<string, Json> = {};
      for (const [name, field] of entries) {
        const part = field.read(reader);
        if (!name.startsWith('#') && part !== undefined) value[name] = part;
      }
      return value;
    },
    write: (value) =>
      join(...entries.map(([name, field]) => field.write(name.startsWith('#') ? undefined : (value as Fields)[name]))),
  };
}

/** Bytes that are always the same. */
export function constant(bytes: Uint8Array): Field {
  return {
    read: (reader) => (hex(reader.take(bytes.length)) === hex(bytes) ? undefined : refuse('another value')),
    write: () => bytes,
  };
}

export const magic = (tag: string): Field => constant(ascii(tag));

/** Notes where the reader stands: the end of what is signed, or hashed. */
export const mark = (name: string): Field => ({
  read: (reader) => {
    reader.marks.set(name, reader.at);
    return undefined;
  },
  write: () => new Uint8Array(0),
});

/** Zero bytes stand for nothing. */
export function orAbsent(field: Field, length: number): Field {
  return {
    read: (reader) => {
      const value = field.read(reader) as string;
      return isZero(value) ? undefined : value;
    },
    write: (value) => (value === undefined ? new Uint8Array(length) : field.write(value)),
  };
}

export const time = row({
  timeMs: u64,
  offsetMinutes: {
    read: (reader) => {
      const minutes = Buffer.from(reader.take(2)).readInt16BE();
      return Math.abs(minutes) <= 840 ? minutes : refuse('zone offset');
    },
    write: (value) => number(value as number, 2),
  },
});
export const chainHead = row({ seq: u64, linkHash: hash });
export const logHead = row({ size: u64, root: hash });
export const directoryHead = row({ size: u64, root: hash, timeMs: u64 });
