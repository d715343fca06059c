import sodium from 'libsodium-wrappers';

// Loaded once for the whole process: every importer waits here, so nothing can call into an unready library.
await sodium.ready;

export { sodium };
