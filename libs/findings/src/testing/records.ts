import type { ActId, AuthorityId, CaseId, CompartmentId, DeviceId, ObjectId, PersonId, PostId } from '@rogatory/kernel';
import {
  type AuditEventCode,
  auditActorKinds,
  auditEvents,
  type AuditGroup,
  auditObjectKinds,
  type AuditOutcome,
  type AuditWhat,
  type LegalBasis,
  legalBases,
  type SignedAct,
  type Why,
} from '@rogatory/protocol';
import type { AuthorityCalendar } from '../calendar.js';
import { type FindingsInput, findingsOf } from '../engine.js';
import type { Finding } from '../finding.js';
import type { FindingRule } from '../rule-list.js';
import type { OpenedRecord } from '../seen.js';

const id16 = (kind: number, number: number) =>
  `${kind.toString(16).padStart(2, '0')}${number.toString(16).padStart(30, '0')}`;
const id32 = (kind: number, number: number) =>
  `${kind.toString(16).padStart(2, '0')}${number.toString(16).padStart(62, '0')}`;

export const testingIds = {
  authority: (number: number) => id16(0xa0, number) as AuthorityId,
  person: (number: number) => id16(0xb0, number) as PersonId,
  device: (number: number) => id16(0xd0, number) as DeviceId,
  object: (number: number) => id16(0x0b, number) as ObjectId,
  case: (number: number) => id32(0xca, number) as CaseId,
  compartment: (number: number) => id32(0xc0, number) as CompartmentId,
};

/** What of a record matters in a test; the rest is ordinary. */
export interface TestingRecord {
  readonly event?: AuditEventCode;
  readonly timeMs: number;
  readonly outcome?: AuditOutcome;
  readonly reasonCode?: string;
  /** Number of the person; device and authority follow from it unless given. 0 for the service itself. */
  readonly person?: number;
  readonly device?: number;
  readonly authority?: number;
  readonly role?: number;
  readonly owner?: number;
  readonly caseNumber?: number;
  /** Of the case as a whole: names no compartment. */
  readonly isOfCase?: boolean;
  readonly object?: number;
  readonly counter?: number;
  readonly statedMs?: number;
  readonly what?: Partial<AuditWhat>;
  readonly why?: Partial<Why> & { readonly legalBasis?: LegalBasis };
  readonly whyCommitment?: string;
  readonly reasonText?: string;
}

/** A Monday, 12:00 in Paris. */
export const noonMs = Date.UTC(2026, 10, 23, 11);
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Monday to Friday, 8 to 18 in Paris; Christmas is free. */
export const parisCalendar: AuthorityCalendar = {
  authority: testingIds.authority(1),
  zone: 'Europe/Paris',
  week: [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [[8 * 60, 18 * 60] as const] : [])),
  holidays: ['2026-12-25'],
};

export function testingRecords(list: readonly TestingRecord[]): readonly OpenedRecord[] {
  return list.map((facts, index) => testingRecord(facts, index));
}

/** The record at a place of the log. */
export function testingRecord(facts: TestingRecord, index: number): OpenedRecord {
  const { event = 'doc.read', timeMs, outcome = 'allowed', person = 1, reasonText } = facts;
  const id = id16(0x01, index + 1) as ActId;
  const groups: readonly AuditGroup[] = auditEvents[event].groups;
  const why = groups.includes('why') ? whyOf(facts, index) : undefined;
  const com = Object.fromEntries(groups.map((group) => [group, commitmentOf(facts, group, index)]));
  const reason = facts.reasonCode ?? 'access/refused';
  return {
    index,
    leaf: {
      ...{ v: 1, id, t: timeMs, cls: auditEvents[event].class, ev: event, out: outcome, ms: 'FR', com },
      rc: outcome === 'allowed' ? 'ok' : reason,
    },
    groups: {
      ...(person === 0 ? {} : { who: whoOf(facts, person) }),
      what: whatOf(facts),
      ...(why === undefined ? {} : { why }),
      ...(facts.counter === undefined && facts.statedMs === undefined ? {} : { act: actOf(facts, id) }),
    },
    ...(reasonText === undefined ? {} : { reasonText }),
  };
}

function whoOf({ device, authority = 1, role = 2 }: TestingRecord, person: number) {
  return {
    ...{ kind: auditActorKinds.device, deviceId: testingIds.device(device ?? person), state: 'FR', caseRole: role },
    ...{ personId: testingIds.person(person), postId: id16(0xe0, person) as PostId },
    authorityId: testingIds.authority(authority),
  };
}

function whatOf({ owner = 1, caseNumber, isOfCase = false, object, what }: TestingRecord): AuditWhat {
  return {
    ownerAuthorityId: testingIds.authority(owner),
    ...(caseNumber === undefined
      ? {}
      : {
          caseId: testingIds.case(caseNumber),
          ...(isOfCase ? {} : { compartmentId: testingIds.compartment(caseNumber) }),
        }),
    ...(object === undefined ? {} : { objectId: testingIds.object(object) }),
    ...{ objectKind: auditObjectKinds.file, version: 1, bytes: 1_000, count: 1, recipients: [], detail: '' },
    ...what,
  };
}

function whyOf({ why }: TestingRecord, index: number): Why {
  const sealed = new TextEncoder().encode(`sealed ${index}`);
  return {
    ...{ legalBasis: legalBases.investigation, instrument: '' },
    ...{ kemCiphertext: new Uint8Array(1_120).fill(index % 251, 0, 1_000).fill(index >> 8, 1_000), sealedText: sealed },
    ...why,
  };
}

function commitmentOf({ whyCommitment }: TestingRecord, group: AuditGroup, index: number): string {
  if (group === 'why' && whyCommitment !== undefined) return whyCommitment.padEnd(43, 'A');
  return `${group}-${index}`.padEnd(43, '_');
}

function actOf(
  { counter = 1, statedMs, timeMs, device, person = 1, event = 'doc.read' }: TestingRecord,
  id: ActId,
): SignedAct {
  const none = (length: number) => new Uint8Array(length);
  return {
    act: {
      ...{ actId: id, deviceId: testingIds.device(device ?? person), counter, operation: event, version: 0 },
      ...{ previousHash: none(32), caseId: none(32), compartmentId: none(32), objectId: none(16) },
      ...{ payloadHash: none(32), whyCommit: none(32), zone: 'Europe/Paris' },
      time: { timeMs: statedMs ?? timeMs, offsetMinutes: 60 },
      auditHead: { size: 0, root: none(32) },
    },
    signedBytes: none(0),
    signature: none(64),
  };
}

/** Everything open, Paris working hours, certificates that hold for the whole test. */
export const testingInput: FindingsInput = {
  scope: 'all',
  calendars: [parisCalendar],
  mandateOf: () => ({ notAfterMs: Number.MAX_SAFE_INTEGER }),
};

/** What one rule finds in these records. */
export function foundBy(
  rule: FindingRule,
  list: readonly TestingRecord[],
  input: Partial<FindingsInput> = {},
): readonly Finding[] {
  return findingsOf(testingRecords(list), { ...testingInput, ...input }).filter((finding) => finding.rule === rule);
}
