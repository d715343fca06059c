import { CodecError } from '@rogatory/kernel';

export type CanonicalValue =
  | string
  | number
  | boolean
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue };

const ASCII_KEY = /^[\x21-\x7e]+$/;
const MAX_DEPTH = 8;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * RFC 8785 JSON in the profile of the audit leaf: objects, arrays, strings in NFC, booleans and safe integers; ASCII
 * keys; no null, no fractions (docs/spec/audit.md). @throws CodecError `codec/json`.
 */
export function encodeCanonicalJson(value: CanonicalValue): string {
  return write(value, 0);
}

/** Parses text and refuses it unless it is exactly its own canonical form. */
export function decodeCanonicalJson(text: string): CanonicalValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodecError('codec/json', 'not JSON');
  }
  if (write(value, 0) !== text) throw new CodecError('codec/json', 'JSON is not canonical');
  return value as CanonicalValue;
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new CodecError('codec/json', 'nested too deeply');
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new CodecError('codec/json', 'not a safe integer');
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((entry) => write(entry, depth + 1)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return writeObject(value as Record<string, unknown>, depth);
  throw new CodecError('codec/json', 'value outside the profile');
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  const keys = Object.keys(value).sort();
  const fields = keys.map((key) => {
    if (!ASCII_KEY.test(key)) throw new CodecError('codec/json', 'key outside the profile');
    return `${JSON.stringify(key)}:${write(value[key], depth + 1)}`;
  });
  return `{${fields.join(',')}}`;
}

function writeString(text: string): string {
  if (text.normalize('NFC') !== text || LONE_SURROGATE.test(text))
    throw new CodecError('codec/json', 'text is not NFC');
  return JSON.stringify(text);
}
