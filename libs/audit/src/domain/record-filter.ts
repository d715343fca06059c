import { type AuthorityId, limits } from '@rogatory/kernel';
import { parseLocalHours, type RecordFilter, type RecordPage } from '@rogatory/protocol';
import { wrongFilter } from './audit.errors.js';

export type { RecordFilter, RecordPage };

/** Whose records an auditor may review with their openings: actor's or owner's authority among these. */
export interface AuditScope {
  readonly authorities: readonly AuthorityId[];
}

/** @throws RefusedError `audit/filter` on a page or range outside the limits; CodecError `codec/local-hours`. */
export function checkQuery(filter: RecordFilter, page: RecordPage): void {
  const numbers = [filter.fromMs, filter.beforeMs, filter.firstIndex, filter.lastIndex, page.beforeIndex];
  const areWhole = numbers.every((value) => value === undefined || (Number.isSafeInteger(value) && value >= 0));
  if (!areWhole || !isPageSize(page.first)) throw wrongFilter();
  // Refuses hours that nobody could mean.
  parseLocalHours(filter);
}

export function isPageSize(first: number): boolean {
  return Number.isSafeInteger(first) && first >= 1 && first <= limits.maxPageItems;
}
