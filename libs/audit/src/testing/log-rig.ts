import { type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import { openCheckpoint, type SignedCheckpoint, type TrustPolicy, verifyLog } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { AuditRecorder, type RecorderParts } from '../application/audit-recorder.js';
import { CheckpointPublisher } from '../application/log/checkpoint-publisher.js';
import { CosignatureCollector } from '../application/log/cosignature-collector.js';
import { LogReader } from '../application/log/log-reader.js';
import { LocalLogSigner, type LogSigner } from '../application/log/log-signer.js';
import { Sequencer } from '../application/log/sequencer.js';
import { logReaderPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import { MonthKeys } from '../application/month-keys.js';
import { type AuditEntry, nothingConcerned, systemActor } from '../domain/audit-entry.js';
import { noteSigner } from '../folder-signer.js';
import { SqlAuditRecordStore } from '../storage/sql-audit-record.store.js';
import { AuditLeafSource } from '../storage/sql-leaf-sources.js';
import { SqlLogTreeStore } from '../storage/sql-log-tree.store.js';
import { SqlMonthKeyStore } from '../storage/sql-month-key.store.js';
import { Fault, FaultyDatabase, FaultyLeaves, FaultyTree, MemorySignerStore } from './faults.js';
import { quorumOf, TestingWitness } from './witnesses.js';
import { MemoryMonthKeys } from './memory-month-keys.js';

export interface LogRigParts {
  readonly database: Database;
  readonly recorderOf: (shard: string) => AuditRecorder;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly key: SigningKey;
}

let logs = 0;

/** A log of its own for each test, with all that outlives a crash: database, signer state, notes ever signed, witnesses. */
export class LogRig {
  readonly shard = `s${++logs}`;
  readonly origin = `test.invalid/audit/log/${this.shard}`;
  readonly fault = new Fault();
  readonly signerStore = new MemorySignerStore(this.fault);
  readonly notes: Uint8Array[] = [];
  readonly log: TransparencyLog;
  readonly reader: LogReader;
  /** Three, of which each has to cosign. */
  readonly witnesses: readonly TestingWitness[];
  readonly policy: TrustPolicy;
  readonly #parts: LogRigParts;
  readonly #recorder: AuditRecorder;

  constructor(parts: LogRigParts) {
    this.#parts = parts;
    this.#recorder = parts.recorderOf(this.shard);
    const leaves = new AuditLeafSource(this.shard);
    this.log = { origin: this.origin, tree: new SqlLogTreeStore(this.origin), leaves, keepCheckpointsEveryMs: 60_000 };
    this.reader = new LogReader(parts.database, this.log);
    const { key } = noteSigner(this.origin, parts.key);
    this.witnesses = ['fr', 'de', 'nl'].map((name, i) => new TestingWitness(name, i + 1, [key]));
    this.policy = { ...quorumOf(this.witnesses.length, this.witnesses), logs: [{ key, url: undefined }] };
  }

  async record(count: number): Promise<void> {
    const { clock, random, database } = this.#parts;
    const entries: AuditEntry[] = Array.from({ length: count }, () => ({
      ...{ id: newActId(clock, random), event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
      ...{ who: systemActor, what: nothingConcerned },
    }));
    await database.write({ kind: 'job', job: 'audit-test' }, (writer) => this.#recorder.recordMany(writer, entries));
  }

  /** As after a restart: nothing is remembered but what was stored. Every step can be made to fail. */
  start(log: TransparencyLog = this.log) {
    const { fault } = this;
    const { clock } = this.#parts;
    const faulty = { ...log, tree: new FaultyTree(log.tree, fault), leaves: new FaultyLeaves(log.leaves, fault) };
    const database = new FaultyDatabase(this.#parts.database, fault);
    const signer = this.#signer();
    return {
      sequencer: new Sequencer(database, faulty),
      publisher: new CheckpointPublisher(database, faulty, signer, clock),
      collector: new CosignatureCollector({
        ...{ log: faulty, logKeys: signer.keys(this.origin), policy: this.policy, clock },
        database: new FaultyDatabase(this.#parts.database, fault, 'witnessed: '),
        clientOf: (witness) => this.#wayTo(this.witnesses.find((known) => known.witness === witness)),
        onChange: () => undefined,
      }),
    };
  }

  async settle(): Promise<number> {
    const { sequencer, publisher } = this.start();
    while ((await sequencer.runBatch()).leaves > 0);
    return publisher.publish();
  }

  open(note: Uint8Array): SignedCheckpoint {
    const witnessKeys = this.witnesses.map(({ witness }) => witness.key);
    return openCheckpoint(note, { origin: this.origin, logKeys: [this.#noteSigner().key], witnessKeys });
  }

  /** Size of the head that every witness cosigned last. */
  async witnessedSize(): Promise<number> {
    const { database } = this.#parts;
    const stored = await database.read(logReaderPrincipal, (reader) => this.log.tree.witnessed(reader));
    return stored?.size ?? 0;
  }

  /** Verifies bytes to signature, as an auditor would, against every head that was ever signed. */
  async verify() {
    const checkpoint = await this.reader.checkpoint();
    if (checkpoint === undefined) throw new Error('no checkpoint');
    const tiles = { readTile: (path: string) => this.reader.file(path) };
    return verifyLog({ tiles, checkpoint: checkpoint.note, open: (note) => this.open(note), earlier: this.notes });
  }

  #noteSigner() {
    return noteSigner(this.origin, this.#parts.key);
  }

  #signer(): LogSigner {
    const inner = new LocalLogSigner(this.signerStore, () => this.#noteSigner());
    return {
      keys: (origin) => inner.keys(origin),
      signedHead: (origin) => inner.signedHead(origin),
      admitLog: (origin) => inner.admitLog(origin),
      signAbandonment: (given) => inner.signAbandonment(given),
      sign: (request) =>
        this.fault.around('signer/sign', async () => {
          const note = await inner.sign(request);
          this.notes.push(note);
          return note;
        }),
    };
  }

  /** The witness may not be reached, or its answer may be lost on the way back. */
  #wayTo(witness: TestingWitness | undefined) {
    if (witness === undefined) return undefined;
    const isFirst = witness === this.witnesses[0];
    return {
      addCheckpoint: (request: Parameters<TestingWitness['addCheckpoint']>[0]) =>
        isFirst
          ? this.fault.around('witness/add-checkpoint', () => witness.addCheckpoint(request))
          : witness.addCheckpoint(request),
    };
  }
}

/** Recorders for the logs of a suite; one key of the month for all. */
export async function recordersOf(
  { database, clock, random }: Pick<LogRigParts, 'database' | 'clock' | 'random'>,
  databaseRecorder: RecorderParts['databaseRecorder'],
): Promise<LogRigParts['recorderOf']> {
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), new MemoryMonthKeys(random), random);
  await monthKeys.prepare(clock.nowMs());
  return (shard) =>
    new AuditRecorder({ store: new SqlAuditRecordStore(shard), monthKeys, databaseRecorder, clock, random, shard });
}
