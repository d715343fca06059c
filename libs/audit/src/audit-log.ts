import { join } from 'node:path';
import { type Clock, limits, pooledRandom, type RandomBytes } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import type { AuditRecorder as DatabaseRecorder, Database } from '@rogatory/platform-database';
import { loadOrCreateSecret } from '@rogatory/platform-files';
import { ActRunner } from './application/act-runner.js';
import type { CheckLog } from './application/check/check-log.js';
import type { CaseOwners } from './application/case-owners.js';
import { AuditRecorder } from './application/audit-recorder.js';
import { ExportRecords } from './application/export/export-records.js';
import type { AnchoredCompartments } from './application/epochs/compartment-heads.js';
import { type CountedLog, CountedLogs } from './application/epochs/counted-logs.js';
import { EpochAnchors } from './application/epochs/epoch-anchors.js';
import { type EpochParts, Epochs } from './application/epochs/epochs.js';
import { EpochWorker } from './application/epochs/epoch-worker.js';
import { ReadEpochs } from './application/epochs/read-epochs.js';
import { GetRecord } from './application/get-record.js';
import { AddNote } from './application/notes/add-note.js';
import { ListReports, type ListReportsParts } from './application/reports/list-reports.js';
import { ReviewDue } from './application/reports/review-due.js';
import { SubmitReport, type SubmitReportParts } from './application/reports/submit-report.js';
import { ListRecords } from './application/list-records.js';
import { LogReader } from './application/log/log-reader.js';
import { LogReaders, shardNameOf } from './application/log/log-readers.js';
import type { LogSigner } from './application/log/log-signer.js';
import type { LogWorker } from './application/log/log-worker.js';
import type { WitnessState } from './application/log/witness-worker.js';
import { MonthKeys } from './application/month-keys.js';
import { PromiseSigner } from './application/promise-signer.js';
import { ReadReceipt } from './application/read-receipt.js';
import { ReadSuccession } from './application/read-succession.js';
import { ReleaseGate } from './application/release-gate.js';
import { UnprovenRefusals } from './application/unproven-refusals.js';
import { auditLogOf, auditRecords, logCheck } from './log-check.js';
import type { AuditOrders } from './application/retention/audit-orders.js';
import type { ExpireOpenings } from './application/retention/expire-openings.js';
import { defaultRetention, type RetentionSettings } from '@rogatory/protocol';
import { type RetentionPart, retentionPart } from './retention-part.js';
import { type FindingFacts, type FindingsPart, openFindings } from './findings-part.js';
import { type RunningLog, runningLog, type Witnesses } from './running-log.js';
import { FolderMonthKeys } from './storage/folder-month-keys.js';
import { SqlEpochStore } from './storage/sql-epoch.store.js';
import { SqlAuditRecordStore } from './storage/sql-audit-record.store.js';
import { SqlExportSource } from './storage/sql-export-source.js';
import { SqlNoteStore } from './storage/sql-note.store.js';
import { SqlMonthKeyStore } from './storage/sql-month-key.store.js';
import { SqlReportStore } from './storage/sql-report.store.js';
import { SqlShardStore } from './storage/sql-shard.store.js';
import { SqlRecordMarks } from './storage/sql-record-marks.js';

export interface AuditLogOptions {
  readonly database: Database;
  /** Where it was claimed already; else this part claims it. */
  readonly databaseRecorder?: DatabaseRecorder;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Keys that wrap the openings and sign promises: private, apart from the database. */
  readonly secretsFolder: string;
  readonly signer: LogSigner;
  /** Origin of the log, such as "rogatory.example/audit/log/2026h2"; what follows the last slash is its shard. */
  readonly origin: string;
  /** Origins of the logs before it, the earliest first. */
  readonly past?: readonly string[];
  /** Says whose case a refused request is about; left out where there are no cases. */
  readonly owners?: CaseOwners;
  /** Whose heads the hourly epochs commit to; left out where there are no cases. */
  readonly compartments?: AnchoredCompartments;
  /** Who vouches for the log besides its signer. */
  readonly witnesses?: Witnesses | undefined;
  /** For how long openings are kept; 36 months where left out. */
  readonly retention?: RetentionSettings;
  /** What findings rest on besides the records. */
  readonly findings?: FindingFacts;
  readonly onFault: (error: unknown) => void;
  /** Somebody else ended this log: whoever composed this part opens the next one. */
  readonly onEnded?: (() => void) | undefined;
}

