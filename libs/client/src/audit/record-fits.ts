import { isInHours, parseLocalHours, type RecordFilter } from '@rogatory/protocol';
import type { OpenRecord } from './open-record.js';

type Condition<Field extends keyof RecordFilter> = (
  record: OpenRecord,
  wanted: NonNullable<RecordFilter[Field]>,
) => boolean;

/** These three say one thing together. */
type HoursField = 'zone' | 'hours' | 'days';
type PlainField = Exclude<keyof RecordFilter, HoursField>;
const hoursFields: readonly string[] = ['zone', 'hours', 'days'] satisfies readonly HoursField[];

/** What each field of a filter asks of a record; the server's list must come to the same. */
const conditions: { readonly [Field in PlainField]: Condition<Field> } = {
  fromMs: ({ leaf }, ms) => leaf.t >= ms,
  beforeMs: ({ leaf }, ms) => leaf.t < ms,
  event: ({ leaf }, event) => leaf.ev === event,
  class: ({ leaf }, name) => leaf.cls === name,
  outcome: ({ leaf }, outcome) => leaf.out === outcome,
  // Which log a record is in is what its proof says; none of its facts does.
  shard: () => true,
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
  const hours = parseLocalHours(filter);
  if (hours !== undefined && !isInHours(record.leaf.t, hours)) return false;
  const others = Object.keys(filter).filter((name) => !hoursFields.includes(name));
  return others.every((name) => fits(record, filter, name as PlainField));
}

function fits<Field extends PlainField>(record: OpenRecord, filter: RecordFilter, field: Field): boolean {
  const wanted = filter[field];
  const condition: Condition<Field> | undefined = conditions[field];
  return wanted === undefined || wanted === null || (condition !== undefined && condition(record, wanted));
}
