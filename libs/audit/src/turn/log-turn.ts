import { type Clock, isRogatoryError, newActId, type RandomBytes } from '@rogatory/kernel';
import { type AuditEventCode, decodeAuditLeaf, type LogClosing, logClosingText } from '@rogatory/protocol';
import { emptyRoot, encodeVerifierKey } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import type { AuditRecorder } from '../application/audit-recorder.js';
import type { Epochs } from '../application/epochs/epochs.js';
import type { CheckpointPublisher } from '../application/log/checkpoint-publisher.js';
import type { CosignatureCollector } from '../application/log/cosignature-collector.js';
import { genesisEntry } from '../application/log/log-succession.js';
import type { LogSigner } from '../application/log/log-signer.js';
import type { StoredCheckpoint, TreeHead } from '../application/log/log-tree.store.js';
import type { Sequencer } from '../application/log/sequencer.js';
import { sequencerPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import type { ShardStore } from '../application/shard.store.js';
import { auditUnavailable, isLogEnded, logCorrupt, turnUnwitnessed } from '../domain/audit.errors.js';
import { type AuditEntry, nothingConcerned, systemActor } from '../domain/audit-entry.js';

/** A log with what numbers, signs and witnesses it; nothing of it runs by itself. */
export interface TurnedLog {
  readonly shard: string;
  readonly log: TransparencyLog;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly sequencer: Pick<Sequencer, 'runBatch'>;
  readonly publisher: Pick<CheckpointPublisher, 'publish'>;
  /** Absent where there are no witnesses. */
  readonly collector?: Pick<CosignatureCollector, 'collect' | 'heard'> | undefined;
}

export interface LogTurnParts {
  readonly database: Database;
  readonly shards: ShardStore;
  readonly signer: LogSigner;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly old: TurnedLog;
  readonly next: TurnedLog;
  /** Of the old log. */
  readonly epochs: Pick<Epochs, 'closeNow'>;
  /** Told before each step that writes; what it throws ends the turn there, as a kill would. */
  readonly onStep?: (step: TurnStep) => void;
}

export const turnSteps = ['end', 'count', 'close', 'sign', 'witness', 'begin', 'number'] as const;
export type TurnStep = (typeof turnSteps)[number];

/** What a turn came to. */
export interface Turn {
  readonly previousOrigin: string;
  readonly origin: string;
  /** The last head of the log that ended. */
  readonly head: TreeHead;
}

const job = { kind: 'job', job: 'audit-turn' } as const;
const WITNESS_ROUNDS = 5; // a witness that was asked for another head at the same moment is asked again

/**
 * Ends a log and begins the next. Each step looks at what is stored before it acts, so that a turn which was cut off goes on
 * where it stopped, and two servers that turn at once do it together. A record is in the old log, or in the new one, or was
 * refused: the database takes none for a log that has ended. SPEC: audit 15
 */
export class LogTurn {
  readonly #parts: LogTurnParts;

  constructor(parts: LogTurnParts) {
    this.#parts = parts;
  }

  /**
   * Asks, before anything ends, whether a quorum vouches for the old log now, and knows the next one.
   * @throws UnavailableError `audit/turn-unwitnessed`; what signer and database throw.
   */
  async prepare(): Promise<void> {
    const { old, next, clock } = this.#parts;
    if (old.collector === undefined || next.collector === undefined) return;
    const begunMs = clock.nowMs();
    await this.#showEmpty();
    for (const { log, collector } of [next, old]) {
      if (collector === undefined) continue;
      const held = await collector.collect();
      await collector.heard();
      // The clock of a test may stand still; words from before are older in any case.
      if (held === undefined || held.timeMs < begunMs)
        throw turnUnwitnessed({ origin: log.origin, size: held?.size ?? 0 });
    }
  }

  /** @throws UnavailableError `audit/turn-unwitnessed` until a quorum is there; what signer and database throw. */
  async run(reason: LogClosing['reason']): Promise<Turn> {
    const { database, shards, signer, clock, old, next, onStep = () => undefined } = this.#parts;
    const nextOrigin = next.log.origin;
    onStep('end');
    const end = { shard: old.shard, nextShard: next.shard, reason, timeMs: clock.nowMs(), note: undefined };
    await database.writeUnaudited(sequencerPrincipal, (writer) => shards.end(writer, end), {
      reason: 'audit/shard-end',
    });
    if (!(await this.#has(old.shard, 'log.shard.close'))) {
      await numberAll(old);
      onStep('count');
      await orEnded(this.#parts.epochs.closeNow());
      await numberAll(old);
      onStep('close');
      if ((await signer.signedHead(nextOrigin)) === undefined) await signer.admitLog(nextOrigin);
      const [key] = signer.keys(nextOrigin);
      if (key === undefined) throw logCorrupt(nextOrigin, 0);
      const detail = logClosingText({ nextKey: encodeVerifierKey(key), reason });
      await this.#end(detail);
    }
    await numberAll(old);
    onStep('sign');
    const head = await this.#finalHead();
    const finalCheckpoint = await signer.sign({ origin: old.log.origin, head, proof: [] });
    onStep('witness');
    await this.#witnessed(head);
    if (!(await this.#has(next.shard, 'log.genesis'))) {
      onStep('begin');
      const succession = { previousOrigin: old.log.origin, ...head, reason };
      await this.#record(next, genesisEntry(newActId(clock, this.#parts.random), succession, finalCheckpoint));
    }
    onStep('number');
    await numberAll(next);
    const size = await next.publisher.publish();
    // Clients follow once a quorum vouches for the first record as well: the worker goes on asking where it does not yet.
    await witnessedOf(next, size);
    return { previousOrigin: old.log.origin, origin: nextOrigin, head };
  }

  /** A head of size 0 can be witnessed like any other: whoever cosigns it will know the log when it begins. */
  async #showEmpty(): Promise<void> {
    const { database, signer, clock, next } = this.#parts;
    const { origin, tree } = next.log;
    if ((await signer.signedHead(origin)) === undefined) await signer.admitLog(origin);
    const head = { size: 0, root: emptyRoot() };
    const checkpoint = { size: 0, note: await signer.sign({ origin, head, proof: [] }), timeMs: clock.nowMs() };
    await database.writeUnaudited(sequencerPrincipal, (writer) => tree.saveCheckpoint(writer, checkpoint, 0), {
      reason: 'audit/checkpoint',
    });
  }

  /** @throws InternalError `audit/log-corrupt` where the last record is not the one that ends the log. */
  async #finalHead(): Promise<TreeHead> {
    const { database, clock, old } = this.#parts;
    const { tree, leaves, origin } = old.log;
    const size = await old.publisher.publish();
    const [head, checkpoint, last] = await database.read(sequencerPrincipal, async (reader) => [
      await tree.head(reader),
      await tree.checkpoint(reader),
      await leaves.read(reader, size - 1, 2),
    ]);
    const [leaf] = last;
    const isLast = leaf !== undefined && last.length === 1 && decodeAuditLeaf(leaf).ev === 'log.shard.close';
    if (head === undefined || checkpoint === undefined || head.size !== size || !isLast) throw logCorrupt(origin, size);
    // Kept for good, whatever is kept besides.
    const kept = { ...checkpoint, timeMs: clock.nowMs() };
    await database.writeUnaudited(sequencerPrincipal, (writer) => tree.saveCheckpoint(writer, kept, 0), {
      reason: 'audit/checkpoint',
    });
    return head;
  }

  async #witnessed(head: TreeHead): Promise<void> {
    const { old } = this.#parts;
    if (!(await witnessedOf(old, head.size))) throw turnUnwitnessed({ origin: old.log.origin, size: head.size });
  }

  #has(shard: string, event: 'log.genesis' | 'log.shard.close'): Promise<boolean> {
    const { database, shards } = this.#parts;
    return database.read(job, (reader) => shards.has(reader, shard, event));
  }

  /**
   * The last record: refused while anything of another server that does the same waits for an index.
   * @throws UnavailableError `audit/unavailable` while others go on recording.
   */
  async #end(detail: string): Promise<void> {
    const { old } = this.#parts;
    for (let tries = 0; tries < MAX_TRIES && !(await this.#has(old.shard, 'log.shard.close')); tries++) {
      await numberAll(old);
      await this.#record(old, this.#entry('log.shard.close', detail));
    }
    if (!(await this.#has(old.shard, 'log.shard.close'))) throw auditUnavailable('close');
  }

  /** Another server that turns as well may record it first: then that one stands. */
  async #record(log: TurnedLog, entry: AuditEntry): Promise<void> {
    const { database } = this.#parts;
    await orEnded(database.write(job, (writer) => log.recorder.record(writer, entry)));
  }

  #entry(event: AuditEventCode, detail: string): AuditEntry {
    const { clock, random } = this.#parts;
    return {
      ...{ id: newActId(clock, random), event, outcome: 'allowed', reasonCode: 'ok', who: systemActor },
      what: { ...nothingConcerned, detail },
    };
  }
}

/** Whether a quorum vouches for the head of this size; true where there are no witnesses. */
async function witnessedOf({ collector }: TurnedLog, size: number): Promise<boolean> {
  if (collector === undefined) return true;
  let held: StoredCheckpoint | undefined;
  for (let round = 0; round < WITNESS_ROUNDS && held?.size !== size; round++) {
    held = await collector.collect();
    await collector.heard();
  }
  return held?.size === size;
}

const MAX_TRIES = 10;
const ownRules: readonly unknown[] = ['audit_event_genesis', 'audit_event_close'];

async function orEnded(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isTaken = isRogatoryError(error) && ownRules.includes(error.details['constraint']);
    if (!isTaken && !isLogEnded(error)) throw error;
  }
}

/** Until nothing waits for an index, whoever gives it: another server's sequencer may be at work. */
export async function numberAll({ sequencer }: TurnedLog): Promise<void> {
  for (;;) {
    const { leaves, size } = await sequencer.runBatch().catch((error: unknown) => {
      if (isRogatoryError(error) && error.code === 'audit/log-lost') return { leaves: 0, size: undefined };
      throw error;
    });
    if (leaves === 0 && size !== undefined) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
