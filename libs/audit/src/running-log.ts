import type { Clock } from '@rogatory/kernel';
import { CheckpointPublisher } from './application/log/checkpoint-publisher.js';
import { LogReader } from './application/log/log-reader.js';
import type { LogSigner } from './application/log/log-signer.js';
import { LogWorker } from './application/log/log-worker.js';
import { Sequencer } from './application/log/sequencer.js';
import type { LogDatabase, TransparencyLog } from './application/log/transparency-log.js';

export interface RunningLogOptions {
  readonly database: LogDatabase;
  readonly log: TransparencyLog;
  readonly signer: LogSigner;
  readonly clock: Clock;
  readonly onSigned?: (size: number) => void;
  /** Told of each failed tick: the log stands still meanwhile, and the release gate with it. */
  readonly onFault: (error: unknown) => void;
}

/** One log with the worker that grows it and the reader that serves it. */
export interface RunningLog {
  readonly reader: LogReader;
  readonly worker: LogWorker;
}

/** Puts a log together; nothing runs before `worker.start()`. Serves the audit log and the directory alike. */
export function runningLog(options: RunningLogOptions): RunningLog {
  const { database, log, signer, clock, onSigned = () => undefined, onFault } = options;
  const sequencer = new Sequencer(database, log);
  const publisher = new CheckpointPublisher(database, log, signer, clock);
  return { reader: new LogReader(database, log), worker: new LogWorker({ sequencer, publisher, onSigned, onFault }) };
}
