import type { Clock } from '@rogatory/kernel';
import type { PolicyWitness, TrustPolicy } from '@rogatory/tlog';
import { CheckpointPublisher } from './application/log/checkpoint-publisher.js';
import { CosignatureCollector } from './application/log/cosignature-collector.js';
import { LogReader } from './application/log/log-reader.js';
import type { LogSigner } from './application/log/log-signer.js';
import { LogWorker } from './application/log/log-worker.js';
import { Sequencer } from './application/log/sequencer.js';
import type { WitnessClient } from './application/log/witness-client.js';
import { type WitnessState, WitnessWorker } from './application/log/witness-worker.js';
import type { LogDatabase, TransparencyLog } from './application/log/transparency-log.js';

export interface RunningLogOptions {
  readonly database: LogDatabase;
  readonly log: TransparencyLog;
  readonly signer: LogSigner;
  readonly clock: Clock;
  /** Who vouches for the log; left out where nobody does yet. */
  readonly witnesses?: Witnesses | undefined;
  /** A head of this size is signed, or witnessed. */
  readonly onHead?: (size: number) => void;
  /** Told of each failed tick: the log stands still meanwhile, and the release gate with it. */
  readonly onFault: (error: unknown) => void;
}

/** The witnesses of a server, and the way to each. */
export interface Witnesses {
  readonly policy: TrustPolicy;
  readonly clientOf: (witness: PolicyWitness) => WitnessClient | undefined;
  /** A witness failed for a log, with another code than before, or answers again (`error` undefined). */
  readonly onChange: (where: WitnessedPlace, error: unknown) => void;
  /** A witness failed for a log: told each time, with the code. */
  readonly onFailure?: (where: WitnessedPlace, code: string) => void;
  /** The quorum of a log is missing (`unwitnessedSinceMs`), or back. */
  readonly onStanding?: (origin: string, state: WitnessState) => void;
}

/** A witness, and the log that it was asked about. */
export interface WitnessedPlace {
  readonly witness: string;
  readonly origin: string;
}

/** One log with the workers that grow it and bring it to its witnesses, and the reader that serves it. */
export interface RunningLog {
  readonly reader: LogReader;
  readonly worker: LogWorker;
  /** How far the witnesses vouch for it; undefined without any. */
  witnessState(): WitnessState | undefined;
  start(): void;
  stop(): Promise<void>;
}

/** Puts a log together; nothing runs before `start()`. Serves the audit log and the directory alike. */
export function runningLog(options: RunningLogOptions): RunningLog {
  const { database, log, signer, clock, onHead = () => undefined, onFault } = options;
  const sequencer = new Sequencer(database, log);
  const publisher = new CheckpointPublisher(database, log, signer, clock);
  const witnessing = witnessWorker(options);
  const onSigned = (size: number): void => {
    witnessing?.signed(size);
    onHead(size);
  };
  const worker = new LogWorker({ sequencer, publisher, onSigned, onFault });
  return {
    reader: new LogReader(database, log, witnessing !== undefined),
    worker,
    witnessState: () => witnessing?.state(),
    start: () => {
      worker.start();
      witnessing?.start();
    },
    stop: async () => {
      await witnessing?.stop();
      await worker.stop();
    },
  };
}

function witnessWorker(options: RunningLogOptions): WitnessWorker | undefined {
  const { database, log, signer, clock, witnesses, onHead = () => undefined, onFault } = options;
  if (witnesses === undefined) return undefined;
  const logKeys = signer.keys(log.origin);
  const { policy, clientOf } = witnesses;
  const { origin } = log;
  const collector = new CosignatureCollector({
    ...{ database, log, logKeys, clock, policy, clientOf },
    onChange: (witness, error) => witnesses.onChange({ witness, origin }, error),
    onFailure: (witness, code) => witnesses.onFailure?.({ witness, origin }, code),
  });
  const onStanding = (state: WitnessState): void => witnesses.onStanding?.(origin, state);
  return new WitnessWorker({ collector, clock, onWitnessed: onHead, onStanding, onFault });
}
