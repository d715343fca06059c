import { CodecError, idBytes, idFromBytes, limits, type ObjectId } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { type Decimal, readDecimal, writeDecimal } from './decimal.js';
import { type AlertState, alertStates, type Readiness, readinesses } from './operation-plan.js';
import { sizes } from './purposes.js';

export const entryKinds = { step: 1, event: 2, instrument: 3, alert: 4, note: 5, correction: 6 } as const;
export type EntryKindName = keyof typeof entryKinds;

export const stepMarks = { begun: 1, done: 2, failed: 3, notNeeded: 4 } as const;
export type StepMark = (typeof stepMarks)[keyof typeof stepMarks];

export const eventTypes = { arrest: 1, search: 2, hearing: 3, freezing: 4, seizure: 5, other: 6 } as const;
export type EventType = (typeof eventTypes)[keyof typeof eventTypes];

export const units = { t: 1, kg: 2, g: 3, mg: 4, l: 5, ml: 6, pieces: 7 } as const;
export type Unit = (typeof units)[keyof typeof units];
export type UnitName = keyof typeof units;

/** ISO 4217, in the order of docs/spec/operations.md 7. */
export const currencies = [
  ...['EUR', 'AED', 'ALL', 'AUD', 'BAM', 'BGN', 'BRL', 'CAD', 'CHF', 'CNY', 'COP', 'CZK', 'DKK', 'DZD', 'EGP', 'GBP'],
  ...['GEL', 'HKD', 'HUF', 'ILS', 'INR', 'ISK', 'JPY', 'MAD', 'MDL', 'MKD', 'MXN', 'NGN', 'NOK', 'PEN', 'PLN', 'RON'],
  ...['RSD', 'SEK', 'THB', 'TND', 'TRY', 'UAH', 'USD', 'ZAR'],
] as const;

/** Something seized: a code of the list of substances, and how much. */
export interface Haul {
  readonly code: number;
  /** Of the code for others: what it is. */
  readonly other: string;
  readonly quantity: Decimal;
  readonly unit: Unit;
}

export interface Worth {
  readonly value: Decimal;
  /** ISO 4217. */
  readonly currency: string;
}

/** What can be corrected, and put in the place of what was wrong. */
export type EntryBody =
  | { readonly kind: 'step'; readonly stepId: number; readonly mark: StepMark }
  | {
      readonly kind: 'event';
      readonly type: EventType;
      /** 0: on no leg. */
      readonly leg: number;
      /** Persons, premises; at least 1. */
      readonly count: number;
      readonly haul?: Haul;
      readonly worth?: Worth;
    }
  | { readonly kind: 'instrument'; readonly instrumentId: number; readonly readiness: Readiness }
  | { readonly kind: 'note' };

/** The sealed content of an entry, hold or restore (docs/spec/operations.md 5.2). */
export type BoardEntry = { readonly note: string } & (
  | EntryBody
  | { readonly kind: 'alert'; readonly alertId: ObjectId; readonly state: AlertState; readonly authority: string }
  | {
      readonly kind: 'correction';
      readonly entryId: ObjectId;
      readonly entryHash: Uint8Array;
      /** Absent: the entry is void. */
      readonly given?: EntryBody;
    }
);

export const maxQuantityScale = 6;
export const maxValueScale = 4;
const OTHER_BYTES = 200;
const SHORT_TEXT = 400;
const KIND_NAMES = new Map(Object.entries(entryKinds).map(([name, kind]) => [kind as number, name as EntryKindName]));

export function encodeBoardEntry(entry: BoardEntry): Uint8Array {
  const writer = new ByteWriter().u8(entryKinds[entry.kind]);
  if (entry.kind === 'alert') {
    writer.fixed(idBytes(entry.alertId), 16).u8(entry.state).text16(entry.authority);
  } else if (entry.kind === 'correction') {
    writer
      .fixed(idBytes(entry.entryId), 16)
      .fixed(entry.entryHash, sizes.hash)
      .u8(entry.given === undefined ? 0 : 1);
    if (entry.given !== undefined) writeBody(writer.u8(entryKinds[entry.given.kind]), entry.given);
  } else writeBody(writer, entry);
  return writer.text16(entry.note).finish();
}

/** @throws CodecError for anything that is not the one encoding of an entry, and for unknown units and currencies. */
export function decodeBoardEntry(bytes: Uint8Array): BoardEntry {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const kind = readKind(reader);
  const content = readContent(reader, kind);
  const entry: BoardEntry = { ...content, note: reader.text16(4 * limits.maxJustificationCharacters) };
  reader.end();
  return entry;
}

type Content = BoardEntry extends infer Entry ? (Entry extends BoardEntry ? Omit<Entry, 'note'> : never) : never;

