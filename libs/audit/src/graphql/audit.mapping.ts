import {
  CodecError,
  limits,
  parseAuthorityId,
  parseCaseId,
  parseDeviceId,
  parseObjectId,
  parsePersonId,
} from '@rogatory/kernel';
import {
  type AuditClass,
  type AuditEventCode,
  auditEvents,
  type AuditOutcome,
  auditOutcomes,
  type AuditPurpose,
  auditPurposes,
  isAuditEventCode,
  type LegalBasis,
  legalBases,
  nameOf,
} from '@rogatory/protocol';
import type { ReviewedRecord } from '../application/reviewed-record.js';
import type { RecordFilter, RecordPage } from '../domain/record-filter.js';
import { auditGroups } from '../domain/stored-record.js';
import type { AuditFilter, AuditRecord } from './audit.types.js';

/** @throws CodecError on values outside the registries. */
export function parseFilter(input: AuditFilter): RecordFilter {
  return {
    ...given('fromMs', input.fromMs, (value) => value),
    ...given('beforeMs', input.beforeMs, (value) => value),
    ...given('person', input.personId, parsePersonId),
    ...given('device', input.deviceId, parseDeviceId),
    ...given('authority', input.authorityId, parseAuthorityId),
    ...given('ownerAuthority', input.ownerAuthorityId, parseAuthorityId),
    ...given('caseId', input.caseId, parseCaseId),
    ...given('object', input.objectId, parseObjectId),
    ...given('event', input.event, parseEvent),
    ...given('class', input.eventClass, parseClass),
    ...given('outcome', input.outcome, parseOutcome),
    ...given('legalBasis', input.legalBasis, parseLegalBasis),
    ...given('zone', input.zone, (value) => value),
    ...given('hours', input.hours, (value) => value),
    ...given('days', input.days, (value) => value),
    ...shardOf(input.shard),
    ...given('firstIndex', input.firstIndex, (value) => value),
    ...given('lastIndex', input.lastIndex, (value) => value),
  };
}

export function parsePage(first: number | null, after: number | null): RecordPage {
  return { first: first ?? limits.defaultPageItems, ...given('beforeIndex', after, (value) => value) };
}

/** @throws CodecError `codec/unknown-value` */
export function parsePurpose(text: string): AuditPurpose {
  if (!Object.hasOwn(auditPurposes, text)) throw unknown();
  return auditPurposes[text as keyof typeof auditPurposes];
}

export function auditRecordOf(
  record: ReviewedRecord,
  proof: Uint8Array | undefined,
  notes?: readonly ReviewedRecord[],
): AuditRecord {
  const groups = auditGroups.flatMap((name) => {
    const group = record.groups[name];
    return group === undefined ? [] : [{ name, opening: group.opening, bytes: group.bytes }];
  });
  return {
    ...{ index: record.index ?? null, recordId: record.id, leaf: record.leaf, groups, proof: proofText(proof) },
    erased: record.erased.map(({ groups: names, erasure }) => ({ groups: names, erasureId: erasure })),
    restrictedTo: record.restrictedTo === undefined ? null : nameOf(auditPurposes, record.restrictedTo),
    notes: notes?.map((note) => auditRecordOf(note, undefined)) ?? null,
  };
}

/** Name of a log that a question is about, where it names one. */
export function shardOf(shard: string | null | undefined): { readonly shard?: string } {
  return given('shard', shard, (value) => value);
}

export function proofText(proof: Uint8Array | undefined): string | null {
  return proof === undefined ? null : new TextDecoder().decode(proof);
}

function parseEvent(text: string): AuditEventCode {
  if (!isAuditEventCode(text)) throw unknown();
  return text;
}

function parseClass(text: string): AuditClass {
  const found = Object.values(auditEvents).find((event) => event.class === text);
  if (found === undefined) throw unknown();
  return found.class;
}

function parseOutcome(text: string): AuditOutcome {
  const found = auditOutcomes.find((outcome) => outcome === text);
  if (found === undefined) throw unknown();
  return found;
}

function parseLegalBasis(code: number): LegalBasis {
  const found = Object.values(legalBases).find((basis) => basis === code);
  if (found === undefined) throw unknown();
  return found;
}

function unknown(): CodecError<'codec/unknown-value'> {
  return new CodecError('codec/unknown-value', 'unknown value of a closed field');
}

function given<Name extends string, Value, Parsed>(
  name: Name,
  value: Value | null | undefined,
  parse: (value: Value) => Parsed,
): { [key in Name]?: Parsed } {
  return (value === null || value === undefined ? {} : { [name]: parse(value) }) as { [key in Name]?: Parsed };
}
