import { type DestinationStream, pino } from 'pino';
import type { Log, LogEvent, LogFields, LogLevel } from './log.js';
import { cleanEvent, cleanFields } from './log-line.js';

export interface PinoLogOptions {
  readonly level: LogLevel;
  /** Default: the standard error output, so that a command's own output stays clean. */
  readonly destination?: DestinationStream;
}

/** One JSON object per line: `time` in milliseconds since the Unix epoch, `level`, `event`, and the allowed fields. */
export function openPinoLog({ level, destination }: PinoLogOptions): Log {
  const logger = pino(
    { level, base: null, formatters: { level: (label) => ({ level: label }) } },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
  const write = (at: LogLevel, event: LogEvent, fields: LogFields = {}): void => {
    if (!logger.isLevelEnabled(at)) return;
    logger[at]({ event: cleanEvent(event), ...cleanFields(fields) });
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

/** Where nobody listens: libraries and tests that are not about the log. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
