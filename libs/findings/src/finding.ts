import {
  type ActId,
  type AuthorityId,
  type Brand,
  type CaseId,
  CodecError,
  type DeviceId,
  idBytes,
  limits,
  parseActId,
  parseAuthorityId,
  parseCaseId,
  parseDeviceId,
  parsePersonId,
  parseUtf8,
  type PersonId,
  toHex,
  utf8,
} from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { type CanonicalValue, contexts, decodeCanonicalJson, encodeCanonicalJson } from '@rogatory/protocol';
import { type FindingRule, findingRules, type FindingSeverity, isFindingRule } from './rule-list.js';

/** 16 bytes, hexadecimal. */
export type FindingId = Brand<string, 'FindingId'>;

/** A record that a finding rests on. */
export interface FindingRecord {
  readonly index: number;
  readonly id: ActId;
}

/** What somebody should look at, and why. SPEC: findings 2 */
export interface Finding {
  readonly id: FindingId;
  readonly rule: FindingRule;
  readonly version: number;
  readonly severity: FindingSeverity;
  /** To whose oversight it belongs; none for rules of the log, which every auditor sees. */
  readonly authorities: readonly AuthorityId[];
  readonly person?: PersonId;
  readonly device?: DeviceId;
  readonly caseId?: CaseId;
  /** Numbers and codes of the rule, the threshold among them. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** The first `limits.maxFindingRecords`, in the order in which they came. */
  readonly records: readonly FindingRecord[];
  readonly recordCount: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Hash of the settings. */
  readonly basis: string;
  /** Hash of the calendar that was used. */
  readonly calendar?: string;
}

const ID_BYTES = 16;
const ID = /^[0-9a-f]{32}$/;
const HASH = /^[0-9a-f]{64}$/;
const FACT = /^[\x20-\x7e]{0,200}$/;
const MAX_FACTS = 16;

/** SPEC: findings 2: the id follows from the rule, its version and the anchors, from nothing else. */
export function findingId(rule: FindingRule, anchors: readonly ActId[]): FindingId {
  const { version } = findingRules[rule];
  const head = Uint8Array.of(...utf8(rule), 0, version >>> 8, version & 0xff);
  return toHex(hash(contexts.finding, head, ...anchors.map(idBytes)).subarray(0, ID_BYTES)) as FindingId;
}

/** @throws CodecError `codec/id`. */
export function parseFindingId(text: string): FindingId {
  if (!ID.test(text)) throw new CodecError('codec/id', 'not the id of a finding');
  return text as FindingId;
}

export function encodeFinding(finding: Finding): Uint8Array {
  const records = finding.records.map(({ index, id }) => [index, id]);
  const value: CanonicalValue = {
    ...finding,
    authorities: [...finding.authorities],
    facts: { ...finding.facts },
    records,
  };
  return utf8(encodeCanonicalJson(value));
}

/** Strict inverse of `encodeFinding`. @throws CodecError `codec/finding`, `codec/json`. */
export function decodeFinding(bytes: Uint8Array): Finding {
  if (bytes.length > limits.maxFindingBytes) throw malformed();
  const value = decodeCanonicalJson(parseUtf8(bytes));
  if (!isObject(value)) throw malformed();
  const { id, rule, version, severity, authorities, person, device, caseId, facts, records, ...rest } = value;
  const { recordCount, fromMs, untilMs, basis, calendar, ...unknown } = rest;
  if (Object.keys(unknown).length > 0 || typeof rule !== 'string' || !isFindingRule(rule)) throw malformed();
  if (version !== findingRules[rule].version || severity !== findingRules[rule].severity) throw malformed();
  const read = readRecords(records);
  if (!isCount(recordCount) || recordCount < read.length || !isCount(fromMs) || !isCount(untilMs)) throw malformed();
  return {
    ...{ id: parseFindingId(textOf(id)), rule, version, severity: findingRules[rule].severity },
    authorities: listOf(authorities).map((authority) => parseAuthorityId(textOf(authority))),
    ...(person === undefined ? {} : { person: parsePersonId(textOf(person)) }),
    ...(device === undefined ? {} : { device: parseDeviceId(textOf(device)) }),
    ...(caseId === undefined ? {} : { caseId: parseCaseId(textOf(caseId)) }),
    ...{ facts: readFacts(facts), records: read, recordCount, fromMs, untilMs, basis: hashOf(basis) },
    ...(calendar === undefined ? {} : { calendar: hashOf(calendar) }),
  };
}

/** By the place of the first record, then rule, then id: the same for everybody. */
export function compareFindingOrder(a: Finding, b: Finding): number {
  const [first, second] = [a.records[0]?.index ?? 0, b.records[0]?.index ?? 0];
  if (first !== second) return first - second;
  if (a.rule !== b.rule) return a.rule < b.rule ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function readRecords(value: CanonicalValue | undefined): readonly FindingRecord[] {
  const list = listOf(value);
  if (list.length === 0 || list.length > limits.maxFindingRecords) throw malformed();
  return list.map((entry) => {
    const [index, id, ...more] = listOf(entry);
    if (!isCount(index) || more.length > 0) throw malformed();
    return { index, id: parseActId(textOf(id)) };
  });
}

function readFacts(value: CanonicalValue | undefined): Finding['facts'] {
  if (!isObject(value)) throw malformed();
  const entries = Object.entries(value);
  const isFact = (fact: CanonicalValue): fact is number | string =>
    typeof fact === 'number' || (typeof fact === 'string' && FACT.test(fact));
  if (entries.length > MAX_FACTS) throw malformed();
  return Object.fromEntries(
    entries.map(([name, fact]) => {
      if (!isFact(fact)) throw malformed();
      return [name, fact] as const;
    }),
  );
}

function isObject(value: CanonicalValue | undefined): value is { readonly [key: string]: CanonicalValue } {
  return typeof value === 'object' && !Array.isArray(value);
}

function listOf(value: CanonicalValue | undefined): readonly CanonicalValue[] {
  if (!Array.isArray(value)) throw malformed();
  return value as readonly CanonicalValue[];
}

function textOf(value: CanonicalValue | undefined): string {
  if (typeof value !== 'string') throw malformed();
  return value;
}

function hashOf(value: CanonicalValue | undefined): string {
  const text = textOf(value);
  if (!HASH.test(text)) throw malformed();
  return text;
}

function isCount(value: CanonicalValue | undefined): value is number {
  return typeof value === 'number' && value >= 0;
}

function malformed(): CodecError<'codec/finding'> {
  return new CodecError('codec/finding', 'not a finding');
}
