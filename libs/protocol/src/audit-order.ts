import {
  CodecError,
  limits,
  type ObjectId,
  parseCaseId,
  parseObjectId,
  parsePersonId,
  type CaseId,
  type PersonId,
} from '@rogatory/kernel';
import type { AuditEventCode, AuditGroup } from './audit-events.js';
import { valuesOf } from './codec.js';
import { nameOf } from './roles.js';
import { type AuditPurpose, auditPurposes, type LegalBasis, legalBases } from './why.js';

/** Indices of a log, both ends included. */
export interface IndexRange {
  readonly first: number;
  readonly last: number;
}

/** Records of one log by their places. */
export interface RecordSet {
  readonly shard: string;
  /** Ascending, with gaps between them. */
  readonly records: readonly IndexRange[];
}

/** What a hold keeps: records, all of a case, or all that a person did. */
export type HoldTarget = RecordSet | { readonly caseId: CaseId } | { readonly person: PersonId };

interface OrderTerms {
  /** File number of the order, `[A-Za-z0-9._/-]{1,64}`; never a name. */
  readonly reference: string;
  /** Last moment of the approval, UTC milliseconds. */
  readonly expiresMs: number;
}

export interface EraseOrder extends OrderTerms, RecordSet {
  readonly verb: 'erase';
  readonly groups: readonly AuditGroup[];
  readonly legalBasis: LegalBasis;
}

export interface HoldOrder extends OrderTerms {
  readonly verb: 'hold';
  readonly target: HoldTarget;
  readonly untilMs: number;
}

export interface LiftOrder extends OrderTerms {
  readonly verb: 'lift';
  /** The order that set the hold. */
  readonly hold: ObjectId;
}

export interface RestrictOrder extends OrderTerms, RecordSet {
  readonly verb: 'restrict';
  /** The one purpose for which the records may still be shown. */
  readonly purpose: AuditPurpose;
}

export interface ReleaseOrder extends OrderTerms, RecordSet {
  readonly verb: 'release';
}

/** What two persons of an oversight body decide together. SPEC: retention 1 */
export type AuditOrder = EraseOrder | HoldOrder | LiftOrder | RestrictOrder | ReleaseOrder;
export type OrderVerb = AuditOrder['verb'];

/** The acts by which an order is proposed and approved. */
export const orderEvents: Readonly<
  Record<OrderVerb, { readonly propose: AuditEventCode; readonly approve: AuditEventCode }>
> = {
  erase: { propose: 'audit.erase.propose', approve: 'audit.erase.approve' },
  hold: { propose: 'audit.hold.propose', approve: 'audit.hold.approve' },
  lift: { propose: 'audit.hold.propose', approve: 'audit.hold.approve' },
  restrict: { propose: 'audit.restrict.propose', approve: 'audit.restrict.approve' },
  release: { propose: 'audit.restrict.propose', approve: 'audit.restrict.approve' },
};

const groupOrder: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];
const FORM =
  /^(erase|hold|lift|restrict|release)( shard=[a-z0-9-]{1,32} records=[0-9,-]{1,1700})?( case=[0-9a-f]{64})?( person=[0-9a-f]{32})?( hold=[0-9a-f]{32})?( groups=[a-z,]{3,24})?( basis=[0-9]{1,3})?( purpose=[a-zA-Z]{1,40})?( until=[0-9]{1,16})? reference=([A-Za-z0-9._/-]{1,64}) expires=([0-9]{1,16})$/;

/** The one text of an order, that both persons sign. @throws CodecError `codec/order` for an order outside the form. */
export function auditOrderText(order: AuditOrder): string {
  const text = textOf(order);
  parseAuditOrder(text);
  return text;
}

/** @throws CodecError `codec/order` on anything but the one form. */
export function parseAuditOrder(text: string): AuditOrder {
  const found = text.length <= limits.maxAuditOrderBytes ? FORM.exec(text) : null;
  if (found === null) throw wrong();
  const [, verb, places, ...more] = found;
  const [caseId, person, hold, groups, basis, purpose, until] = more.slice(0, 7).map(valueOf);
  const terms = { reference: more[7] ?? '', expiresMs: Number(more[8]) };
  const set = places === undefined ? undefined : recordSetOf(places);
  const order = orderOf(verb as OrderVerb, { set, caseId, person, hold, groups, basis, purpose, until }, terms);
  // What is not the one form of what it says is nothing: a leading zero, a field too many, groups in another order.
  if (order === undefined || textOf(order) !== text) throw wrong();
  return order;
}

