import {
  type AuthorityId,
  type CaseId,
  type DeviceId,
  limits,
  type ObjectId,
  type PersonId,
} from '@rogatory/kernel';
import type { AuditClass, AuditEventCode, AuditOutcome, LegalBasis } from '@rogatory/protocol';
import { wrongFilter } from './audit.errors.js';

/** Every field given must fit; none given means all records in scope. */
export interface RecordFilter {
  /** From this time on, milliseconds. */
  readonly fromMs?: number;
  /** Before this time, milliseconds. */
  readonly beforeMs?: number;
  readonly person?: PersonId;
  readonly device?: DeviceId;
  readonly authority?: AuthorityId;
  readonly caseId?: CaseId;
  readonly object?: ObjectId;
  readonly event?: AuditEventCode;
  readonly class?: AuditClass;
  readonly outcome?: AuditOutcome;
  readonly legalBasis?: LegalBasis;
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

/** Whose records an auditor may review with their openings: actor's or owner's authority among these. */
export interface AuditScope {
  readonly authorities: readonly AuthorityId[];
}

/** @throws RefusedError `audit/filter` on a page or range outside the limits. */
export function checkQuery(filter: RecordFilter, page: RecordPage): void {
  const numbers = [filter.fromMs, filter.beforeMs, filter.firstIndex, filter.lastIndex, page.beforeIndex];
  const areWhole = numbers.every((value) => value === undefined || (Number.isSafeInteger(value) && value >= 0));
  if (!areWhole || !Number.isSafeInteger(page.first) || page.first < 1 || page.first > limits.maxPageItems) {
    throw wrongFilter();
  }
}

/** The filter as the record of the query states it: ASCII, keys in a fixed order. */
export function describeQuery(filter: RecordFilter, page: RecordPage): string {
  const fields = Object.entries({ ...filter, ...page }).filter(([, value]) => value !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([key, value]) => `${key}=${String(value)}`).join(' ');
}
