import type { ActId } from '@rogatory/kernel';
import { accessRefused } from '@rogatory/access';
import type { Database, DatabasePrincipal, Reader } from '@rogatory/platform-database';
import type { AuditEntry } from '../domain/audit-entry.js';
import type { ActRunner } from './act-runner.js';
import type { AuditRecordReader, StoredLeaf } from './audit-record.store.js';
import type { AuditRecorder } from './audit-recorder.js';
import type { LogReaders } from './log/log-readers.js';

/** What a client keeps for good: the exact leaf, and the proof of its place in the log. */
export interface Receipt {
  readonly leaf: Uint8Array;
  /** `.tlog-proof` bytes; undefined while the record waits for a signed head. */
  readonly proof: Uint8Array | undefined;
  /** Consistency proof from the head that the client verified before to that of the proof; empty for none. */
  readonly consistency: readonly Uint8Array[];
}

export interface ReceiptParts {
  readonly database: Database;
  readonly records: Pick<AuditRecordReader, 'findLeaf' | 'findBareLeaf'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly logs: Pick<LogReaders, 'of' | 'current'>;
  readonly acts: Pick<ActRunner, 'accounted'>;
}

/** A device fetches the receipts of its own acts; row-level security shows it no others. */
export class ReadReceipt {
  readonly #parts: ReceiptParts;

  constructor(parts: ReceiptParts) {
    this.#parts = parts;
  }

  /**
   * `entry` is the record of this look-up (`audit.receipt`). @param knownSize size of the newest head that the client verified.
   * @throws RefusedError `access/refused` for any other record, and for none.
   */
  async run(principal: DatabasePrincipal, entry: AuditEntry, id: ActId, knownSize = 0): Promise<Receipt> {
    const { database, records, recorder } = this.#parts;
    const receipt = await database.write(principal, async (writer) => {
      const found = await records.findLeaf(writer, id);
      const proven = await this.#proof(writer, found, knownSize);
      await recorder.record(writer, entry);
      return found && { leaf: found.leaf, proof: proven?.proof, consistency: proven?.consistency ?? [] };
    });
    const known = receipt ?? (await this.#recovered(id, knownSize));
    if (known !== undefined) return known;
    const error = accessRefused('not-own');
    // The look-up stands in the log already.
    this.#parts.acts.accounted(error);
    throw error;
  }

  /**
   * Of a record that was put back from a copy after its facts were lost, the leaf is all there is; whoever knows its id, which
   * is random, gets the proof of it.
   */
  async #recovered(id: ActId, knownSize: number): Promise<Receipt | undefined> {
    const { database, records } = this.#parts;
    return database.read({ kind: 'job', job: 'audit-receipt' }, async (reader) => {
      const found = await records.findBareLeaf(reader, id);
      const proven = await this.#proof(reader, found, knownSize);
      return found && { leaf: found.leaf, proof: proven?.proof, consistency: proven?.consistency ?? [] };
    });
  }

  /** The head that the client verified is one of the current log: to that of a log which ended nothing leads from there. */
  async #proof(reader: Reader, found: StoredLeaf | undefined, knownSize: number) {
    if (found?.index === undefined) return undefined;
    const { logs } = this.#parts;
    const log = logs.of(found.shard);
    return log?.proofSince(reader, found.index, log === logs.current ? knownSize : 0);
  }
}
