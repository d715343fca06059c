import { fromBase64, parseUtf8 } from '@rogatory/kernel';
import { fileFormatError } from '../run/cli.errors.js';

/** A JSON object of a file, read field by field; anything missing, extra or of another form is refused. */
export class JsonForm {
  readonly #fields: Map<string, unknown>;
  readonly #expected: string;

  private constructor(value: unknown, expected: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fileFormatError(expected);
    this.#fields = new Map(Object.entries(value));
    this.#expected = expected;
  }

  /** @throws CodecError `cli/file-format`. */
  static parse(bytes: Uint8Array, expected: string): JsonForm {
    try {
      return new JsonForm(JSON.parse(parseUtf8(bytes)), expected);
    } catch (error) {
      throw fileFormatError(expected, error);
    }
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string') throw fileFormatError(this.#expected);
    return value;
  }

  whole(name: string): number {
    const value = this.#take(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw fileFormatError(this.#expected);
    return value;
  }

  bytes(name: string, maxBytes: number): Uint8Array {
    const text = this.text(name);
    if (text.length > 2 * maxBytes + 4) throw fileFormatError(this.#expected);
    const bytes = fromBase64(text);
    if (bytes.length > maxBytes) throw fileFormatError(this.#expected);
    return bytes;
  }

  optionalBytes(name: string, maxBytes: number): Uint8Array | undefined {
    return this.#fields.has(name) ? this.bytes(name, maxBytes) : undefined;
  }

  optionalText(name: string): string | undefined {
    return this.#fields.has(name) ? this.text(name) : undefined;
  }

  forms(name: string, maxCount: number): JsonForm[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > maxCount) throw fileFormatError(this.#expected);
    return value.map((item) => new JsonForm(item, this.#expected));
  }

  /** A field that is compared as a whole, whatever it holds. */
  raw(name: string): unknown {
    return this.#take(name);
  }

  /** @throws CodecError `cli/file-format` when a field was not asked for. */
  end(): void {
    if (this.#fields.size > 0) throw fileFormatError(this.#expected);
  }

  #take(name: string): unknown {
    if (!this.#fields.has(name)) throw fileFormatError(this.#expected);
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value;
  }
}

/** JSON as the files of a ceremony have it: two spaces, a line end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
