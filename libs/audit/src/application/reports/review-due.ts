import { type AuthorityId, limits } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import { reviewPrincipal } from '../review-context.js';
import type { NextPeriod, ReportReader } from './report.store.js';

/** SPEC: review 5.2: 181 days after the last period ended, or after the first record. */
export function reviewDueMs({ fromMs }: Pick<NextPeriod, 'fromMs'>): number {
  return fromMs + limits.reviewEveryMs;
}

export interface ReviewDueParts {
  readonly database: Database;
  readonly reports: Pick<ReportReader, 'next'>;
}

/** When oversight bodies have to look again. Says nothing of what they found. */
export class ReviewDue {
  readonly #parts: ReviewDueParts;

  constructor(parts: ReviewDueParts) {
    this.#parts = parts;
  }

  /** UTC milliseconds; undefined while there is nothing to review. */
  async of(body: AuthorityId): Promise<number | undefined> {
    const { database, reports } = this.#parts;
    const period = await database.read(reviewPrincipal, (reader) => reports.next(reader, body));
    return period && reviewDueMs(period);
  }
}
