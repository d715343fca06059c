import { limits } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';

/** Housekeeping of the database that goes on while a server runs. */
export interface Maintenance {
  stop(): Promise<void>;
}

/** Runs the database's own housekeeping every `limits.databaseMaintenanceMs`; one at a time, and none after `stop`. */
export function startMaintenance(
  database: Pick<Database, 'maintain'>,
  onFault: (error: unknown) => void,
  everyMs: number = limits.databaseMaintenanceMs,
): Maintenance {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= database
      .maintain()
      .catch(onFault)
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
