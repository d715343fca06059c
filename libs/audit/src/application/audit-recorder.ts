import { type ActId, type Clock, limits, type RandomBytes } from '@rogatory/kernel';
import { leafHash } from '@rogatory/tlog';
import type { AuditRecorder as DatabaseRecorder, Writer } from '@rogatory/platform-database';
import { isLogEnded } from '../domain/audit.errors.js';
import type { AuditEntry } from '../domain/audit-entry.js';
import type { AuditRecordWriter } from './audit-record.store.js';
import { buildRecord } from './build-record.js';
import type { MonthKeys } from './month-keys.js';

/** A record that commits with the caller's transaction. */
export interface RecordedAct {
  readonly id: ActId;
  /** Exact bytes of the leaf. */
  readonly leaf: Uint8Array;
  /** RFC 6962 leaf hash. */
  readonly leafHash: Uint8Array;
  readonly timeMs: number;
}

export interface RecorderParts {
  readonly store: AuditRecordWriter;
  readonly monthKeys: MonthKeys;
  /** From `database.claimAuditRecorder()`: nobody else can mark a transaction as recorded. */
  readonly databaseRecorder: DatabaseRecorder;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Name of the log that takes new records. */
  readonly shard: string;
  /** Called after a commit, with the number of new records; wakes the sequencer. */
  readonly onCommitted?: (records: number) => void;
  /** Somebody else ended the log: a record was refused for it. */
  readonly onEnded?: (() => void) | undefined;
}

/** Records acts inside the transaction that carries them out: both commit, or neither. */
export class AuditRecorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /**
   * One record, in one statement.
   * @throws UsageError `audit/incomplete-entry`; RefusedError `audit/duplicate-act`, `audit/counter-reused`;
   * UnavailableError `audit/unavailable`; whatever the database throws. After any of them the transaction is lost.
   */
  async record(writer: Writer, entry: AuditEntry): Promise<RecordedAct> {
    const [recorded] = await this.recordMany(writer, [entry]);
    return recorded as RecordedAct;
  }

  /** Several records, in one statement per `limits.sequencerBatchRecords`; results in the order of the entries. */
  async recordMany(writer: Writer, entries: readonly AuditEntry[]): Promise<readonly RecordedAct[]> {
    const { store, databaseRecorder, onCommitted } = this.#parts;
    const timeMs = this.#parts.clock.nowMs();
    const { monthKeys, shard, random } = this.#parts;
    const records = entries.map((entry) =>
      buildRecord(entry, { shard, timeMs, monthKey: monthKeys.at(timeMs, entry.event), random }),
    );
    const added: Promise<void>[] = [];
    for (let at = 0; at < records.length; at += limits.sequencerBatchRecords) {
      added.push(store.add(writer, records.slice(at, at + limits.sequencerBatchRecords)));
    }
    // Said before the answers are there: a statement that fails ends the transaction, and a commit behind it with it.
    if (records.length > 0) {
      databaseRecorder.recorded(writer);
      writer.afterCommit(() => onCommitted?.(records.length));
    }
    await Promise.all(added).catch((error: unknown) => {
      if (isLogEnded(error)) this.#parts.onEnded?.();
      throw error;
    });
    return records.map(({ id, leaf }) => ({ id, leaf, leafHash: leafHash(leaf), timeMs }));
  }
}
