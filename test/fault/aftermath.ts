import { type Administrator, countOf } from '../world/rows.js';

/** Items of a compartment's log that an act of a member brought there. */
const itemEvents =
  "('msg.send', 'msg.acknowledge', 'case.update', 'doc.add', 'doc.withdraw', 'task.change', 'operation.change')";

/** What must be empty whatever happened, each a question to the rows. */
const halfStates: Readonly<Record<string, string>> = {
  'items without an allowed record': `SELECT FROM content_entry c LEFT JOIN audit_event e ON e.id = c.audit_id
     WHERE e.id IS NULL OR e.out <> 'allowed'`,
  'allowed records of items without their item': `SELECT FROM audit_event e WHERE e.out = 'allowed' AND e.ev IN ${itemEvents}
     AND NOT EXISTS (SELECT FROM content_entry c WHERE c.audit_id = e.id AND c.class > 0)`,
  'records that stand for two items': `SELECT FROM content_entry WHERE class > 0 GROUP BY audit_id HAVING count(*) > 1`,
  'records without openings': `SELECT FROM audit_event e WHERE NOT EXISTS
     (SELECT FROM audit_opening o WHERE o.event_id = e.id)`,
  'logs whose length is not that of their head': `SELECT FROM compartment c WHERE c.content_size <>
     (SELECT count(*) FROM content_entry e WHERE e.compartment_id = c.compartment_id)`,
  'logs with a gap': `SELECT FROM content_entry GROUP BY compartment_id HAVING max(position) + 1 <> count(*)`,
  'heads whose root is not that of the last entry': `SELECT FROM compartment c WHERE c.content_root <>
     (SELECT e.root FROM content_entry e WHERE e.compartment_id = c.compartment_id AND e.position = c.content_size - 1)`,
  'documents without bytes bound to them': `SELECT FROM document_version d WHERE NOT EXISTS
     (SELECT FROM upload u WHERE u.upload_id = d.upload_id AND u.is_bound)`,
  'bound bytes without a document': `SELECT FROM upload u WHERE u.is_bound AND NOT EXISTS
     (SELECT FROM document_version d WHERE d.upload_id = u.upload_id)`,
  'documents without their item': `SELECT FROM document_version d WHERE NOT EXISTS (SELECT FROM content_entry c
     WHERE c.audit_id = d.audit_id AND c.object_id = d.object_id AND c.version = d.version)`,
  'accepted entries whose record has no number': `SELECT FROM content_entry c JOIN audit_event e ON e.id = c.audit_id
     WHERE e.seq IS NULL`,
  'numbers of the audit log left out': `SELECT FROM audit_event WHERE seq IS NOT NULL
     GROUP BY shard HAVING max(seq) + 1 <> count(*)`,
};

export interface Aftermath {
  /** How many rows each question found; nothing half done means all zero. */
  readonly found: Readonly<Record<string, number>>;
  /** SHA-256 of each entry of one log, by position. */
  readonly entryHashes: readonly string[];
  readonly items: number;
  readonly records: number;
  /** Records by event code, those with a number. */
  readonly recordsOf: ReadonlyMap<string, number>;
}

/** Asks the rows what the kills left half done. @param compartmentId whose entries are listed */
export async function aftermathOf(ask: Administrator, compartmentId: string): Promise<Aftermath> {
  const found: Record<string, number> = {};
  for (const [name, statement] of Object.entries(halfStates)) found[name] = await countOf(ask, statement);
  const events = await ask('SELECT ev, count(*)::int AS n FROM audit_event WHERE seq IS NOT NULL GROUP BY ev');
  const entries = await ask(
    "SELECT encode(sha256(bytes), 'hex') AS hash FROM content_entry WHERE compartment_id = decode($1, 'hex') ORDER BY position",
    [compartmentId],
  );
  return {
    found,
    entryHashes: entries.map(({ hash }) => String(hash)),
    items: await countOf(ask, 'SELECT FROM content_entry WHERE class > 0'),
    records: await countOf(ask, 'SELECT FROM audit_event'),
    recordsOf: new Map(events.map(({ ev, n }) => [String(ev), Number(n)])),
  };
}
