import { type Clock, limits, type RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import type { ActRunner } from './application/act-runner.js';
import type { AuditRecorder } from './application/audit-recorder.js';
import type { MonthKeys } from './application/month-keys.js';
import { AuditOrders } from './application/retention/audit-orders.js';
import { ExpireOpenings } from './application/retention/expire-openings.js';
import type { RetentionSettings } from '@rogatory/protocol';
import { SqlExpiryStore } from './storage/sql-expiry.store.js';
import { SqlOpeningEraser } from './storage/sql-opening-eraser.js';
import { SqlRetentionReader } from './storage/sql-retention-reader.js';
import { type RetentionStatus, retentionStatus } from './application/retention/retention-status.js';
import { SqlOrderStore } from './storage/sql-order.store.js';

export interface RetentionOptions {
  readonly database: Database;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  readonly monthKeys: Pick<MonthKeys, 'months' | 'destroy'>;
  readonly settings: RetentionSettings;
  readonly environment: { readonly clock: Clock; readonly random: RandomBytes };
  readonly onFault: (error: unknown) => void;
}

/** What takes facts from the log, and what keeps them there. */
export interface RetentionPart {
  readonly orders: AuditOrders;
  readonly expiry: ExpireOpenings;
  /** Runs the nightly job a few minutes after a start, and once a day from then on. */
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

/** What the nightly job would do now, and what it did; for an operator. */
export function readRetentionStatus(
  database: Pick<Database, 'read'>,
  settings: RetentionSettings,
  nowMs: number,
): Promise<RetentionStatus> {
  return retentionStatus({ database, store: new SqlRetentionReader() }, settings, nowMs);
}

export function retentionPart(options: RetentionOptions): RetentionPart {
  const { acts, recorder, environment, onFault } = options;
  const [orders, eraser] = [new SqlOrderStore(), new SqlOpeningEraser()];
  const expiry = new ExpireOpenings({ ...options, store: new SqlExpiryStore(), orders, eraser });
  let [timer, running]: [ReturnType<typeof setTimeout> | undefined, Promise<unknown>] = [undefined, Promise.resolve()];
  const stopped = new AbortController();
  const runAfter = (delayMs: number) => {
    timer = setTimeout(() => {
      running = expiry.run(stopped.signal).catch(onFault);
      runAfter(limits.retentionJobMs);
    }, delayMs);
    timer.unref();
  };
  return {
    orders: new AuditOrders({ acts, recorder, orders, eraser, environment }),
    expiry,
    start: () => {
      if (timer === undefined) runAfter(limits.retentionStartMs);
    },
    stop: async () => {
      stopped.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
