import type { KeyStoreStorage } from '../keys/key-store.js';
import type { StateStore } from '../state/state-store.js';
import { ProfileDatabase, settled, storedBytes } from './database.js';
import { IndexedDbStateStore } from './indexed-db-state-store.js';
import { checkedName, guarded } from './storage-errors.js';

const PREFIX = 'rogatory-';
const KEYS = 'keys';

/** A device that lives in this browser: its keys under a passphrase, and its state sealed under those keys. */
export interface BrowserProfile {
  readonly stateStore: StateStore;
  readonly keyStorage: KeyStoreStorage;
  close(): Promise<void>;
}

/** Nothing is made before something is written. @throws UsageError `client/input` for a name with more than `a-z`, `0-9`, `-`. */
export function openBrowserProfile(name: string): BrowserProfile {
  const place = PREFIX + checkedName(name);
  const database = new ProfileDatabase(place);
  return {
    stateStore: new IndexedDbStateStore(database, place),
    keyStorage: {
      read: () => guarded(async () => storedBytes(await database.read('keys', (store) => store.get(KEYS)))),
      replace: (bytes) => {
        const own = bytes.slice();
        return guarded(() => database.write(['keys'], (change) => change.objectStore('keys').put(own, KEYS)));
      },
    },
    close: () => guarded(() => database.close()),
  };
}

/** Names of the profiles in this browser at this address. */
export function listBrowserProfiles(): Promise<readonly string[]> {
  return guarded(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name ?? '');
    return names
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => name.slice(PREFIX.length))
      .sort();
  });
}

/** Takes a device off this browser for good: its keys cannot be made again. */
export function removeBrowserProfile(name: string): Promise<void> {
  return guarded(async () => void (await settled(indexedDB.deleteDatabase(PREFIX + checkedName(name)))));
}

/** Asks the browser not to clear what is kept here when it needs room. @returns whether it will hold to that. */
export function keepProfiles(): Promise<boolean> {
  return guarded(() => navigator.storage.persist());
}
