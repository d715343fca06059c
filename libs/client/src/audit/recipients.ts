import { type AuthorityId, limits, type PersonId } from '@rogatory/kernel';
import type { RecordFilter } from '@rogatory/protocol';
import type { OpenRecord } from './open-record.js';
import type { RecordList, Review } from './review.js';

/** To whom something was handed or given access: an authority, a person, or this person of this authority. */
export interface WantedRecipient {
  readonly authority?: AuthorityId;
  readonly person?: PersonId;
}

/** Whether a record names the recipient, as far as its facts are open. */
export function isHandedTo({ groups }: OpenRecord, { authority, person }: WantedRecipient): boolean {
  return (groups.what?.recipients ?? []).some(
    (one) =>
      (authority === undefined || one.authorityId === authority) && (person === undefined || one.personId === person),
  );
}

export interface RecipientPage {
  /** Records wanted, 1 to `limits.maxPageItems`. */
  readonly first: number;
  readonly beforeIndex?: number;
}

export interface RecipientList extends RecordList {
  /** Records that were looked at: all that fit the filter, from the place where the page began to `nextBeforeIndex`. */
  readonly examined: number;
}

type ListRecords = (
  review: Review,
  filter: RecordFilter,
  page: { readonly first: number; readonly beforeIndex?: number },
) => Promise<RecordList>;

/**
 * Records that were handed to a recipient, newest first. A server keeps no recipients outside of the sealed facts of a record, so
 * the records of the range are read and chosen here: at most `limits.maxCompleteRecords` of them for one page.
 */
export async function listToRecipient(
  list: ListRecords,
  {
    review,
    filter,
    recipient,
  }: { readonly review: Review; readonly filter: RecordFilter; readonly recipient: WantedRecipient },
  { first, beforeIndex }: RecipientPage,
): Promise<RecipientList> {
  const found: OpenRecord[] = [];
  let examined = 0;
  let next = beforeIndex;
  do {
    const page = { first: limits.maxPageItems, ...(next === undefined ? {} : { beforeIndex: next }) };
    const { records, nextBeforeIndex } = await list(review, filter, page);
    for (const [n, record] of records.entries()) {
      examined += 1;
      if (isHandedTo(record, recipient)) found.push(record);
      const isLast = n === records.length - 1 && nextBeforeIndex === undefined;
      if (found.length === first && !isLast) return { records: found, nextBeforeIndex: record.index, examined };
    }
    next = nextBeforeIndex;
  } while (next !== undefined && examined < limits.maxCompleteRecords);
  return { records: found, nextBeforeIndex: next, examined };
}
