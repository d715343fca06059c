import { CodecError } from './errors.js';

// Ids go through here by the thousand when a chain is replayed or an export is read.
const HEX_DIGITS = '0123456789abcdef';
const encoder = new TextEncoder();
const plainDecoder = new TextDecoder();
const NO_DIGIT = -1;
const MAX_CODE = 0x7f;

/** What each character stands for; negative where it is no digit. */
function digitsOf(alphabet: string): Int32Array {
  return Int32Array.from({ length: MAX_CODE + 1 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)));
}

const HEX_CODES = encoder.encode(HEX_DIGITS);
const HEX_VALUES = digitsOf(HEX_DIGITS);

/** Lower-case hexadecimal, two characters per byte. */
export function toHex(bytes: Uint8Array): string {
  const codes = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    codes[2 * i] = HEX_CODES[byte >>> 4] as number;
    codes[2 * i + 1] = HEX_CODES[byte & 15] as number;
  }
  return plainDecoder.decode(codes);
}

/**
 * Bytes of a canonical (lower-case, even length) hexadecimal text.
 * @throws CodecError `codec/hex` on anything else.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw notHex();
  const bytes = new Uint8Array(text.length / 2);
  let seen = 0; // negative once any character was no digit
  for (let i = 0; i < bytes.length; i++) {
    const byte = (valueAt(HEX_VALUES, text, 2 * i) << 4) | valueAt(HEX_VALUES, text, 2 * i + 1);
    seen |= byte;
    bytes[i] = byte;
  }
  if (seen < 0) throw notHex();
  return bytes;
}

function valueAt(values: Int32Array, text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code <= MAX_CODE ? (values[code] as number) : NO_DIGIT;
}

function notHex(): CodecError {
  return new CodecError('codec/hex', 'not lower-case hexadecimal');
}

const LETTERS_AND_FIGURES = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64 = encoder.encode(`${LETTERS_AND_FIGURES}+/`);
const BASE64_VALUES = digitsOf(`${LETTERS_AND_FIGURES}+/`);
const BASE64_URL_VALUES = digitsOf(`${LETTERS_AND_FIGURES}-_`);
const PADDING = 0x3d;

/** Standard base64 with padding (RFC 4648 section 4). Its own code: `btoa` wants a text of bytes, which costs ten times as much. */
export function toBase64(bytes: Uint8Array): string {
  const codes = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PADDING);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from;
    const group =
      ((bytes[from] as number) << 16) |
      ((left > 1 ? (bytes[from + 1] as number) : 0) << 8) |
      (left > 2 ? (bytes[from + 2] as number) : 0);
    codes[to] = BASE64[group >>> 18] as number;
    codes[to + 1] = BASE64[(group >>> 12) & 63] as number;
    if (left > 1) codes[to + 2] = BASE64[(group >>> 6) & 63] as number;
    if (left > 2) codes[to + 3] = BASE64[group & 63] as number;
  }
  return plainDecoder.decode(codes);
}

/**
 * Bytes of canonical padded base64 (RFC 4648 section 4): one text per byte string.
 * @throws CodecError `codec/base64`.
 */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) throw notBase64();
  return bytesOfDigits(text, text.length - padding, BASE64_VALUES);
}

/** The first `count` characters as digits of six bits. @throws CodecError `codec/base64`. */
function bytesOfDigits(text: string, count: number, values: Int32Array): Uint8Array {
  const rest = count % 4;
  if (rest === 1) throw notBase64();
  const bytes = new Uint8Array(Math.floor((count * 3) / 4));
  const whole = count - rest;
  let seen = 0; // negative once any character was no digit
  let at = 0;
  for (let from = 0; from < whole; from += 4) {
    const group =
      (valueAt(values, text, from) << 18) |
      (valueAt(values, text, from + 1) << 12) |
      (valueAt(values, text, from + 2) << 6) |
      valueAt(values, text, from + 3);
    seen |= group;
    bytes[at] = group >>> 16;
    bytes[at + 1] = group >>> 8;
    bytes[at + 2] = group;
    at += 3;
  }
  if (rest > 0) {
    const group =
      (valueAt(values, text, whole) << 18) |
      (valueAt(values, text, whole + 1) << 12) |
      ((rest === 3 ? valueAt(values, text, whole + 2) : 0) << 6);
    // The bits of the last digit that belong to no byte are zero, or two texts would be one byte string.
    seen |= group | ((group & (rest === 2 ? 0xffff : 0xff)) === 0 ? 0 : NO_DIGIT);
    bytes[at] = group >>> 16;
    if (rest === 3) bytes[at + 1] = group >>> 8;
  }
  if (seen < 0) throw notBase64();
  return bytes;
}

function notBase64(): CodecError {
  return new CodecError('codec/base64', 'not canonical base64');
}

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @throws CodecError `codec/base64` unless canonical base64url without padding. */
export function fromBase64Url(text: string): Uint8Array {
  return bytesOfDigits(text, text.length, BASE64_URL_VALUES);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names and codes are short and plain: below this length a loop is faster than the encoder. */
const MAX_LOOPED = 64;

export function utf8(text: string): Uint8Array {
  return plainBytes(text) ?? encoder.encode(text);
}

/** The bytes of a short text of ASCII characters; undefined for any other. */
export function plainBytes(text: string): Uint8Array | undefined {
  if (text.length > MAX_LOOPED) return undefined;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > MAX_CODE) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** @throws CodecError `codec/text` when the bytes are not well-formed UTF-8 in NFC. */
export function parseUtf8(bytes: Uint8Array): string {
  const plain = plainText(bytes);
  if (plain !== undefined) return plain;
  let text: string;
  try {
    text = strictDecoder.decode(bytes);
  } catch {
    throw new CodecError('codec/text', 'not UTF-8');
  }
  // As many characters as bytes: ASCII alone, which has one form.
  if (text.length !== bytes.length && text.normalize('NFC') !== text)
    throw new CodecError('codec/text', 'text is not in NFC');
  return text;
}

/** A short text of ASCII characters; undefined for any other bytes. */
function plainText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_LOOPED) return undefined;
  const codes: number[] = [];
  for (const code of bytes) {
    if (code > MAX_CODE) return undefined;
    codes.push(code);
  }
  return String.fromCharCode(...codes);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Equality of public values; secrets are compared by `crypto` in constant time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order of byte strings: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
