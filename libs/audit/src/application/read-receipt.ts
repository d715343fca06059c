import type { ActId } from '@rogatory/kernel';
import { accessRefused } from '@rogatory/access';
import type { Database, DatabasePrincipal } from '@rogatory/platform-database';
import type { AuditEntry } from '../domain/audit-entry.js';
import type { ActRunner } from './act-runner.js';
import type { AuditRecordReader } from './audit-record.store.js';
import type { AuditRecorder } from './audit-recorder.js';
import type { LogReader } from './log/log-reader.js';

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
  readonly log: LogReader;
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
    const { database, records, recorder, log } = this.#parts;
    const receipt = await database.write(principal, async (writer) => {
      const found = await records.findLeaf(writer, id);
      const proven = found?.index === undefined ? undefined : await log.proofSince(writer, found.index, knownSize);
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
    const { database, records, log } = this.#parts;
    return database.read({ kind: 'job', job: 'audit-receipt' }, async (reader) => {
      const found = await records.findBareLeaf(reader, id);
      const proven = found?.index === undefined ? undefined : await log.proofSince(reader, found.index, knownSize);
      return found && { leaf: found.leaf, proof: proven?.proof, consistency: proven?.consistency ?? [] };
    });
  }
}
