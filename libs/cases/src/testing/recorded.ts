import type { RogatoryError } from '@rogatory/kernel';
import { decodeAuditLeaf } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';

const auditor = { kind: 'job', job: 'audit-test' } as const;

function leavesOf(database: Database) {
  return database.read(auditor, (reader) =>
    reader.queryRows('SELECT leaf FROM audit_event ORDER BY id', [], (row) => decodeAuditLeaf(row.bytes('leaf'))),
  );
}

/** What a piece of work comes to, and what it adds to the log. */
export async function addedBy(database: Database, work: () => Promise<unknown>): Promise<readonly string[]> {
  const known = new Set((await leavesOf(database)).map(({ id }) => id));
  const outcome = await work().then(
    () => 'done',
    (error: RogatoryError) => error.code ?? String(error),
  );
  const fresh = (await leavesOf(database)).filter(({ id }) => !known.has(id));
  return [outcome, ...fresh.map(({ ev, out, rc }) => `${ev} ${out} ${rc}`)];
}
