import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '@rogatory/kernel';
import { Engine } from './engine.js';

/** Resolved from `src` and from `dist` alike. */
const SNAPSHOT_FOLDER = fileURLToPath(new URL('../../dist/snapshot/', import.meta.url));

function engineVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const description: unknown = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  const version: unknown = typeof description === 'object' && description ? Reflect.get(description, 'version') : '';
  if (typeof version !== 'string' || !/^[\w.+-]{1,40}$/.test(version)) {
    throw new InternalError('database/engine-version', 'the embedded engine has no readable version');
  }
  return version;
}

/** Named by the engine's version, so that another engine never loads it. */
function snapshotPath(): string {
  return join(SNAPSHOT_FOLDER, `pglite-${engineVersion()}.tar`);
}

/**
 * An empty database of this engine version, made at build time; a first start from it takes a third of the time.
 * Undefined when there is none: the engine then initialises by itself.
 */
export function loadBaseSnapshot(): Blob | undefined {
  const path = snapshotPath();
  return existsSync(path) ? new Blob([readFileSync(path)]) : undefined;
}

/** Makes the snapshot if it is not there. Safe to run twice at once: the last one wins, with the same content. */
export async function buildBaseSnapshot(): Promise<void> {
  const path = snapshotPath();
  if (existsSync(path)) return;
  const engine = await Engine.start({});
  const draft = `${path}.${process.pid}`;
  try {
    const archive = await engine.dump();
    mkdirSync(SNAPSHOT_FOLDER, { recursive: true });
    writeFileSync(draft, new Uint8Array(await archive.arrayBuffer()), { flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
    await engine.close();
  }
}