/** The audit part of a server. */
export interface AuditLog {
  /** The way of every act of the other features. */
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  readonly gate: ReleaseGate;
  readonly promises: PromiseSigner;
  readonly reader: LogReader;
  /** This log and those before it. */
  readonly logs: LogReaders;
  readonly worker: LogWorker;
  readonly listRecords: ListRecords;
  readonly getRecord: GetRecord;
  readonly addNote: AddNote;
  readonly listReports: ListReports;
  readonly submitReport: SubmitReport;
  /** When oversight bodies have to look again. */
  readonly reviewDue: ReviewDue;
  readonly exportRecords: ExportRecords;
  readonly readReceipt: ReadReceipt;
  readonly readEpochs: ReadEpochs;
  /** What the epochs say of compartments. */
  readonly anchors: EpochAnchors;
  readonly readSuccession: ReadSuccession;
  readonly epochs: Epochs;
  /** Erasures, holds and restrictions that two auditors order. */
  readonly orders: AuditOrders;
  /** Clears what need not be kept any longer; runs by itself once a day. */
  readonly expiry: ExpireOpenings;
  readonly refusals: UnprovenRefusals;
  /** Derives the log anew and names what differs. */
  readonly check: CheckLog;
  /** The same of the logs before it. */
  readonly pastChecks: readonly CheckLog[];
  /** What the server proposes to auditors. */
  readonly findings: FindingsPart;
  /** How far the witnesses vouch for the log; undefined without any. */
  witnessState(): WitnessState | undefined;
  /** Starts the worker, keeps the month's key ready and records what was only counted. */
  start(): void;
  stop(): Promise<void>;
}

const KEY_CHECK_MS = 6 * 3_600_000;

