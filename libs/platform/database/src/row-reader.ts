import { InternalError } from '@rogatory/kernel';

/** One row as the driver delivers it. */
export type RawRow = Readonly<Record<string, unknown>>;

/**
 * Typed access to the columns of one row. Valid only during the `parse` call that receives it.
 * Each method throws InternalError `database/row` when the column is absent or of another type: schema and code differ.
 */
export class RowReader {
  #row: RawRow = {};

  /** For the driver: shows the next row. */
  show(row: RawRow): this {
    this.#row = row;
    return this;
  }

  text(column: string): string {
    const value = this.#row[column];
    return typeof value === 'string' ? value : this.#refuse(column, 'text');
  }

  optionalText(column: string): string | undefined {
    return this.#isNull(column) ? undefined : this.text(column);
  }

  /** smallint, integer, double, and bigint or numeric within the safe integers. */
  integer(column: string): number {
    const value = this.#row[column];
    const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : this.#refuse(column, 'integer');
  }

  optionalInteger(column: string): number | undefined {
    return this.#isNull(column) ? undefined : this.integer(column);
  }

  boolean(column: string): boolean {
    const value = this.#row[column];
    return typeof value === 'boolean' ? value : this.#refuse(column, 'boolean');
  }

  optionalBoolean(column: string): boolean | undefined {
    return this.#isNull(column) ? undefined : this.boolean(column);
  }

  /** A bytea column, as plain bytes of its own. */
  bytes(column: string): Uint8Array {
    const value = this.#row[column];
    if (!(value instanceof Uint8Array)) return this.#refuse(column, 'bytes');
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }

  optionalBytes(column: string): Uint8Array | undefined {
    return this.#isNull(column) ? undefined : this.bytes(column);
  }

  /** A timestamptz column in milliseconds since the Unix epoch, UTC. */
  timeMs(column: string): number {
    const value = this.#row[column];
    return value instanceof Date ? value.getTime() : this.#refuse(column, 'time');
  }

  optionalTimeMs(column: string): number | undefined {
    return this.#isNull(column) ? undefined : this.timeMs(column);
  }

  /** A text[] column without null elements. */
  texts(column: string): readonly string[] {
    return this.#list(column, (element): element is string => typeof element === 'string');
  }

  /** A bytea[] column without null elements. */
  bytesList(column: string): readonly Uint8Array[] {
    return this.#list(column, (element): element is Uint8Array => element instanceof Uint8Array);
  }

  /** A json or jsonb column as parsed; the caller checks its form. */
  json(column: string): unknown {
    if (!(column in this.#row)) return this.#refuse(column, 'json');
    return this.#row[column];
  }

  #isNull(column: string): boolean {
    const value = this.#row[column];
    if (value === undefined) return this.#refuse(column, 'column');
    return value === null;
  }

  #list<Element>(column: string, isElement: (value: unknown) => value is Element): readonly Element[] {
    const value: unknown = this.#row[column];
    if (!Array.isArray(value)) return this.#refuse(column, 'list');
    const elements: unknown[] = value;
    return elements.every(isElement) ? elements : this.#refuse(column, 'list');
  }

  #refuse(column: string, wanted: string): never {
    throw new InternalError('database/row', 'a row does not have the expected form', { details: { column, wanted } });
  }
}