function readContent(reader: ByteReader, kind: EntryKindName): Content {
  if (kind === 'alert') {
    const alertId = idFromBytes<ObjectId>(reader.fixed(16));
    const state = reader.oneOf(reader.u8(), valuesOf(alertStates));
    return { kind, alertId, state, authority: reader.text16(SHORT_TEXT) };
  }
  if (kind !== 'correction') return readBody(reader, kind);
  const entryId = idFromBytes<ObjectId>(reader.fixed(16));
  const entryHash = reader.fixed(sizes.hash);
  if (reader.oneOf(reader.u8(), [0, 1]) === 0) return { kind, entryId, entryHash };
  return { kind, entryId, entryHash, given: readBody(reader, readKind(reader)) };
}

function writeBody(writer: ByteWriter, body: EntryBody): void {
  if (body.kind === 'step') writer.u16(body.stepId).u8(body.mark);
  else if (body.kind === 'instrument') writer.u16(body.instrumentId).u8(body.readiness);
  else if (body.kind === 'event') {
    writer.u8(body.type).u8(body.leg).u16(body.count);
    checkEvent(body);
    if (body.haul !== undefined) writeHaul(writer, body.haul);
    if (hasWorth(body.type)) writeWorth(writer, body.worth);
  }
}

function readBody(reader: ByteReader, kind: EntryKindName): EntryBody {
  if (kind === 'note') return { kind };
  if (kind === 'step') return { kind, stepId: reader.u16(), mark: reader.oneOf(reader.u8(), valuesOf(stepMarks)) };
  if (kind === 'instrument') {
    return { kind, instrumentId: reader.u16(), readiness: reader.oneOf(reader.u8(), valuesOf(readinesses)) };
  }
  if (kind !== 'event') throw new CodecError('codec/unknown-value', 'what no correction can give');
  const type = reader.oneOf(reader.u8(), valuesOf(eventTypes));
  const base = { kind, type, leg: reader.u8(), count: reader.u16() };
  const haul = type === eventTypes.seizure ? { haul: readHaul(reader) } : {};
  const worth = hasWorth(type) ? readWorth(reader) : undefined;
  const body: EntryBody = { ...base, ...haul, ...(worth === undefined ? {} : { worth }) };
  checkEvent(body);
  return body;
}

/** SPEC: operations 5.2 — at least one; a haul with seizures alone; a worth with freezings and seizures alone. */
function checkEvent(event: EntryBody & { readonly kind: 'event' }): void {
  const isSeizure = event.type === eventTypes.seizure;
  const isWhole = event.count > 0 && (event.haul !== undefined) === isSeizure;
  if (!isWhole || (event.worth !== undefined && !hasWorth(event.type))) {
    throw new CodecError('codec/range', 'not an event of this type');
  }
}

function hasWorth(type: EventType): boolean {
  return type === eventTypes.freezing || type === eventTypes.seizure;
}

function writeHaul(writer: ByteWriter, haul: Haul): void {
  writer.u16(haul.code).text16(haul.other);
  writeDecimal(writer, haul.quantity, quantityScale(haul.unit));
  writer.u8(haul.unit);
}

function readHaul(reader: ByteReader): Haul {
  const code = reader.u16();
  const other = reader.text16(OTHER_BYTES);
  const quantity = readDecimal(reader, maxQuantityScale);
  const unit = reader.oneOf(reader.u8(), valuesOf(units));
  if (quantity.scale > quantityScale(unit)) throw new CodecError('codec/range', 'a part of a piece');
  return { code, other, quantity, unit };
}

function quantityScale(unit: Unit): number {
  return unit === units.pieces ? 0 : maxQuantityScale;
}

function writeWorth(writer: ByteWriter, worth: Worth | undefined): void {
  if (worth === undefined) {
    writer.u8(0);
    return;
  }
  writer.u8(1);
  writeDecimal(writer, worth.value, maxValueScale);
  writer.fixed(new TextEncoder().encode(checkedCurrency(worth.currency)), 3);
}

function readWorth(reader: ByteReader): Worth | undefined {
  if (reader.oneOf(reader.u8(), [0, 1]) === 0) return undefined;
  const value = readDecimal(reader, maxValueScale);
  return { value, currency: checkedCurrency(String.fromCharCode(...reader.fixed(3))) };
}

function checkedCurrency(currency: string): string {
  if (!(currencies as readonly string[]).includes(currency)) {
    throw new CodecError('codec/unknown-value', 'unknown currency');
  }
  return currency;
}

function readKind(reader: ByteReader): EntryKindName {
  const kind = KIND_NAMES.get(reader.u8());
  if (kind === undefined) throw new CodecError('codec/unknown-value', 'unknown kind of an entry');
  return kind;
}