/**
 * Puts the audit part together and makes its keys ready; claims the database's audit recorder.
 * @throws InternalError `files/secret`; UsageError `database/recorder-claimed`; whatever the database throws.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { database, clock, random, secretsFolder, signer, origin, onFault } = options;
  const shard = shardNameOf(origin);
  const records = new SqlAuditRecordStore(shard);
  const wrappingKeys = new FolderMonthKeys(secretsFolder, random);
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), wrappingKeys, random);
  await monthKeys.prepare(clock.nowMs());
  const promiseSeed = await loadOrCreateSecret(join(secretsFolder, 'promise.seed'), random);
  const databaseRecorder = options.databaseRecorder ?? database.claimAuditRecorder();
  // A record draws ten short values: openings and nonces.
  const drawn = pooledRandom(random, limits.randomPoolBytes);
  const onCommitted = () => worker.expect();
  const recording = { store: records, monthKeys, databaseRecorder, clock, random: drawn, shard };
  const recorder = new AuditRecorder({ ...recording, onCommitted, onEnded: options.onEnded });
  const log = auditLogOf(origin);
  const { owners, witnesses } = options;
  const onHead = () => gate.notifyHead();
  const running = runningLog({ database, log, signer, clock, witnesses, onHead, onFault });
  const { reader, worker } = running;
  const hasWitnesses = witnesses !== undefined;
  const gate = new ReleaseGate({ database, records, tree: log.tree, hasWitnesses, clock, wake: () => worker.wake() });
  const promises = new PromiseSigner(SigningKey.fromSeed(promiseSeed), origin);
  const marks = new SqlRecordMarks();
  const notes = new SqlNoteStore();
  const { past = [] } = options;
  const logs = readersOf(database, reader, past);
  const pastShards = past.map(shardNameOf);
  const review = { database, records, recorder, monthKeys, marks, promises, clock, shard, pastShards };
  const refusals = new UnprovenRefusals({ database, recorder, clock, random });
  const findings = openFindings({ ...review, random, onFault, ...options.findings });
  const parts = { database, recorder, gate, promises, records, refusals, clock, random };
  const counts = { database, recorder, clock, random, compartments: options.compartments };
  const { epochs, counted } = countedLogs(counts, { reader, logs });
  const acts = new ActRunner({ ...parts, ...(owners && { owners }) });
  const checkOf = (name: string) =>
    logCheck({ database, log: auditLogOf(name), signer, records: auditRecords(database, name, monthKeys) });
  const environment = { clock, random: drawn };
  const { retention: settings = defaultRetention } = options;
  const retention = retentionPart({ database, acts, recorder, monthKeys, settings, environment, onFault });
  return {
    ...{ recorder, gate, reader, worker, promises, refusals, acts, findings },
    listRecords: new ListRecords(review),
    getRecord: new GetRecord({ ...review, notes, acts }, logs),
    addNote: new AddNote({ ...review, notes }),
    ...reportUses({ ...review, counted, reports: new SqlReportStore([...pastShards, shard]), ...keysOf(logs, signer) }),
    epochs,
    readSuccession: new ReadSuccession({ database, shards: new SqlShardStore(), logs, monthKeys, clock, signer }),
    readEpochs: new ReadEpochs({ ...review, gate, logs: counted }),
    anchors: new EpochAnchors({ database, counted: counted.of(shard), gate, monthKeys }),
    exportRecords: new ExportRecords({
      database,
      sourceOf: (name) => new SqlExportSource(name),
      logs,
      monthKeys,
      marks,
      acts,
    }),
    ...{ orders: retention.orders, expiry: retention.expiry },
    readReceipt: new ReadReceipt({ database, records, recorder, logs, acts }),
    logs,
    check: checkOf(origin),
    pastChecks: past.map(checkOf),
    witnessState: () => running.witnessState(),
    ...lifecycle(
      { running, monthKeys, refusals, retention, findings, epochs: new EpochWorker(epochs, onFault) },
      options,
    ),
  };
}

function reportUses(
  parts: SubmitReportParts & ListReportsParts,
): Pick<AuditLog, 'listReports' | 'submitReport' | 'reviewDue'> {
  return {
    listReports: new ListReports(parts),
    submitReport: new SubmitReport(parts),
    reviewDue: new ReviewDue(parts),
  };
}

/** The counts of every log: those of the current one go on. */
function countedLogs(
  parts: Omit<EpochParts, 'store' | 'tree' | 'origin'>,
  { reader, logs }: { readonly reader: LogReader; readonly logs: LogReaders },
): { readonly epochs: Epochs; readonly counted: CountedLogs } {
  const open = (log: LogReader): CountedLog & { readonly epochs: Epochs } => {
    const { origin, tree } = log.log;
    const store = new SqlEpochStore(shardNameOf(origin));
    return { store, epochs: new Epochs({ ...parts, store, tree, origin }), log, isOver: log !== reader };
  };
  const current = open(reader);
  const past = (shard: string) => open(logs.of(shard) ?? reader);
  return { epochs: current.epochs, counted: new CountedLogs(shardNameOf(reader.log.origin), current, past) };
}

function keysOf(logs: LogReaders, signer: LogSigner): Pick<SubmitReportParts, 'logOf'> {
  return {
    logOf: (shard) => {
      const origin = logs.of(shard)?.log.origin;
      return origin === undefined ? undefined : { origin, keys: signer.keys(origin) };
    },
  };
}

function readersOf(database: Database, current: LogReader, past: readonly string[]): LogReaders {
  const readers = past.map((origin) => new LogReader(database, auditLogOf(origin), current.hasWitnesses));
  return new LogReaders(current, readers);
}

interface Running {
  readonly running: RunningLog;
  readonly monthKeys: MonthKeys;
  readonly refusals: UnprovenRefusals;
  readonly retention: RetentionPart;
  readonly epochs: EpochWorker;
  readonly findings: FindingsPart;
}

function lifecycle(
  { running, monthKeys, refusals, retention, findings, epochs }: Running,
  { clock, onFault }: AuditLogOptions,
): Pick<AuditLog, 'start' | 'stop'> {
  const timers: ReturnType<typeof setInterval>[] = [];
  let flushing: Promise<void> = Promise.resolve();
  const flush = () => {
    flushing = flushing.then(() => refusals.flush()).catch(onFault);
    return flushing;
  };
  return {
    start: () => {
      running.start();
      epochs.start();
      findings.start();
      if (timers.length > 0) return;
      timers.push(setInterval(() => void monthKeys.prepare(clock.nowMs()).catch(onFault), KEY_CHECK_MS));
      timers.push(setInterval(() => void flush(), limits.refusalSumMs));
      retention.start();
    },
    stop: async () => {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await findings.stop();
      await retention.stop();
      await flush();
      await epochs.stop();
      await running.stop();
    },
  };
}
