import type { RecordFilter } from '@rogatory/protocol';
import type { OpenRecord } from './open-record.js';

type Condition<Field extends keyof RecordFilter> = (
  record: OpenRecord,
  wanted: NonNullable<RecordFilter[Field]>,
) => boolean;

/** What each field of a filter asks of a record; the server's list must come to the same. */
const conditions: { readonly [Field in keyof Required<RecordFilter>]: Condition<Field> } = {
  fromMs: ({ leaf }, ms) => leaf.t >= ms,
  beforeMs: ({ leaf }, ms) => leaf.t < ms,
  event: ({ leaf }, event) => leaf.ev === event,
  class: ({ leaf }, name) => leaf.cls === name,
  outcome: ({ leaf }, outcome) => leaf.out === outcome,
  firstIndex: ({ index }, first) => index !== undefined && index >= first,
  lastIndex: ({ index }, last) => index !== undefined && index <= last,
  person: ({ groups }, id) => groups.who?.personId === id,
  device: ({ groups }, id) => groups.who?.deviceId === id,
  authority: ({ groups }, id) => groups.who?.authorityId === id,
  ownerAuthority: ({ groups }, id) => groups.what?.ownerAuthorityId === id,
  caseId: ({ groups }, id) => groups.what?.caseId === id,
  object: ({ groups }, id) => groups.what?.objectId === id,
  legalBasis: ({ groups }, basis) => groups.why?.legalBasis === basis,
};

/** Whether a record is one that the filter asks for, judged by its leaf and by what it opened. */
export function fitsFilter(record: OpenRecord, filter: RecordFilter): boolean {
  return Object.keys(filter).every((name) => fits(record, filter, name as keyof RecordFilter));
}

function fits<Field extends keyof RecordFilter>(record: OpenRecord, filter: RecordFilter, field: Field): boolean {
  const wanted = filter[field];
  const condition: Condition<Field> | undefined = conditions[field];
  return wanted === undefined || wanted === null || (condition !== undefined && condition(record, wanted));
}
