export * from './log.js';
export { describeError } from './log-line.js';
export * from './metrics.js';
export { openPinoLog, type PinoLogOptions, silentLog } from './pino-log.js';