/** Ranges as text, such as "0-99,105". */
export function rangesText(ranges: readonly IndexRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** @throws CodecError `codec/order` unless ascending, apart from each other, and within the bounds of an order. */
export function parseRanges(text: string): readonly IndexRange[] {
  const ranges = text.split(',').map((part) => {
    const [, first = '', last = first] = /^([0-9]{1,15})(?:-([0-9]{1,15}))?$/.exec(part) ?? [];
    return { first: first === '' ? Number.NaN : Number(first), last: Number(last) };
  });
  const areApart = ranges.every(({ first, last }, i) => {
    const before = ranges[i - 1];
    return first <= last && (before === undefined || before.last + 1 < first);
  });
  const isBounded = ranges.length <= limits.maxOrderRanges && recordsIn(ranges) <= limits.maxOrderRecords;
  if (!areApart || !isBounded) throw wrong();
  return ranges;
}

/** Single indices, in any order, as the fewest ranges. */
export function rangesOf(indices: readonly number[]): readonly IndexRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const index of [...new Set(indices)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.last + 1 === index) last.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges;
}

/** How many records ranges name. */
export function recordsIn(ranges: readonly IndexRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

interface Fields {
  readonly set: RecordSet | undefined;
  readonly caseId: string | undefined;
  readonly person: string | undefined;
  readonly hold: string | undefined;
  readonly groups: string | undefined;
  readonly basis: string | undefined;
  readonly purpose: string | undefined;
  readonly until: string | undefined;
}

function orderOf(verb: OrderVerb, fields: Fields, terms: OrderTerms): AuditOrder | undefined {
  const { set, hold, groups, basis, purpose, until } = fields;
  switch (verb) {
    case 'erase': {
      const legalBasis = valuesOf(legalBases).find((known) => String(known) === basis);
      if (set === undefined || groups === undefined || legalBasis === undefined) return undefined;
      return { verb, ...set, groups: groupsOf(groups), legalBasis, ...terms };
    }
    case 'hold': {
      const target = targetOf(fields);
      return target && until !== undefined ? { verb, target, untilMs: Number(until), ...terms } : undefined;
    }
    case 'lift':
      return hold === undefined ? undefined : { verb, hold: parseObjectId(hold), ...terms };
    case 'restrict': {
      const shownFor = valuesOf(auditPurposes).find((known) => nameOf(auditPurposes, known) === purpose);
      return set && shownFor !== undefined ? { verb, ...set, purpose: shownFor, ...terms } : undefined;
    }
    case 'release':
      return set && { verb, ...set, ...terms };
  }
}

function targetOf({ set, caseId, person }: Fields): HoldTarget | undefined {
  if (set !== undefined) return set;
  if (caseId !== undefined) return { caseId: parseCaseId(caseId) };
  return person === undefined ? undefined : { person: parsePersonId(person) };
}

/** `act` repeats what `who` and `what` say. */
function groupsOf(text: string): readonly AuditGroup[] {
  const named = text.split(',');
  const groups = groupOrder.filter((group) => named.includes(group));
  const tells = groups.includes('who') || groups.includes('what');
  if (tells && !groups.includes('act')) throw wrong();
  return groups;
}

function recordSetOf(text: string): RecordSet {
  const [shard = '', records = ''] = text.slice(' shard='.length).split(' records=');
  return { shard, records: parseRanges(records) };
}

function textOf(order: AuditOrder): string {
  return [order.verb, ...bodyOf(order), `reference=${order.reference}`, `expires=${order.expiresMs}`].join(' ');
}

function bodyOf(order: AuditOrder): readonly string[] {
  switch (order.verb) {
    case 'erase':
      return [...setText(order), `groups=${order.groups.join(',')}`, `basis=${order.legalBasis}`];
    case 'hold':
      return [...targetText(order.target), `until=${order.untilMs}`];
    case 'lift':
      return [`hold=${order.hold}`];
    case 'restrict':
      return [...setText(order), `purpose=${nameOf(auditPurposes, order.purpose)}`];
    case 'release':
      return setText(order);
  }
}

function targetText(target: HoldTarget): readonly string[] {
  if ('caseId' in target) return [`case=${target.caseId}`];
  return 'person' in target ? [`person=${target.person}`] : setText(target);
}

function setText({ shard, records }: RecordSet): readonly string[] {
  return [`shard=${shard}`, `records=${rangesText(records)}`];
}

/** " key=value" without its key. */
function valueOf(field: string | undefined): string | undefined {
  return field?.slice(field.indexOf('=') + 1);
}

function wrong(): CodecError<'codec/order'> {
  return new CodecError('codec/order', 'not an order on audit records');
}
