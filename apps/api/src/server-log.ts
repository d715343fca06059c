import { isRogatoryError } from '@rogatory/kernel';
import type { Log, LogEvent } from '@rogatory/platform-telemetry';

/** Reports a fault of background work: a code when it is ours, else the error's kind; never content. */
export function faultReporter(log: Log, event: LogEvent): (error: unknown) => void {
  return (error) => {
    const code = isRogatoryError(error) ? { code: error.code, family: error.family } : {};
    log.error(event, { ...code, error });
  };
}
