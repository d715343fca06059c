export * from './log.js';
export { describeError } from './log-line.js';
export * from './metrics.js';
export { logOfRequest, openPinoLog, type PinoLogOptions, silentLog } from './pino-log.js';
export * from './request-id.js';
