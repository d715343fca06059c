/** The three kinds of things that a profile keeps. */
const stores = ['values', 'records', 'keys'] as const;
export type StoreName = (typeof stores)[number];

const VERSION = 1;

/**
 * The database of one profile. Opened when first needed, and anew after the browser closed it; what was lost meanwhile is
 * for the caller to notice.
 */
export class ProfileDatabase {
  readonly #name: string;
  #connection: Promise<IDBDatabase> | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws DOMException as IndexedDB tells. */
  async read<Result>(store: StoreName, ask: (store: IDBObjectStore) => IDBRequest<Result>): Promise<unknown> {
    const database = await this.#open();
    return settled(ask(database.transaction(store, 'readonly').objectStore(store)));
  }

  /** Resolves when the change is on disk. All of it is there afterwards, or nothing. */
  async write(names: readonly StoreName[], change: (transaction: IDBTransaction) => void): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    });
    change(transaction);
    await done;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    (await connection)?.close();
  }

  #open(): Promise<IDBDatabase> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #connect(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name, VERSION);
    request.onupgradeneeded = () => {
      for (const store of stores) request.result.createObjectStore(store);
    };
    const database = await settled(request);
    const forget = (): void => {
      this.#connection = undefined;
    };
    database.onclose = forget;
    database.onversionchange = () => {
      forget();
      database.close();
    };
    return database;
  }
}

export function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException('failed', 'UnknownError'));
  });
}

/** Bytes as they were written, or nothing where nothing is. @throws TypeError for what nobody of us wrote. */
export function storedBytes(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  throw new TypeError('not bytes');
}

/** A list as IndexedDB answers with. */
export function storedList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value;
}
