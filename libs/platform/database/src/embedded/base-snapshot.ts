import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InternalError } from '@rogatory/kernel';
import { encodeQuery, isError } from './backend-messages.js';
import { DurableFiles } from './durable-files.js';
import { Engine } from './engine.js';

const require = createRequire(import.meta.url);
/** Resolved from `src`, from `dist` and from a bundle of the server alike. */
const SNAPSHOT_FOLDER = join(dirname(require.resolve('@rogatory/platform-database')), '../dist/snapshot');

function engineVersion(): string {
  const entry = require.resolve('@electric-sql/pglite');
  const description: unknown = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  const version: unknown = typeof description === 'object' && description ? Reflect.get(description, 'version') : '';
  if (typeof version !== 'string' || !/^[\w.+-]{1,40}$/.test(version)) {
    throw new InternalError('database/engine-version', 'the embedded engine has no readable version');
  }
  return version;
}

/** Counts up when the snapshot is made differently. */
const SNAPSHOT_FORM = 2;

/** Nobody creates databases in the embedded engine; without the templates two files in three need not be copied. */
const SHRINK = [
  `UPDATE pg_database SET datistemplate = false WHERE datname IN ('template0', 'template1')`,
  'DROP DATABASE template0',
  'DROP DATABASE template1',
  'CHECKPOINT',
  'CHECKPOINT',
];

/** Named by the engine's version, so that another engine never loads it. */
function snapshotPath(): string {
  return join(SNAPSHOT_FOLDER, `pglite-${engineVersion()}-${SNAPSHOT_FORM}`);
}

/**
 * An empty database of this engine version, made at build time, to be copied: a first start from it takes a fraction of
 * the time. Undefined when there is none.
 */
export function findSnapshotFolder(): string | undefined {
  const path = snapshotPath();
  return existsSync(path) ? path : undefined;
}

/** The same as an archive, for an engine in memory. */
export function loadSnapshotArchive(): Blob | undefined {
  const path = `${snapshotPath()}.tar`;
  return existsSync(path) ? new Blob([readFileSync(path)]) : undefined;
}

/**
 * Makes the snapshot in both forms if it is not there. Safe to run in several processes at once: each makes its own and
 * gives it the common name in one step.
 */
export async function buildBaseSnapshot(): Promise<void> {
  const path = snapshotPath();
  mkdirSync(SNAPSHOT_FOLDER, { recursive: true });
  if (!existsSync(`${path}.tar`)) await buildArchive(`${path}.tar`);
  if (!existsSync(path)) await buildFolder(path);
}

async function buildArchive(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const engine = await Engine.start({});
  try {
    await shrink(engine);
    const archive = await engine.dump();
    writeFileSync(draft, new Uint8Array(await archive.arrayBuffer()));
    renameSync(draft, path);
  } finally {
    await engine.close();
    rmSync(draft, { force: true });
  }
}

async function shrink(engine: Engine): Promise<void> {
  const session = await engine.openSession();
  for (const statement of SHRINK) {
    const answer = await session.run(encodeQuery(statement));
    if (isError(answer)) throw new InternalError('database/internal', 'the base snapshot cannot be made');
  }
  await session.end();
}

async function buildFolder(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const archive = loadSnapshotArchive();
  mkdirSync(draft, { mode: 0o700 });
  try {
    const engine = await Engine.start({
      files: new DurableFiles(draft),
      ...(archive === undefined ? {} : { archive }),
    });
    await engine.close();
    renameSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error; // else another process was first
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
