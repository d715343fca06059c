import type { Client, Review } from '@rogatory/client';
import { type ActId, parseActId } from '@rogatory/kernel';
import type { Call } from './call.js';
import { refusedError } from './cli.errors.js';

/** Shorter than an id, and every index that a log can have. */
const INDEX = /^\d{1,15}$/;

/**
 * The record that the first argument names: by its id, or by its index as lists show it, of the log that `--shard` names.
 * Looking an index up is a look into the log, and recorded like one.
 * @throws RefusedError `cli/not-found` where the index shows nothing to the asker; CodecError `codec/id`.
 */
export async function namedRecord(call: Call, client: Client, review: Review): Promise<ActId> {
  const typed = call.argument(0);
  if (!INDEX.test(typed)) return parseActId(typed);
  const index = Number(typed);
  const shard = call.optional('shard');
  const filter = { firstIndex: index, lastIndex: index, ...(shard === undefined ? {} : { shard }) };
  const { records } = await client.audit.list(review, filter, { first: 1 });
  const record = records.find((found) => found.index === index);
  if (record === undefined) throw refusedError('cli/not-found', { what: 'record', index });
  return record.recordId;
}
