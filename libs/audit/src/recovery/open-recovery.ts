import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import type { TileReader } from '@rogatory/tlog';
import type { LogSigner } from '../application/log/log-signer.js';
import { sequencerPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import { openAuditLog } from '../audit-log.js';
import { CosignatureCollector } from '../application/log/cosignature-collector.js';
import type { Witnesses } from '../running-log.js';
import { SqlShardStore } from '../storage/sql-shard.store.js';
import { nextShard } from '../current-shard.js';
import { logSetBack, notAbandoned } from '../domain/audit.errors.js';
import { auditLogOf } from '../log-check.js';
import { SqlRecoveryStore, unfinishedShard } from '../storage/sql-recovery.store.js';
import { AbandonLog, type Abandonment } from './abandon-log.js';
import { LogCopy } from './log-copy.js';
import { type Refill, RefillLog } from './refill-log.js';

/**
 * Refuses to serve on a database that was set back behind what the signer signed. `size` is how far the log is stored.
 * @throws VerificationError `audit/log-set-back`.
 */
export async function requireSignedHead(
  { signer, origin, log }: { readonly signer: LogSigner; readonly origin: string; readonly log: 'audit' | 'directory' },
  size: number,
): Promise<void> {
  const signed = await signer.signedHead(origin);
  if (signed !== undefined && signed.size > size) throw logSetBack({ log, size, signedSize: signed.size });
}

/** Size of an audit log as it is stored. */
export async function storedLogSize(database: Pick<Database, 'read'>, origin: string): Promise<number> {
  const { tree } = auditLogOf(origin);
  return (await database.read(sequencerPrincipal, (reader) => tree.head(reader)))?.size ?? 0;
}

export interface RecoveryOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly secretsFolder: string;
  /** The signer of an audit log and of those that may follow it. */
  readonly openSigner: (origins: readonly string[]) => Promise<LogSigner>;
  /** The log that takes records now. */
  readonly origin: string;
  /** Who vouched for it. */
  readonly witnesses?: Witnesses | undefined;
}

/** A copy of the log: its files, and its checkpoint verbatim. */
export interface OfferedCopy {
  readonly tiles: TileReader;
  readonly checkpoint: Uint8Array;
}

/** Puts a log that was set back up again from a copy, signs its head and records what was lost. @throws as `RefillLog.run`. */
export async function refillLog(options: RecoveryOptions, offered: OfferedCopy): Promise<Refill> {
  const { database, clock, random, secretsFolder, origin } = options;
  const signer = await options.openSigner([origin]);
  const signed = await signer.signedHead(origin);
  if (signed === undefined) throw notAbandoned(origin);
  const log = auditLogOf(origin);
  const copy = new LogCopy({ ...offered, origin, logKeys: signer.keys(origin) });
  const audit = await openAuditLog({ database, clock, random, secretsFolder, signer, origin, onFault: rethrow });
  const store = new SqlRecoveryStore(shardName(origin));
  const refill = await new RefillLog({ database, log, store, recorder: audit.recorder, clock, random }).run(
    copy,
    signed,
  );
  await audit.worker.tick();
  return refill;
}

/** Gives a log up that was set back, and begins the next one. @throws as `AbandonLog.run`. */
export async function abandonLog(options: RecoveryOptions): Promise<Abandonment> {
  const { database, clock, random, secretsFolder } = options;
  const { log, nextOrigin } = await whatToAbandon(options);
  const signer = await options.openSigner([log.origin, nextOrigin]);
  const next = await openAuditLog({
    ...{ database, clock, random, secretsFolder, signer, origin: nextOrigin },
    onFault: rethrow,
  });
  const { witnesses } = options;
  const collector =
    witnesses &&
    new CosignatureCollector({
      ...{ database, log, logKeys: signer.keys(log.origin), clock },
      ...{ policy: witnesses.policy, clientOf: witnesses.clientOf, onChange: () => undefined },
    });
  const [store, nextStore] = [new SqlRecoveryStore(shardName(log.origin)), new SqlRecoveryStore(shardName(nextOrigin))];
  const shards = new SqlShardStore();
  const parts = { database, signer, clock, random, log, store, nextStore, next, nextOrigin, shards, collector };
  return new AbandonLog(parts).run();
}

/** The log that takes records now; or, when an abandonment was cut off, the one before it. */
async function whatToAbandon({
  database,
  clock,
  origin,
  openSigner,
}: RecoveryOptions): Promise<{ readonly log: TransparencyLog; readonly nextOrigin: string }> {
  const signed = await (await openSigner([origin])).signedHead(origin);
  const shard = shardName(origin);
  const place = origin.slice(0, -shard.length);
  if (signed !== undefined && signed.size > (await storedLogSize(database, origin))) {
    return { log: auditLogOf(origin), nextOrigin: `${place}${nextShard(shard, clock.nowMs())}` };
  }
  const earlier = await database.read({ kind: 'job', job: 'audit-recovery' }, (reader) =>
    unfinishedShard(reader, shard),
  );
  if (earlier === undefined) throw notAbandoned(origin);
  return { log: auditLogOf(`${place}${earlier}`), nextOrigin: origin };
}

function shardName(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}

function rethrow(error: unknown): never {
  throw error;
}
