import type { RogatoryError } from '@rogatory/kernel';
import { type AuditLeaf, decodeAuditLeaf } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';

const job = { kind: 'job', job: 'audit-test' } as const;

/** The order of writing. Ids do not tell it: a test's clock stands still, and within a millisecond they are random. */
const WRITTEN = 'SELECT leaf FROM audit_event ORDER BY age(xmin) DESC, ctid';

/** Every leaf that a database holds, in the order in which they were written. */
export function recordedLeaves(database: Database): Promise<readonly AuditLeaf[]> {
  return database.read(job, (reader) => reader.queryRows(WRITTEN, [], (row) => decodeAuditLeaf(row.bytes('leaf'))));
}

/** What work comes to: `done`, or the code that it is refused with. */
export function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: RogatoryError) => error.code ?? String(error),
  );
}

/** What a piece of work comes to, and what it adds to the log: `event outcome reason` of each record, as written. */
export async function addedBy(database: Database, work: () => Promise<unknown>): Promise<readonly string[]> {
  const known = new Set((await recordedLeaves(database)).map(({ id }) => id));
  const outcome = await outcomeOf(work());
  const fresh = (await recordedLeaves(database)).filter(({ id }) => !known.has(id));
  return [outcome, ...fresh.map(({ ev, out, rc }) => `${ev} ${out} ${rc}`)];
}
