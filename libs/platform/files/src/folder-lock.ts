import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { UnavailableError } from '@rogatory/kernel';

/** Who holds a data folder: enough to tell a living holder from a dead one whose process id was given away again. */
interface Holder {
  readonly pid: number;
  /** When the process started, in the system's own words; empty when the system does not tell. */
  readonly startedAt: string;
  /** Boot and process-id namespace in which `pid` means something; empty where there are none. */
  readonly realm: string;
}

/** A held lock; `release` gives the folder back. */
export interface FolderLock {
  release(): void;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function bootAndNamespace(): { boot: string; namespace: string } {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: one space of process ids, and no boot id.
  }
  return { boot: readText('/proc/sys/kernel/random/boot_id'), namespace };
}

function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat !== '') return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 }).trim();
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const pid: unknown = Reflect.get(value, 'pid');
    const startedAt: unknown = Reflect.get(value, 'startedAt');
    const realm: unknown = Reflect.get(value, 'realm');
    if (!Number.isSafeInteger(pid) || typeof startedAt !== 'string' || typeof realm !== 'string') return undefined;
    return { pid: pid as number, startedAt, realm };
  } catch {
    return undefined;
  }
}

/** True only when the holder is certainly gone; every doubt counts as alive. */
function isGone(holder: Holder): boolean {
  const here = bootAndNamespace();
  const [boot = '', namespace = ''] = holder.realm.split(' ');
  if (boot !== here.boot) return boot !== '' && here.boot !== '';
  if (namespace !== here.namespace) return false; // another container: its process ids mean nothing here
  if (!isAlive(holder.pid)) return true;
  const startedAt = startOf(holder.pid);
  return startedAt !== '' && holder.startedAt !== '' && startedAt !== holder.startedAt;
}

function inUse(path: string, pid: number): UnavailableError {
  return new UnavailableError(
    'files/folder-in-use',
    'another process uses this data folder, or its lock cannot be judged from here; stop it, or remove the lock file',
    { details: { lock: path, pid }, retryable: false },
  );
}

/** Creates the file with its content in one step, so that a kill leaves no empty one. @returns false when it exists. */
function tryCreate(path: string): boolean {
  const { boot, namespace } = bootAndNamespace();
  const holder: Holder = { pid: process.pid, startedAt: startOf(process.pid), realm: `${boot} ${namespace}` };
  const draft = `${path}.${process.pid}.${randomUUID()}`;
  try {
    writeFileSync(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes the lock file, or throws. Two holders of one folder destroy it (the embedded database has no lock of its own, and a
 * witness would roll back), so a lock is never taken from a holder that may live. A holder that was killed leaves its file; it is recognised by
 * process id, start time and boot.
 * @throws UnavailableError `files/folder-in-use`.
 */
export function lockFolder(path: string): FolderLock {
  if (!tryCreate(path)) takeOver(path);
  const text = readFileSync(path, 'utf8');
  return {
    release: () => {
      if (readText(path) === text.trim()) rmSync(path, { force: true });
    },
  };
}

/** The right to judge a left-over lock is a lock as well, so that two starters cannot both find it dead. */
function takeOver(path: string): void {
  const judgePath = `${path}.judge`;
  if (!tryCreate(judgePath)) {
    const judge = parseHolder(readText(judgePath));
    if (judge === undefined || !isGone(judge)) throw inUse(judgePath, judge?.pid ?? 0);
    rmSync(judgePath, { force: true });
    if (!tryCreate(judgePath)) throw inUse(judgePath, 0);
  }
  try {
    const holder = parseHolder(readText(path));
    if (holder === undefined || !isGone(holder)) throw inUse(path, holder?.pid ?? 0);
    rmSync(path, { force: true });
    if (!tryCreate(path)) throw inUse(path, 0);
  } finally {
    rmSync(judgePath, { force: true });
  }
}
