import type { SqlValue } from './statement.js';

/** What goes over the wire for one parameter: text, bytes in the engine's binary form, or nothing for NULL. */
export type Parameter = string | Buffer | null;

const BYTEA_OID = 17;
/** Dimensions, whether NULLs are among them, the type of elements, their number, the first index. */
const ARRAY_HEAD_BYTES = 20;
const NULL_LENGTH = -1;

/** The form of a value in which the engine takes it; the statement's text gives its type. */
export function encodeParameter(value: SqlValue): Parameter {
  if (value === null || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return viewOf(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value);
  return value.some((element) => element instanceof Uint8Array) ? byteArray(value) : textArray(value);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A `bytea[]` in binary form: as text it would be written in hexadecimal here and read from it there. */
function byteArray(elements: readonly SqlValue[]): Buffer {
  const parts = elements.map((element) => {
    if (element === null || element instanceof Uint8Array) return element;
    throw new TypeError('an array of bytes has an element that is none');
  });
  const length = parts.reduce((sum, part) => sum + 4 + (part?.length ?? 0), ARRAY_HEAD_BYTES);
  const out = Buffer.allocUnsafe(length);
  out.writeInt32BE(1, 0);
  out.writeInt32BE(parts.includes(null) ? 1 : 0, 4);
  out.writeInt32BE(BYTEA_OID, 8);
  out.writeInt32BE(parts.length, 12);
  out.writeInt32BE(1, 16);
  let at = ARRAY_HEAD_BYTES;
  for (const part of parts) {
    at = out.writeInt32BE(part === null ? NULL_LENGTH : part.length, at);
    if (part === null) continue;
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** An array as text. SPEC: PostgreSQL 8.15.6: elements in quotes, quotes and backslashes inside them after a backslash. */
function textArray(elements: readonly SqlValue[]): string {
  return `{${elements.map(textElement).join(',')}}`;
}

function textElement(element: SqlValue): string {
  if (element === null) return 'NULL';
  if (typeof element === 'number' || typeof element === 'boolean' || typeof element === 'bigint')
    return String(element);
  if (typeof element === 'string') return `"${element.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  if (element instanceof Date) return `"${element.toISOString()}"`;
  if (element instanceof Uint8Array) throw new TypeError('bytes inside an array of arrays');
  return textArray(element);
}
