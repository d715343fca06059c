import { open, readFile, rm } from 'node:fs/promises';
import { refusedError, unavailableError } from '../client.errors.js';
import { Mutex } from '../state/mutex.js';
import { systemCode } from './system-errors.js';

const WAIT_MS = 15_000;
const LOOK_MS = 20;
const UNWRITTEN_MS = 2_000;

interface Holder {
  readonly pid: number;
  /** Start time of the process, where the system tells it: a number that is used again is not taken for the holder. */
  readonly started: string;
}

/** A lock between processes: a file that only one can make. A holder that died is found out and its lock taken over. */
export class FileLock {
  readonly #path: string;
  readonly #turn = new Mutex();

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws RefusedError `client/profile-busy` after fifteen seconds. */
  hold<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#turn.run(async () => {
      await this.#acquire();
      try {
        return await run();
      } finally {
        await rm(this.#path, { force: true });
      }
    });
  }

  async #acquire(): Promise<void> {
    const untilMs = performance.now() + WAIT_MS;
    let blankSinceMs: number | undefined;
    for (;;) {
      if (await this.#make()) return;
      const holder = await this.#holder();
      if (holder === undefined) blankSinceMs ??= performance.now();
      const isBlank = blankSinceMs !== undefined && performance.now() - blankSinceMs > UNWRITTEN_MS;
      if (isBlank || (holder !== undefined && !(await isAlive(holder)))) await this.#takeOver(holder);
      else if (performance.now() > untilMs) throw refusedError('client/profile-busy', { retryable: true });
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #make(): Promise<boolean> {
    try {
      const file = await open(this.#path, 'wx', 0o600);
      const own: Holder = { pid: process.pid, started: await startOf(process.pid) };
      await file.writeFile(JSON.stringify(own));
      await file.close();
      return true;
    } catch (cause) {
      if (systemCode(cause) === 'EEXIST') return false;
      throw unavailableError('client/storage', cause);
    }
  }

  async #holder(): Promise<Holder | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      const isHolder = typeof value === 'object' && value !== null && 'pid' in value && 'started' in value;
      if (!isHolder || typeof value.pid !== 'number' || typeof value.started !== 'string') return undefined;
      return { pid: value.pid, started: value.started };
    } catch {
      return undefined;
    }
  }

  /** Only if it still is the dead one's: two that find it dead must not both remove, lest one removes the other's. */
  async #takeOver(dead: Holder | undefined): Promise<void> {
    const now = await this.#holder();
    if (now?.pid === dead?.pid && now?.started === dead?.started) await rm(this.#path, { force: true });
  }
}

async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  return (await startOf(pid)) === started;
}

/** Field 22 of the process's stat line on Linux; empty elsewhere. */
async function startOf(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
