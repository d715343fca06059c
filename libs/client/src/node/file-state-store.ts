import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRogatoryError, UsageError } from '@rogatory/kernel';
import { unavailableError } from '../client.errors.js';
import { Mutex } from '../state/mutex.js';
import type { StateStore } from '../state/state-store.js';
import { FileLock } from './file-lock.js';
import { isMissing } from './system-errors.js';

const NAME = /^[a-z0-9-]{1,80}$/;
const VALUE = '.sealed';
const RECORDS = '.records';
/** Before each record: its length, then the same with every bit turned, so that a wrong length is not taken for a torn end. */
const HEADER_BYTES = 8;

/** State in a private folder: one file per value, one per list of records, a lock beside them. */
export class FileStateStore implements StateStore {
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #turn = new Mutex();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#lock = new FileLock(join(folder, 'lock'));
  }

  /** Makes the folder, readable by its owner alone. @throws UnavailableError `client/storage`. */
  static async open(folder: string): Promise<FileStateStore> {
    await guarded(() => mkdir(folder, { recursive: true, mode: 0o700 }));
    return new FileStateStore(folder);
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return guarded(() => readIfThere(this.#path(name, VALUE)));
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    return guarded(() => replaceFile(this.#folder, this.#path(name, VALUE), bytes));
  }

  async append(name: string, record: Uint8Array): Promise<void> {
    const framed = new Uint8Array(HEADER_BYTES + record.length);
    const header = new DataView(framed.buffer);
    header.setUint32(0, record.length);
    header.setUint32(4, turned(record.length));
    framed.set(record, HEADER_BYTES);
    await guarded(() => this.#turn.run(() => this.#append(this.#path(name, RECORDS), framed)));
  }

  async readRecords(name: string): Promise<readonly Uint8Array[]> {
    const bytes = await guarded(() => readIfThere(this.#path(name, RECORDS)));
    return bytes === undefined ? [] : recordsIn(bytes).records;
  }

  async remove(name: string): Promise<void> {
    await guarded(async () => {
      await rm(this.#path(name, VALUE), { force: true });
      await rm(this.#path(name, RECORDS), { force: true });
      await syncFolder(this.#folder);
    });
  }

  async list(): Promise<readonly string[]> {
    const files = await guarded(() => readdir(this.#folder));
    const names = files.flatMap((file) => {
      const suffix = [VALUE, RECORDS].find((end) => file.endsWith(end));
      return suffix === undefined ? [] : [file.slice(0, -suffix.length)];
    });
    return [...new Set(names)].filter((name) => NAME.test(name)).sort();
  }

  exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#lock.hold(run);
  }

  #path(name: string, suffix: string): string {
    if (!NAME.test(name)) throw new UsageError('client/input', 'the input is outside its bounds');
    return join(this.#folder, `${name}${suffix}`);
  }

  /** Cuts a record off that a crash left torn, then adds the next one. */
  async #append(path: string, framed: Uint8Array): Promise<void> {
    const isNew = (await readIfThere(path)) === undefined;
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const { size } = await file.stat();
      const end = isNew ? 0 : recordsIn(await readFile(path)).end;
      if (end < size) await file.truncate(end);
      await file.write(framed, 0, framed.length, end);
      await file.datasync();
    } finally {
      await file.close();
    }
    if (isNew) await syncFolder(this.#folder);
  }
}

/** Writes a file whole or not at all, durably, readable by its owner alone. */
export async function replaceFile(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(folder);
}

/** Makes a rename or removal durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Errors of the file system, told in one way. */
export async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (isRogatoryError(cause)) throw cause;
    throw unavailableError('client/storage', cause);
  }
}

/** @throws UnavailableError `client/storage` for a header that no append wrote. */
function recordsIn(bytes: Uint8Array): { readonly records: Uint8Array[]; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = view.getUint32(at);
    const check = view.getUint32(at + 4);
    if (length === 0 && check === 0) break; // a crash left room behind the last record, and nothing in it
    if (check !== turned(length))
      throw unavailableError('client/storage', new RangeError('the length of a record is wrong'));
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) break;
    records.push(bytes.slice(at + HEADER_BYTES, end));
    at = end;
  }
  return { records, end: at };
}

function turned(length: number): number {
  return ~length >>> 0;
}
