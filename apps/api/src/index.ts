export { type Features } from './features.js';
export { type RunningServer, type ServerOptions, startServer } from './server.js';
export { allMigrations } from './storage-parts.js';
