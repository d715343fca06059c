import { WebSocket } from 'ws';
import { FetchTransport, type FetchTransportOptions } from '../transport/fetch-transport.js';
import { httpWire } from './http-wire.js';

export { FileLock } from './file-lock.js';
export { FileStateStore } from './file-state-store.js';
export { threadPartCiphers } from './cipher-threads.js';
export { threadSignatureCheck } from './signature-threads.js';
export { fileKeyStorage, openFileSource, openFileTarget } from './files.js';
export { FolderLogReader } from './folder-log-reader.js';

/** HTTP and WebSocket of Node; everything over `fetch` where one is given. @throws UsageError `client/input` for a server address that is not safe. */
export function nodeTransport(options: Omit<FetchTransportOptions, 'webSocketImpl' | 'wire'>): FetchTransport {
  const wire = options.fetch === undefined ? { wire: httpWire() } : {};
  return new FetchTransport({ ...options, webSocketImpl: WebSocket, ...wire });
}
