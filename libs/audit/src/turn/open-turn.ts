import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { LogClosing } from '@rogatory/protocol';
import type { AuditRecorder as DatabaseRecorder, Database } from '@rogatory/platform-database';
import { AuditRecorder } from '../application/audit-recorder.js';
import { Epochs } from '../application/epochs/epochs.js';
import { CheckpointPublisher } from '../application/log/checkpoint-publisher.js';
import { CosignatureCollector } from '../application/log/cosignature-collector.js';
import type { LogSigner } from '../application/log/log-signer.js';
import { Sequencer } from '../application/log/sequencer.js';
import { sequencerPrincipal } from '../application/log/transparency-log.js';
import { MonthKeys } from '../application/month-keys.js';
import { type ShardEnd } from '../application/shard.store.js';
import { currentShard, isTurnDue, nextShard } from '../current-shard.js';
import { auditLogOf } from '../log-check.js';
import type { Witnesses } from '../running-log.js';
import { FolderMonthKeys } from '../storage/folder-month-keys.js';
import { SqlAuditRecordStore } from '../storage/sql-audit-record.store.js';
import { SqlEpochStore } from '../storage/sql-epoch.store.js';
import { SqlMonthKeyStore } from '../storage/sql-month-key.store.js';
import { SqlShardStore } from '../storage/sql-shard.store.js';
import { LogTurn, numberAll, type Turn, type TurnedLog, type TurnStep } from './log-turn.js';
import { requireNotSetBack } from './set-back.js';

export interface TurnOptions {
  readonly database: Database;
  /** Claimed by whoever opens the log afterwards; a turn records as the log itself does. */
  readonly databaseRecorder: DatabaseRecorder;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly secretsFolder: string;
  /** Of an audit log and of the one that follows. */
  readonly openSigner: (origins: readonly string[]) => Promise<LogSigner>;
  readonly witnesses?: Witnesses | undefined;
  /** What stands before the name of a log in its origin, such as "rogatory.example/audit/log". */
  readonly place: string;
  readonly onStep?: (step: TurnStep) => void;
}

/** The audit logs of a server. */
export interface StoredLogs {
  /** The log that takes records. */
  readonly origin: string;
  /** Those before it, the earliest first. */
  readonly ends: readonly ShardEnd[];
  /** That this call turned the log. */
  readonly turn?: Turn;
  /** Why the log that is over goes on for now. */
  readonly postponed?: unknown;
}

const job = { kind: 'job', job: 'audit-shard' } as const;
const shards = new SqlShardStore();

/** The audit logs as they are stored; changes nothing. */
export async function storedLogs(
  database: Pick<Database, 'read'>,
  place: string,
  nowMs: number,
): Promise<StoredLogs & { readonly end: ShardEnd | undefined }> {
  const shard = await currentShard(database, nowMs);
  const ends = await database.read(job, (reader) => shards.ends(reader));
  const end = ends.find((known) => known.shard === shard);
  return { origin: `${place}/${shard}`, end, ends: ends.filter((known) => known.shard < shard) };
}

/**
 * Goes on with a turn that was cut off, or begins one where the half-year is over or `isCommanded`; else does nothing. A turn
 * that no quorum would see is put off, and the old log goes on.
 * @throws UnavailableError `audit/turn-unwitnessed` for a turn under way, and for one that was commanded; VerificationError
 * `audit/log-set-back` on a database that was set back, before anything is done; what signer and database throw.
 */
export async function settleLogs(options: TurnOptions, isCommanded = false): Promise<StoredLogs> {
  const { database, clock, place } = options;
  await requireNotSetBack(options);
  const stored = await storedLogs(database, place, clock.nowMs());
  const shard = stored.origin.slice(place.length + 1);
  const reason = stored.end?.reason ?? (isTurnDue(shard, clock.nowMs()) ? 'turn' : isCommanded ? 'command' : undefined);
  const isBegun = (await database.read(sequencerPrincipal, (reader) => auditLogOf(stored.origin).tree.head(reader)))
    ?.size;
  if (!isBegun) await numberGenesis(options, shard);
  // A log in which nothing was ever numbered has nothing to end.
  if (reason === undefined || reason === 'abandoned' || !isBegun) return stored;
  const turn = await openTurn(options, shard, stored.end?.nextShard);
  if (stored.end === undefined) {
    try {
      await turn.prepare();
    } catch (error) {
      if (isCommanded) throw error;
      return { ...stored, postponed: error };
    }
  }
  return { ...(await turned(options, turn, reason)) };
}

async function turned(options: TurnOptions, turn: LogTurn, reason: LogClosing['reason']): Promise<StoredLogs> {
  const done = await turn.run(reason);
  return { ...(await storedLogs(options.database, options.place, options.clock.nowMs())), turn: done };
}

/** Whether the log would be ended now before the eyes of a quorum. @throws as `LogTurn.prepare`. */
export async function prepareTurn(options: TurnOptions, shard: string): Promise<void> {
  await (await openTurn(options, shard)).prepare();
}

/** A start that was cut off between the first record of a log and its index: nothing else may take that one. */
async function numberGenesis(options: TurnOptions, shard: string): Promise<void> {
  const { database, random, openSigner, place } = options;
  if (!(await database.read(job, (reader) => shards.has(reader, shard, 'log.genesis')))) return;
  const signer = await openSigner([`${place}/${shard}`]);
  const folder = new FolderMonthKeys(options.secretsFolder, random);
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), folder, random);
  await numberAll(turnedLog(options, { shard, signer, monthKeys }));
}

async function openTurn(options: TurnOptions, shard: string, given?: string): Promise<LogTurn> {
  const { database, clock, random, secretsFolder, place, onStep } = options;
  const follower = given ?? nextShard(shard, clock.nowMs());
  const signer = await options.openSigner([`${place}/${shard}`, `${place}/${follower}`]);
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), new FolderMonthKeys(secretsFolder, random), random);
  await monthKeys.prepare(clock.nowMs());
  const [old, next] = [shard, follower].map((name) => turnedLog(options, { shard: name, signer, monthKeys }));
  if (old === undefined || next === undefined) throw new Error('two logs');
  const { log, recorder } = old;
  const parts = { database, clock, random };
  const epochs = new Epochs({
    ...parts,
    store: new SqlEpochStore(shard),
    tree: log.tree,
    recorder,
    origin: log.origin,
  });
  return new LogTurn({ ...parts, shards, signer, old, next, epochs, ...(onStep && { onStep }) });
}

function turnedLog(
  { database, databaseRecorder, clock, random, witnesses, place }: TurnOptions,
  { shard, signer, monthKeys }: { readonly shard: string; readonly signer: LogSigner; readonly monthKeys: MonthKeys },
): TurnedLog {
  const log = auditLogOf(`${place}/${shard}`);
  const store = new SqlAuditRecordStore(shard);
  const { origin } = log;
  const policy = witnesses && {
    ...{ policy: witnesses.policy, clientOf: witnesses.clientOf },
    onChange: (witness: string, error: unknown) => witnesses.onChange({ witness, origin }, error),
  };
  return {
    ...{ shard, log },
    recorder: new AuditRecorder({ store, monthKeys, databaseRecorder, clock, random, shard }),
    sequencer: new Sequencer(database, log),
    publisher: new CheckpointPublisher(database, log, signer, clock),
    collector: policy && new CosignatureCollector({ database, log, logKeys: signer.keys(origin), clock, ...policy }),
  };
}
