import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBaseSnapshot } from './base-snapshot.js';
import { DurableFiles, syncFolder } from './durable-files.js';
import { Engine } from './engine.js';
import { lockFolder } from './folder-lock.js';

/** An engine on a folder, with the lock that makes it the only one. */
export interface OpenFolder {
  readonly engine: Engine;
  close(): Promise<void>;
}

/**
 * Opens the database of a data folder, or makes one there. A first start that was cut off half-way is started over: the
 * marker file is written only after the engine has proven that its commits are durable.
 * @throws UnavailableError `database/folder-in-use`; see {@link Engine.start} for the rest.
 */
export async function openFolder(folder: string, statementMs?: number): Promise<OpenFolder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(join(folder, 'database.lock'));
  try {
    const engine = await start(folder, statementMs);
    return {
      engine,
      close: async () => {
        try {
          await engine.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(folder: string, statementMs: number | undefined): Promise<Engine> {
  const data = join(folder, 'database');
  const marker = join(folder, 'database.ready');
  const isFirst = !existsSync(marker);
  if (isFirst) rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  const snapshot = isFirst ? loadBaseSnapshot() : undefined;
  const engine = await Engine.start({
    files: new DurableFiles(data),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(statementMs === undefined ? {} : { statementMs }),
  });
  if (isFirst) {
    writeFileSync(marker, '', { flush: true, mode: 0o600 });
    syncFolder(folder);
  }
  return engine;
}
