import { type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import { genesisEntry } from '../application/log/log-succession.js';
import type { LogSigner } from '../application/log/log-signer.js';
import type { TreeHead } from '../application/log/log-tree.store.js';
import { sequencerPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import type { AuditLog } from '../audit-log.js';
import { notAbandoned, signerUnknownLog } from '../domain/audit.errors.js';
import { shardNameOf } from '../application/log/log-readers.js';
import type { CosignatureCollector } from '../application/log/cosignature-collector.js';
import type { ShardStore } from '../application/shard.store.js';
import type { RecoveryStore } from '../application/recovery.store.js';

export interface AbandonLogParts {
  readonly database: Database;
  readonly signer: LogSigner;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** The log that cannot be carried on. */
  readonly log: TransparencyLog;
  /** Records of its shard, and of the next one. */
  readonly store: RecoveryStore;
  readonly nextStore: Pick<RecoveryStore, 'isBegun'>;
  readonly shards: Pick<ShardStore, 'end'>;
  /** Asks the witnesses once more for the last head; absent where there are none. */
  readonly collector?: Pick<CosignatureCollector, 'collect' | 'heard'> | undefined;
  /** The log that follows: of the same server, under an origin that was never signed. Not started. */
  readonly next: AuditLog;
  readonly nextOrigin: string;
}

/** What an abandonment came to. */
export interface Abandonment {
  readonly previousOrigin: string;
  readonly origin: string;
  /** The last head of the abandoned log that its signer vouches for. */
  readonly head: TreeHead;
  /** That head as a signed checkpoint: the first record of the next log names its hash. */
  readonly finalCheckpoint: Uint8Array;
  /** Records that had no index yet and are recorded in the next log. */
  readonly moved: number;
  /** Whether a quorum vouches for that head; undefined without witnesses. Without it, clients with a policy do not follow. */
  readonly isWitnessed: boolean | undefined;
}

/**
 * Gives a log up whose records between the database and the signer's head are lost for good, and begins the next one. Its
 * first record names the last head that was signed, so that the end of the old log, and what is missing of it, stand in
 * the new one for everybody to see. Goes on where it was cut off.
 */
export class AbandonLog {
  readonly #parts: AbandonLogParts;

  constructor(parts: AbandonLogParts) {
    this.#parts = parts;
  }

  /**
   * @throws UsageError `audit/not-abandoned` while the database has everything that was signed: such a log goes on; what
   * the signer and the database throw.
   */
  async run(): Promise<Abandonment> {
    const { database, signer, log, next, nextOrigin, clock, random, store } = this.#parts;
    const head = await signer.signedHead(log.origin);
    const stored = await database.read(sequencerPrincipal, (reader) => log.tree.head(reader));
    if (head === undefined || head.size <= (stored?.size ?? 0)) throw notAbandoned(log.origin);
    const finalCheckpoint = await signer.sign({ origin: log.origin, head, proof: [] });
    await this.#keepFinal({ size: head.size, note: finalCheckpoint, timeMs: clock.nowMs() });
    const isWitnessed = await this.#witnessed(head.size);
    await this.#end(nextOrigin);
    if (!(await database.read(sequencerPrincipal, (reader) => this.#parts.nextStore.isBegun(reader)))) {
      const succession = { previousOrigin: log.origin, ...head, reason: 'abandoned' } as const;
      await database.write({ kind: 'job', job: 'audit-recovery' }, (writer) =>
        next.recorder.record(writer, genesisEntry(newActId(clock, random), succession, finalCheckpoint)),
      );
    }
    // Alone: the first record of the next log has the index 0.
    await next.worker.tick();
    const moved = await database.writeUnaudited(
      sequencerPrincipal,
      (writer) => store.moveUnnumbered(writer, nextOrigin.slice(nextOrigin.lastIndexOf('/') + 1)),
      { reason: 'audit/sequence' },
    );
    await next.worker.tick();
    return { previousOrigin: log.origin, origin: nextOrigin, head, finalCheckpoint, moved, isWitnessed };
  }

  /** The signer's word on which log follows; from here on nothing more is recorded in this one. */
  async #end(nextOrigin: string): Promise<void> {
    const { database, signer, log, clock, shards } = this.#parts;
    const timeMs = clock.nowMs();
    const [nextKey] = signer.keys(nextOrigin);
    if (nextKey === undefined) throw signerUnknownLog(nextOrigin);
    const note = await signer.signAbandonment({ origin: log.origin, nextKey, timeMs });
    const [shard, nextShard] = [shardNameOf(log.origin), shardNameOf(nextOrigin)];
    await database.writeUnaudited(
      sequencerPrincipal,
      (writer) => shards.end(writer, { shard, nextShard, reason: 'abandoned', timeMs, note }),
      { reason: 'audit/shard-end' },
    );
  }

  /** Those that hold this very head need no proof to say so again; the others cannot be given one any more. */
  async #witnessed(size: number): Promise<boolean | undefined> {
    const { collector } = this.#parts;
    if (collector === undefined) return undefined;
    const held = await collector.collect();
    await collector.heard();
    return held?.size === size;
  }

  async #keepFinal(checkpoint: { readonly size: number; readonly note: Uint8Array; readonly timeMs: number }) {
    const { database, log } = this.#parts;
    await database.writeUnaudited(sequencerPrincipal, (writer) => log.tree.saveCheckpoint(writer, checkpoint, 0), {
      reason: 'audit/checkpoint',
    });
  }
}
