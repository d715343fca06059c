import { FetchTransport, type FetchTransportOptions } from '../transport/fetch-transport.js';

export { chosenFileSource } from './file-source.js';
export { chosenFileTarget } from './chosen-target.js';
export { workerPartCiphers } from './cipher-workers.js';
export { openPrivateTarget, type PrivateTarget, removePrivateFiles } from './private-target.js';
export {
  type BrowserProfile,
  keepProfiles,
  listBrowserProfiles,
  openBrowserProfile,
  removeBrowserProfile,
} from './profile.js';

/** `fetch` and WebSocket of the browser, to the server that the page came from. */
export function pageTransport(options: Pick<FetchTransportOptions, 'build'>): FetchTransport {
  return new FetchTransport({ server: location.origin, ...options });
}
