import { refusedError } from '../client.errors.js';
import type { StateStore } from '../state/state-store.js';
import { type ProfileDatabase, storedBytes, storedList } from './database.js';
import { checkedName, guarded } from './storage-errors.js';

const WAIT_MS = 15_000;

/** State in a database of the browser, sealed before it comes here; the lock is shared by all tabs of the origin. */
export class IndexedDbStateStore implements StateStore {
  readonly #database: ProfileDatabase;
  readonly #lock: string;

  /** @param lock its name, the same in every tab that opens this database. */
  constructor(database: ProfileDatabase, lock: string) {
    this.#database = database;
    this.#lock = lock;
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return guarded(async () =>
      storedBytes(await this.#database.read('values', (store) => store.get(checkedName(name)))),
    );
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    const own = bytes.slice(); // a view would be kept with all of the memory that it lies in
    return guarded(() =>
      this.#database.write(['values'], (change) => change.objectStore('values').put(own, checkedName(name))),
    );
  }

  /** Transactions on one store run one after the other, in all tabs: two that append get places of their own. */
  append(name: string, record: Uint8Array): Promise<void> {
    const own = record.slice();
    return guarded(() =>
      this.#database.write(['records'], (change) => {
        const store = change.objectStore('records');
        const last = store.openKeyCursor(recordsOf(checkedName(name)), 'prev');
        last.onsuccess = () => {
          const place = last.result === null ? 0 : placeOf(last.result.key) + 1;
          store.put(own, [name, place]);
        };
      }),
    );
  }

  readRecords(name: string): Promise<readonly Uint8Array[]> {
    return guarded(async () => {
      const found = await this.#database.read('records', (store) => store.getAll(recordsOf(checkedName(name))));
      return storedList(found).flatMap((record) => storedBytes(record) ?? []);
    });
  }

  remove(name: string): Promise<void> {
    return guarded(() =>
      this.#database.write(['values', 'records'], (change) => {
        change.objectStore('values').delete(checkedName(name));
        change.objectStore('records').delete(recordsOf(name));
      }),
    );
  }

  list(): Promise<readonly string[]> {
    return guarded(async () => {
      const values = await this.#database.read('values', (store) => store.getAllKeys());
      const records = await this.#database.read('records', (store) => store.getAllKeys());
      return [...new Set([...storedList(values), ...storedList(records)].map(nameOf))].sort();
    });
  }

  async exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), WAIT_MS);
    let isIn = false;
    try {
      return await navigator.locks.request(this.#lock, { signal: waiting.signal }, () => {
        isIn = true;
        clearTimeout(timer);
        return run();
      });
    } catch (error) {
      if (!isIn && waiting.signal.aborted) throw refusedError('client/profile-busy', { retryable: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** All places of one name: an array sorts behind every number. */
function recordsOf(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name, 0], [name, []], false, true);
}

function placeOf(key: IDBValidKey): number {
  return Number(Array.isArray(key) ? key[1] : undefined);
}

/** The key of a value is its name, that of a record its name and place. */
function nameOf(key: unknown): string {
  const name: unknown = Array.isArray(key) ? key[0] : key;
  if (typeof name !== 'string') throw new TypeError('not a name');
  return name;
}
