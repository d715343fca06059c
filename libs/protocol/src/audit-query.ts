import type { AuthorityId, CaseId, DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import type { AuditClass, AuditEventCode, AuditOutcome } from './audit-events.js';
import { nameOf } from './roles.js';
import { type AuditPurpose, auditPurposes, type LegalBasis } from './why.js';

/** What an auditor asks for. Every field given must fit; none given means all records in scope. */
export interface RecordFilter {
  /** From this time on, milliseconds. */
  readonly fromMs?: number;
  /** Before this time, milliseconds. */
  readonly beforeMs?: number;
  readonly person?: PersonId;
  readonly device?: DeviceId;
  /** The authority of the person who acted. */
  readonly authority?: AuthorityId;
  /** The authority that owns the case or object concerned. */
  readonly ownerAuthority?: AuthorityId;
  readonly caseId?: CaseId;
  readonly object?: ObjectId;
  readonly event?: AuditEventCode;
  readonly class?: AuditClass;
  readonly outcome?: AuditOutcome;
  readonly legalBasis?: LegalBasis;
  /** IANA zone whose clocks `hours` and `days` mean, such as "Europe/Paris" (`local-hours.ts`). */
  readonly zone?: string;
  /** Hours of the record's time by those clocks, such as "22:00-06:00". */
  readonly hours?: string;
  /** Days of the week by those clocks, such as "sat,sun". */
  readonly days?: string;
  /** Name of the log that is searched, such as "2026h2"; the one that takes records where left out. */
  readonly shard?: string;
  readonly firstIndex?: number;
  readonly lastIndex?: number;
}

/** Keyset page over the index in the log, newest first. */
export interface RecordPage {
  /** Records per page, 1 to `limits.maxPageItems`. */
  readonly first: number;
  /** Give the index of the last record of the page before. */
  readonly beforeIndex?: number;
}

/**
 * What the act of an auditor's query submits, and what its record states: the purpose, then the fields that are given
 * as `key=value`, keys ascending. SPEC: acts 7
 */
export function auditQueryStatement(purpose: AuditPurpose, filter: RecordFilter, page: RecordPage): string {
  const fields = Object.entries({ ...filter, ...page }).filter(([, value]) => value !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return [auditViewStatement(purpose), ...fields.map(([key, value]) => `${key}=${String(value)}`)].join(' ');
}

/** What the act of looking at one record submits. */
export function auditViewStatement(purpose: AuditPurpose): string {
  return `purpose=${nameOf(auditPurposes, purpose)}`;
}

/** Records that an export asks for: those from `first` on, as far as the log and the bound of one act go. */
export interface ExportRange {
  readonly first: number;
  /** Index behind the last one wanted; as far as it goes where left out. */
  readonly end?: number;
  /** Name of the log; the one that takes records where left out. */
  readonly shard?: string;
}

/** What the act of an export submits, and what its record states. */
export function auditExportStatement(purpose: AuditPurpose, { first, end, shard }: ExportRange): string {
  return `${auditViewStatement(purpose)}${end === undefined ? '' : ` end=${end}`} first=${first}${shardText(shard)}`;
}

function shardText(shard: string | undefined): string {
  return shard === undefined ? '' : ` shard=${shard}`;
}

/** What the act of listing epochs submits. */
export function auditEpochsStatement(purpose: AuditPurpose, page: EpochPage): string {
  const below = page.below === undefined ? '' : `below=${page.below} `;
  return `${auditViewStatement(purpose)} epochs ${below}first=${page.first}${shardText(page.shard)}`;
}

/** Epochs of a page, newest first. */
export interface EpochPage {
  readonly first: number;
  /** Give the number of the last epoch of the page before. */
  readonly below?: number;
  /** Name of the log; the one that takes records where left out. */
  readonly shard?: string;
}

/** Whose counts are asked for. */
export interface CountQuery {
  readonly counted: CountedName;
  /** The case, or the authority. */
  readonly id: string;
  /** Name of the log; the one that takes records where left out. */
  readonly shard?: string;
}

/** What the act of asking for the counts of an epoch submits. */
export function auditCountsStatement(purpose: AuditPurpose, { counted, id, shard }: CountQuery): string {
  return `${auditViewStatement(purpose)} counts ${counted}=${id}${shardText(shard)}`;
}

/** By what an auditor may ask for counts: a case, the authority that acted, or the one that owns what was concerned. */
export const countedNames = ['case', 'actorAuthority', 'ownerAuthority'] as const;
export type CountedName = (typeof countedNames)[number];
