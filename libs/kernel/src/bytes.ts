import { CodecError } from './errors.js';

const HEX = /^(?:[0-9a-f]{2})*$/;
// Ids go through here by the thousand when a chain is replayed.
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const encoder = new TextEncoder();
const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Lower-case hexadecimal, two characters per byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX_OF_BYTE[byte] as string;
  return text;
}

/** Value of a character that is known to be a lower-case hexadecimal digit. */
function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/**
 * Bytes of a canonical (lower-case, even length) hexadecimal text.
 * @throws CodecError `codec/hex` on anything else.
 */
export function fromHex(text: string): Uint8Array {
  if (!HEX.test(text)) throw new CodecError('codec/hex', 'not lower-case hexadecimal');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * nibble(text, 2 * i) + nibble(text, 2 * i + 1);
  return bytes;
}

const BASE64 = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;
const NO_DIGIT = -1;
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => BASE64.indexOf(code));
const plainDecoder = new TextDecoder();

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
  const digits = text.length - padding;
  if (text.length % 4 !== 0) throw notBase64();
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let seen = 0; // negative once any character was no digit
  let at = 0;
  for (let from = 0; from < digits; from += 4) {
    const third = from + 2 < digits ? digitAt(text, from + 2) : 0;
    const fourth = from + 3 < digits ? digitAt(text, from + 3) : 0;
    const [first, second] = [digitAt(text, from), digitAt(text, from + 1)];
    seen |= first | second | third | fourth;
    const group = (first << 18) | (second << 12) | (third << 6) | fourth;
    bytes[at++] = group >>> 16; // what lies beyond the end is dropped
    bytes[at++] = group >>> 8;
    bytes[at++] = group;
    // The bits of the last digit that belong to no byte are zero, or two texts would be one byte string.
    if (from + 4 > digits) seen |= (group & (padding === 2 ? 0xffff : 0xff)) === 0 ? 0 : NO_DIGIT;
  }
  if (seen < 0) throw notBase64();
  return bytes;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (DIGITS[code] as number) : NO_DIGIT;
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
  if (!BASE64URL.test(text)) throw new CodecError('codec/base64', 'not base64url');
  const padded = text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
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
    if (code > 0x7f) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** @throws CodecError `codec/text` when the bytes are not well-formed UTF-8 in NFC. */
export function parseUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = strictDecoder.decode(bytes);
  } catch {
    throw new CodecError('codec/text', 'not UTF-8');
  }
  if (text.normalize('NFC') !== text) throw new CodecError('codec/text', 'text is not in NFC');
  return text;
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
