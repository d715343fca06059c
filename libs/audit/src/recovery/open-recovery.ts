import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { AuditRecorder as DatabaseRecorder, Database } from '@rogatory/platform-database';
import { parseCheckpointText, parseNote, type TileReader } from '@rogatory/tlog';
import type { LogSigner } from '../application/log/log-signer.js';
import { sequencerPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import { openAuditLog } from '../audit-log.js';
import { CosignatureCollector } from '../application/log/cosignature-collector.js';
import type { Witnesses } from '../running-log.js';
import { SqlShardStore } from '../storage/sql-shard.store.js';
import { CheckpointPublisher } from '../application/log/checkpoint-publisher.js';
import { shardNameOf } from '../application/log/log-readers.js';
import { isOneHalf, nextShard } from '../current-shard.js';
import { logSetBack, notAbandoned, turnedSince } from '../domain/audit.errors.js';
import { auditLogOf } from '../log-check.js';
import { SqlRecoveryStore, unfinishedShard } from '../storage/sql-recovery.store.js';
import { AbandonLog, type Abandonment } from './abandon-log.js';
import { LogCopy } from './log-copy.js';
import { type LogSuccessor, type Refill, RefillLog } from './refill-log.js';
import { signedAfter, unendedBefore } from '../turn/set-back.js';

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

/**
 * Puts a log that was set back up again from a copy, signs its head and records what was lost: in the same log, or in the next
 * one where it had ended. The copy says of which log it is: the one that takes records, or one before it that is not known to have
 * ended. @throws as `RefillLog.run`.
 */
export async function refillLog(options: RecoveryOptions, offered: OfferedCopy): Promise<Refill> {
  const { database, clock, random, secretsFolder } = options;
  const origin = await whatToRefill(options, offered.checkpoint);
  const signer = await options.openSigner([origin]);
  const signed = await signer.signedHead(origin);
  if (signed === undefined) throw notAbandoned(origin);
  const log = auditLogOf(origin);
  const copy = new LogCopy({ ...offered, origin, logKeys: signer.keys(origin) });
  const databaseRecorder = database.claimAuditRecorder();
  const stored = { database, databaseRecorder, clock, random, secretsFolder };
  const audit = await openAuditLog({ ...stored, signer, origin, onFault: rethrow });
  const store = new SqlRecoveryStore(shardNameOf(origin));
  const refill = await new RefillLog({
    ...{ database, log, store, recorder: audit.recorder, clock, random, shards: new SqlShardStore() },
    successor: () => successorOf({ ...stored, openSigner: options.openSigner }, origin),
  }).run(copy, signed);
  if (refill.nextShard === undefined) await audit.worker.tick();
  else await showFinalHead(options, { log, signer });
  return refill;
}

/** Of which log a copy is; that which takes records, unless it is of one before it that should have ended. */
async function whatToRefill({ database, origin }: RecoveryOptions, checkpoint: Uint8Array): Promise<string> {
  const unended = await unendedBefore(database, shardNameOf(origin));
  if (unended === undefined) return origin;
  const earlier = `${placeOf(origin)}/${unended}`;
  return originOf(checkpoint) === earlier ? earlier : origin;
}

/** What a copy says of itself; undefined where it says nothing. Not checked. */
function originOf(checkpoint: Uint8Array): string | undefined {
  try {
    return parseCheckpointText(parseNote(checkpoint).text).origin;
  } catch {
    return undefined;
  }
}

/** The log that followed one that had ended, as the signer knows it. @throws UsageError `audit/turned-since`. */
async function successorOf(
  { openSigner, ...stored }: Omit<RecoveryOptions, 'origin'> & { readonly databaseRecorder: DatabaseRecorder },
  origin: string,
): Promise<LogSuccessor> {
  const [place, shard, nowMs] = [placeOf(origin), shardNameOf(origin), stored.clock.nowMs()];
  const [next] = await signedAfter(await openSigner([origin]), { place, shard, nowMs });
  if (next === undefined || next.size === 0) throw turnedSince({ origin, next: next?.shard ?? '', nextSize: 0 });
  const nextOrigin = `${place}/${next.shard}`;
  const signer = await openSigner([nextOrigin]);
  const { recorder } = await openAuditLog({ ...stored, signer, origin: nextOrigin, onFault: rethrow });
  // As when it ended: a half-year that was over ends its log, whoever commanded it.
  const reason = isOneHalf(shard, next.shard) ? 'command' : 'turn';
  return { recorder, end: { shard, nextShard: next.shard, reason, timeMs: nowMs, note: undefined } };
}

/** The last head of a log that had ended, published and kept for good, and the witnesses asked once more to vouch for it. */
async function showFinalHead(
  { database, clock, witnesses }: RecoveryOptions,
  { log, signer }: { readonly log: TransparencyLog; readonly signer: LogSigner },
): Promise<void> {
  await new CheckpointPublisher(database, log, signer, clock).publish();
  const checkpoint = await database.read(sequencerPrincipal, (reader) => log.tree.checkpoint(reader));
  if (checkpoint !== undefined) {
    await database.writeUnaudited(sequencerPrincipal, (writer) => log.tree.saveCheckpoint(writer, checkpoint, 0), {
      reason: 'audit/checkpoint',
    });
  }
  const collector = collectorOf({ database, clock, witnesses }, { log, signer });
  await collector?.collect();
  await collector?.heard();
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
  const collector = collectorOf(options, { log, signer });
  const store = new SqlRecoveryStore(shardNameOf(log.origin));
  const nextStore = new SqlRecoveryStore(shardNameOf(nextOrigin));
  const shards = new SqlShardStore();
  const parts = { database, signer, clock, random, log, store, nextStore, next, nextOrigin, shards, collector };
  return new AbandonLog(parts).run();
}

function collectorOf(
  { database, clock, witnesses }: Pick<RecoveryOptions, 'database' | 'clock' | 'witnesses'>,
  { log, signer }: { readonly log: TransparencyLog; readonly signer: LogSigner },
): CosignatureCollector | undefined {
  return (
    witnesses &&
    new CosignatureCollector({
      ...{ database, log, logKeys: signer.keys(log.origin), clock },
      ...{ policy: witnesses.policy, clientOf: witnesses.clientOf, onChange: () => undefined },
    })
  );
}

/**
 * The log that takes records now; or, when an abandonment was cut off, the one before it.
 * @throws UsageError `audit/turned-since` where a later log was signed: that one would be given up unsaid.
 */
async function whatToAbandon({
  database,
  clock,
  origin,
  openSigner,
}: RecoveryOptions): Promise<{ readonly log: TransparencyLog; readonly nextOrigin: string }> {
  const signer = await openSigner([origin]);
  const signed = await signer.signedHead(origin);
  const [place, shard, nowMs] = [placeOf(origin), shardNameOf(origin), clock.nowMs()];
  const later = (await signedAfter(signer, { place, shard, nowMs })).findLast(({ size }) => size > 0);
  if (later !== undefined) throw turnedSince({ origin, next: later.shard, nextSize: later.size });
  if (signed !== undefined && signed.size > (await storedLogSize(database, origin))) {
    return { log: auditLogOf(origin), nextOrigin: `${place}/${nextShard(shard, nowMs)}` };
  }
  const earlier = await database.read({ kind: 'job', job: 'audit-recovery' }, (reader) =>
    unfinishedShard(reader, shard),
  );
  if (earlier === undefined) throw notAbandoned(origin);
  return { log: auditLogOf(`${place}/${earlier}`), nextOrigin: origin };
}

/** What stands before the name of a log in its origin. */
function placeOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf('/'));
}

function rethrow(error: unknown): never {
  throw error;
}
