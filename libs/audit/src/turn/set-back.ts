import type { Clock } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import type { LogSigner } from '../application/log/log-signer.js';
import { sequencerPrincipal } from '../application/log/transparency-log.js';
import { currentShard, laterShards, shardBefore } from '../current-shard.js';
import { logSetBack } from '../domain/audit.errors.js';
import { auditLogOf } from '../log-check.js';
import { SqlShardStore } from '../storage/sql-shard.store.js';

/** A log that the signer knows, and how much of it it signed. */
export interface SignedLog {
  readonly shard: string;
  readonly size: number;
}

export interface SetBackParts {
  readonly database: Pick<Database, 'read'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly openSigner: (origins: readonly string[]) => Promise<Pick<LogSigner, 'signedHead'>>;
  /** What stands before the name of a log in its origin. */
  readonly place: string;
}

const shards = new SqlShardStore();

/** The logs after this one that the signer knows, the earliest first; of size 0 while they were only announced. */
export async function signedAfter(
  signer: Pick<LogSigner, 'signedHead'>,
  { place, shard, nowMs }: { readonly place: string; readonly shard: string; readonly nowMs: number },
): Promise<readonly SignedLog[]> {
  const known: SignedLog[] = [];
  for (const later of laterShards(shard, nowMs)) {
    const head = await signer.signedHead(`${place}/${later}`);
    if (head !== undefined) known.push({ shard: later, size: head.size });
  }
  return known;
}

/** An earlier log of which the database does not know that it ended, as after an old backup; undefined for none. */
export async function unendedBefore(database: Pick<Database, 'read'>, shard: string): Promise<string | undefined> {
  const before = await shardBefore(database, shard);
  if (before === undefined) return undefined;
  const end = await database.read({ kind: 'job', job: 'audit-shard' }, (reader) => shards.endOf(reader, before));
  return end === undefined ? before : undefined;
}

/**
 * Refuses to touch the logs of a database that was set back: behind what the signer signed of the log that takes records, behind
 * a later log that it signed, or behind the end of an earlier one. Changes nothing. SPEC: audit 13
 * @throws VerificationError `audit/log-set-back`.
 */
export async function requireNotSetBack({ database, clock, openSigner, place }: SetBackParts): Promise<void> {
  const nowMs = clock.nowMs();
  const asked = await currentShard(database, nowMs);
  const signer = await openSigner([`${place}/${asked}`]);
  const signed = await signer.signedHead(`${place}/${asked}`);
  const later = (await signedAfter(signer, { place, shard: asked, nowMs })).findLast(({ size }) => size > 0);
  // After the signer: what another server signed meanwhile it had stored before.
  const shard = await currentShard(database, nowMs);
  if (later !== undefined && later.shard > shard) {
    throw logSetBack({ log: 'audit', shard: later.shard, size: 0, signedSize: later.size });
  }
  const unended = await unendedBefore(database, shard);
  const suspect = unended ?? shard;
  const head = suspect === asked ? signed : await signer.signedHead(`${place}/${suspect}`);
  const { tree } = auditLogOf(`${place}/${suspect}`);
  const size = (await database.read(sequencerPrincipal, (reader) => tree.head(reader)))?.size ?? 0;
  if (head !== undefined && (head.size > size || unended !== undefined)) {
    throw logSetBack({ log: 'audit', shard: suspect, size, signedSize: head.size });
  }
}
