import { CodecError, parseUtf8, plainBytes, toHex, utf8 } from '@rogatory/kernel';

const MAX_SAFE_HIGH = 0x1fffff;

/** Builds the bytes of a wire object: fixed big-endian fields, then length-prefixed ones. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#view.setUint8(this.#length, bounded(value, 0, 0xff));
    this.#length += 1;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, bounded(value, 0, 0xffff));
    this.#length += 2;
    return this;
  }

  i16(value: number): this {
    this.#reserve(2);
    this.#view.setInt16(this.#length, bounded(value, -0x8000, 0x7fff));
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, bounded(value, 0, 0xffffffff));
    this.#length += 4;
    return this;
  }

  /** An unsigned 64-bit field whose value is a safe integer (at most 2^53 - 1). */
  u64(value: number): this {
    this.#reserve(8);
    bounded(value, 0, Number.MAX_SAFE_INTEGER);
    this.#view.setUint32(this.#length, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#length + 4, value % 2 ** 32);
    this.#length += 8;
    return this;
  }

  /** Milliseconds since the epoch; times before 1970 have no place in the protocol. */
  time(valueMs: number): this {
    return this.u64(valueMs);
  }

  /** Bytes of a fixed length: a wrong length is a bug of the caller. */
  fixed(bytes: Uint8Array, length: number): this {
    if (bytes.length !== length) throw new CodecError('codec/length', 'wrong length of a fixed field');
    return this.raw(bytes);
  }

  bytes8(bytes: Uint8Array): this {
    return this.u8(bytes.length).raw(bytes);
  }

  bytes16(bytes: Uint8Array): this {
    return this.u16(bytes.length).raw(bytes);
  }

  bytes32(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** UTF-8 in NFC behind a 16-bit length. @throws CodecError `codec/text` for text that no UTF-8 can hold. */
  text16(text: string): this {
    return this.bytes16(textBytes(text));
  }

  /** As `text16`, behind a 32-bit length. */
  text32(text: string): this {
    return this.bytes32(textBytes(text));
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Half a surrogate pair would silently become another character. */
function textBytes(text: string): Uint8Array {
  const plain = plainBytes(text);
  if (plain !== undefined) return plain;
  if (LONE_SURROGATE.test(text)) throw new CodecError('codec/text', 'not well-formed Unicode');
  return utf8(text.normalize('NFC'));
}

function bounded(value: number, low: number, high: number): number {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new CodecError('codec/range', 'number out of range of its field');
  }
  return value;
}

/**
 * Reads a wire object strictly: every read past the end throws CodecError `codec/truncated`, and `end()` refuses
 * trailing bytes. Byte fields are copies.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, maxBytes: number) {
    if (bytes.length > maxBytes) {
      throw new CodecError('codec/too-long', 'longer than the object may be', { details: { maxBytes } });
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const high = this.#view.getUint32(at);
    if (high > MAX_SAFE_HIGH) throw new CodecError('codec/range', 'number out of range of its field');
    return high * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  time(): number {
    return this.u64();
  }

  fixed(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  bytes8(maxBytes = 0xff): Uint8Array {
    return this.#prefixed(this.u8(), maxBytes);
  }

  bytes16(maxBytes = 0xffff): Uint8Array {
    return this.#prefixed(this.u16(), maxBytes);
  }

  bytes32(maxBytes: number): Uint8Array {
    return this.#prefixed(this.u32(), maxBytes);
  }

  text16(maxBytes = 0xffff): string {
    return parseUtf8(this.bytes16(maxBytes));
  }

  /** A fixed ASCII tag such as "RGL1". */
  magic(tag: string): this {
    for (let i = 0; i < tag.length; i++) {
      if (this.u8() !== tag.charCodeAt(i))
        throw new CodecError('codec/magic', 'not an object of this kind and version');
    }
    return this;
  }

  /** The one of these tags, all of one length, that the object begins with. @throws CodecError `codec/magic` for none. */
  oneMagicOf<Tag extends string>(tags: readonly [Tag, ...Tag[]]): Tag {
    const read = new TextDecoder('latin1').decode(this.fixed(tags[0].length));
    const found = tags.find((tag) => tag === read);
    if (found === undefined) throw new CodecError('codec/magic', 'not an object of this kind and version');
    return found;
  }

  hex(length: number): string {
    return toHex(this.fixed(length));
  }

  /** One of a closed set of numbers. */
  oneOf<Value extends number>(value: number, allowed: readonly Value[]): Value {
    if (!(allowed as readonly number[]).includes(value)) {
      throw new CodecError('codec/unknown-value', 'unknown value of a closed field');
    }
    return value as Value;
  }

  /** Bytes from `start` to the present position. */
  since(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#at);
  }

  end(): void {
    if (this.remaining !== 0) throw new CodecError('codec/trailing', 'bytes after the end of the object');
  }

  #prefixed(length: number, maxBytes: number): Uint8Array {
    if (length > maxBytes) throw new CodecError('codec/too-long', 'longer than the field may be');
    return this.fixed(length);
  }

  #take(length: number): number {
    const at = this.#at;
    if (this.remaining < length) throw new CodecError('codec/truncated', 'ends before its last field');
    this.#at = at + length;
    return at;
  }
}

/** Values of a const object of numbers, for `ByteReader.oneOf`. */
export function valuesOf<Value extends number>(registry: Readonly<Record<string, Value>>): readonly Value[] {
  return Object.values(registry);
}
