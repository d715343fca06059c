export { type Features } from './features.js';
export { type RunningServer, type ServerOptions, startServer } from './server.js';
export { type KeptServer, keepServing } from './keep-serving.js';
export { allMigrations } from './storage-parts.js';
export { checkLogs } from './operator/check-logs.js';
export { abandon, copyLog, refillFrom } from './operator/recover-log.js';
export { showRetention } from './operator/show-retention.js';
export { showLogs, type ShownLogs, turnLog } from './operator/turn-log.js';
export { openStoppedServer, type StoppedServer } from './operator/stopped-server.js';
