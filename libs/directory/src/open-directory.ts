import { type Clock, limits, type RandomBytes } from '@rogatory/kernel';
import {
  type ActRunner,
  type AuditRecorder,
  type CheckLog,
  logCheck,
  type LogReader,
  type LogSigner,
  type LogWorker,
  NumberedLeafSource,
  type RunningLog,
  runningLog,
  SqlLogTreeStore,
  type TransparencyLog,
  type Witnesses,
  type WitnessState,
} from '@rogatory/audit';
import type { Bus, Subscription } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import { AppendDirectory } from './application/append-directory.js';
import type { DirectoryReader } from './application/directory-reader.js';
import { DirectoryReplica } from './application/directory-replica.js';
import { ImportBundle } from './application/import-bundle.js';
import { PublishPrekeys } from './application/publish-prekeys.js';
import { ReadDirectory } from './application/read-directory.js';
import { ReadForReplay } from './application/read-for-replay.js';
import { ReadPrekeys } from './application/read-prekeys.js';
import { SignedHeads } from './application/signed-heads.js';
import { WitnessRequests } from './application/witness-requests.js';
import { demoIdentities } from './domain/directory.errors.js';
import { SqlDirectoryStore } from './storage/sql-directory.store.js';
import { SqlPrekeyStore } from './storage/sql-prekey.store.js';
import { SqlUsedNonces } from './storage/sql-used-nonces.js';

export interface DirectoryOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  /** Knows a key for `origin`. */
  readonly signer: LogSigner;
  /** Who vouches for the log besides its signer. */
  readonly witnesses?: Witnesses | undefined;
  /** Origin of the log, such as "rogatory.example/directory/log". */
  readonly origin: string;
  /** Hash of the federation's first root file. */
  readonly pinnedRootHash: Uint8Array;
  /** Only the demo profile: identities whose keys are for everybody may stand in the directory. */
  readonly admitsDemo: boolean;
  readonly onFault: (error: unknown) => void;
}

/** The directory part of a server. */
export interface Directory {
  readonly reader: DirectoryReader;
  readonly log: LogReader;
  /** Derives the stored log anew and names what differs. */
  readonly check: CheckLog;
  readonly worker: LogWorker;
  readonly importBundle: ImportBundle;
  readonly appendDirectory: AppendDirectory;
  readonly readDirectory: ReadDirectory;
  readonly publishPrekeys: PublishPrekeys;
  readonly readPrekeys: ReadPrekeys;
  readonly readForReplay: ReadForReplay;
  /** How far the witnesses vouch for the log; undefined without any. */
  witnessState(): WitnessState | undefined;
  /** Looks for entries that other servers appended. */
  refresh(): Promise<void>;
  /** Resolves when everything known here is under a signed head, or after `limits.gateTimeoutMs`. Needs `start`. */
  signed(): Promise<void>;
  /** Starts signing heads and following other servers. */
  start(): void;
  stop(): Promise<void>;
}

export const directoryTopic = 'directory';

/**
 * Puts the directory together and replays it.
 * @throws InternalError `directory/stored-log` when storage does not replay; RefusedError `directory/demo-identities` when
 * it holds some that are not admitted; whatever the database throws.
 */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const { database, bus, clock, random, acts, recorder, signer, origin, onFault, admitsDemo } = options;
  const [store, prekeys] = [new SqlDirectoryStore(), new SqlPrekeyStore()];
  const replica = new DirectoryReplica({ database, entries: store, pinnedRootHash: options.pinnedRootHash });
  await replica.refresh();
  if (
    !admitsDemo &&
    replica
      .current()
      .authorities()
      .some(({ record }) => record.isDemo)
  )
    throw demoIdentities();
  const log = directoryLogOf(origin);
  const onHead = () => heads.notifySigned();
  const running = runningLog({ database, log, signer, clock, witnesses: options.witnesses, onHead, onFault });
  const { reader, worker } = running;
  const heads = new SignedHeads({ log: reader, replica, clock, wake: () => worker.wake() });
  const witnessKeys = options.witnesses?.policy.witnesses.map(({ key }) => key) ?? [];
  const requests = new WitnessRequests({ origin, witnessKeys, clock });
  const announce = (size: number) => {
    bus.publish(directoryTopic, [String(size)]);
    worker.wake();
  };
  return {
    reader: directoryReader(replica, heads),
    ...{ log: reader, worker },
    importBundle: new ImportBundle({ database, recorder, store, replica, clock, random, admitsDemo }),
    appendDirectory: new AppendDirectory({ acts, store, replica, heads, clock, announce, admitsDemo }),
    readDirectory: new ReadDirectory({ acts, entries: store, heads }),
    publishPrekeys: new PublishPrekeys({ acts, prekeys, directory: replica, clock }),
    readPrekeys: new ReadPrekeys({ acts, prekeys, directory: replica, clock }),
    readForReplay: new ReadForReplay({ acts, log: reader, requests, nonces: new SqlUsedNonces(), clock }),
    refresh: () => replica.refresh(),
    signed: async () => void (await heads.covering(replica.history.size, 'signed')),
    check: logCheck({ database, log, signer }),
    witnessState: () => running.witnessState(),
    ...lifecycle(replica, running, options),
  };
}

/** The directory's log as it is stored. */
export function directoryLogOf(origin: string): TransparencyLog {
  const leaves = new NumberedLeafSource({ table: 'directory_entry', indexColumn: 'idx', leafColumn: 'bytes' });
  return { origin, tree: new SqlLogTreeStore(origin), leaves, keepCheckpointsEveryMs: 0 };
}

function directoryReader(replica: DirectoryReplica, heads: SignedHeads): DirectoryReader {
  return {
    get history() {
      return replica.history;
    },
    current: () => replica.current(),
    at: (size) => replica.at(size),
    isKnownHead: (head) => replica.isKnownHead(head),
    head: () => heads.newest(),
    onAdvance: (listener) => replica.onAdvance(listener),
  };
}

function lifecycle(
  replica: DirectoryReplica,
  log: RunningLog,
  { bus, database, onFault }: DirectoryOptions,
): Pick<Directory, 'start' | 'stop'> {
  let subscription: Subscription | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let running: Promise<void> = Promise.resolve();
  const follow = () => {
    running = replica.refresh().catch(onFault);
  };
  return {
    start: () => {
      subscription ??= bus.subscribe(directoryTopic, follow);
      // The embedded engine serves one process, which appends everything itself.
      if (database.engine === 'postgres') timer ??= setInterval(follow, limits.directoryPollMs);
      log.start();
    },
    stop: async () => {
      subscription?.close();
      clearInterval(timer);
      await running;
      await log.stop();
    },
  };
}
