import type { Log, Metrics } from '@rogatory/platform-telemetry';

/** The same log, with its warnings and errors counted by event, so that an alarm needs no log reader. */
export function countedLog(log: Log, metrics: Metrics): Log {
  const lines = metrics.counter({
    name: 'rogatory_log_lines_total',
    help: 'Warnings and errors in the log, by event. An error means that somebody should investigate.',
    labels: ['level', 'event'],
  });
  return {
    debug: (event, fields) => log.debug(event, fields),
    info: (event, fields) => log.info(event, fields),
    warn: (event, fields) => {
      lines.add({ level: 'warn', event });
      log.warn(event, fields);
    },
    error: (event, fields) => {
      lines.add({ level: 'error', event });
      log.error(event, fields);
    },
  };
}
