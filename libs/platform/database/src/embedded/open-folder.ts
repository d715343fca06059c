import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSnapshotFolder, loadSnapshotArchive } from './base-snapshot.js';
import { copyFolder, syncTree } from './copy-folder.js';
import { lockFolder } from '@rogatory/platform-files';
import { DurableFiles, syncFolder } from './durable-files.js';
import { Engine } from './engine.js';

/** A running engine, and how to end it with everything it holds. */
export interface OpenedEngine {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

/**
 * Opens the database of a data folder, or makes one there. A first start that was cut off half-way is started over: the
 * marker file is written only after the engine has proven that its commits are durable.
 * @throws UnavailableError `files/folder-in-use`; see {@link Engine.start} for the rest.
 */
export async function openFolder(folder: string, statementMs?: number): Promise<OpenedEngine> {
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

/** An engine without a folder; everything ends with it. */
export async function openMemory(statementMs?: number): Promise<OpenedEngine> {
  const archive = loadSnapshotArchive();
  const engine = await Engine.start({
    ...(archive === undefined ? {} : { archive }),
    ...(statementMs === undefined ? {} : { statementMs }),
  });
  return { engine, close: () => engine.close() };
}

async function start(folder: string, statementMs: number | undefined): Promise<Engine> {
  const data = join(folder, 'database');
  const marker = join(folder, 'database.ready');
  const isFirst = !existsSync(marker);
  if (isFirst) prepare(data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  const engine = await Engine.start({
    files: new DurableFiles(data),
    ...(statementMs === undefined ? {} : { statementMs }),
  });
  if (isFirst) {
    syncTree(data);
    writeFileSync(marker, '', { flush: true, mode: 0o600 });
    syncFolder(folder);
  }
  return engine;
}

/** Without a snapshot the engine initialises the empty folder by itself, which takes some seconds. */
function prepare(data: string): void {
  rmSync(data, { recursive: true, force: true });
  const snapshot = findSnapshotFolder();
  if (snapshot !== undefined) copyFolder(snapshot, data);
}
