import { limits } from '@rogatory/kernel';
import type { RecordFilter } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import type { ServerFacts } from '../session/server-facts.js';
import type { OpenRecord } from './open-record.js';
import type { RecordList, Review } from './review.js';

/** What tells where a log ended, and what stands in it. */
export interface LastEpochSources {
  readonly server: Pick<ServerFacts, 'finalSize'>;
  readonly list: (review: Review, filter: RecordFilter, page: { readonly first: number }) => Promise<RecordList>;
  /** A record with the proof of its place. */
  readonly get: (review: Review, recordId: OpenRecord['recordId']) => Promise<OpenRecord>;
}

/** An epoch by its log, and the size that it covers. */
export interface EpochPlace {
  readonly origin: string;
  readonly size: number;
}

/** The own record of the epoch, and the record that ends the log. */
const OWN_RECORDS = 2;

/**
 * Of a log that ended only the last epoch tells all: an earlier one, as true as it is, hides what came after it. Nothing stands behind
 * the last one but its own record and the record that ends the log, or further epochs of two servers that turned it at once. Of a log
 * that goes on, and of one that was abandoned, nothing is demanded. SPEC: review 2.4
 * @throws VerificationError `client/incomplete` where the epoch leaves records out.
 */
export async function demandLastEpoch(
  sources: LastEpochSources,
  review: Review,
  { origin, size }: EpochPlace,
): Promise<void> {
  const final = sources.server.finalSize(origin);
  if (final === undefined) return;
  const beyond = final - size;
  if (beyond === OWN_RECORDS) return;
  const isPossible = beyond > OWN_RECORDS && beyond <= limits.maxPageItems;
  if (!isPossible || !(await areEpochs(sources, review, { origin, size, final }))) {
    const log = origin.slice(origin.lastIndexOf('/') + 1);
    throw verificationError('client/incomplete', { details: { log, counted: size, records: final } });
  }
}

/** Whether every record behind the epoch is proven to be one of an epoch; the last one, as the client followed it, ends the log. */
async function areEpochs(
  { list, get }: LastEpochSources,
  review: Review,
  { origin, size, final }: EpochPlace & { readonly final: number },
): Promise<boolean> {
  const count = final - 1 - size;
  const shard = origin.slice(origin.lastIndexOf('/') + 1);
  const range = { shard, firstIndex: size, lastIndex: final - 2, event: 'log.epoch' } as const;
  const { records } = await list(review, range, { first: limits.maxPageItems });
  const isEach = records.every(({ index, leaf }, n) => index === final - 2 - n && leaf.ev === 'log.epoch');
  if (records.length !== count || !isEach) return false;
  for (const { recordId, index } of records) {
    const proven = await get(review, recordId);
    if (proven.provenLog !== origin || proven.index !== index || proven.leaf.ev !== 'log.epoch') return false;
  }
  return true;
}
