import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { lockFolder } from './folder-lock.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-lock-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Holder {
  pid: number;
  startedAt: string;
  realm: string;
}

function readHolder(path: string): Holder {
  return JSON.parse(readFileSync(path, 'utf8')) as Holder;
}

let count = 0;
/** A lock file as its holder wrote it, changed as given. */
function heldLock(change: (holder: Holder) => unknown): string {
  count += 1;
  const path = join(scratch, `lock-${count}`);
  lockFolder(path);
  const holder = readHolder(path);
  writeFileSync(path, JSON.stringify(change(holder)));
  return path;
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

const inUse = expect.objectContaining({ family: 'unavailable', code: 'files/folder-in-use', retryable: false });

describe('the lock of a data folder', () => {
  it('is given back, and leaves no file', () => {
    const folder = mkdtempSync(join(scratch, 'clean-'));
    lockFolder(join(folder, 'lock')).release();
    lockFolder(join(folder, 'lock')).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is never taken from a holder that lives, even this process', () => {
    const path = heldLock((holder) => holder);
    expect(() => lockFolder(path)).toThrow(inUse);
    expect(existsSync(path)).toBe(true);
  });

  it('is taken over from a holder that is dead', () => {
    const path = heldLock((holder) => ({ ...holder, pid: deadPid() }));
    const lock = lockFolder(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('is taken over when the process id was given to another process since', () => {
    const path = heldLock((holder) => ({ ...holder, startedAt: `${holder.startedAt}0` }));
    expect(() => lockFolder(path)).not.toThrow();
  });

  it('is taken over after a restart of the machine', () => {
    const path = heldLock((holder) => ({ ...holder, realm: holder.realm.replace(/^\S+/, 'another-boot') }));
    // Where the system has no boot id, process id and start time decide, and this holder lives.
    if (process.platform === 'linux') expect(() => lockFolder(path)).not.toThrow();
    else expect(() => lockFolder(path)).toThrow(inUse);
  });

  it('is not taken over when it cannot be judged', () => {
    const unknowable = [
      heldLock((holder) => ({ ...holder, pid: deadPid(), realm: `${holder.realm.split(' ')[0]} pid:[1]` })), // another container
      heldLock((holder) => ({ ...holder, startedAt: '' })),
      heldLock(() => 'not a holder'),
      heldLock((holder) => ({ ...holder, pid: 'x' })),
    ];
    for (const path of unknowable) expect(() => lockFolder(path)).toThrow(inUse);
  });

  it('is judged by one starter at a time, and a starter that died while judging is no obstacle', () => {
    const path = heldLock((holder) => ({ ...holder, pid: deadPid() }));
    lockFolder(`${path}.judge`);
    expect(() => lockFolder(path)).toThrow(inUse);
    const judge = readHolder(`${path}.judge`);
    writeFileSync(`${path}.judge`, JSON.stringify({ ...judge, pid: deadPid() }));
    expect(() => lockFolder(path)).not.toThrow();
  });

  it('does not remove the lock of another holder', () => {
    const path = join(scratch, 'replaced');
    const lock = lockFolder(path);
    writeFileSync(path, 'another');
    lock.release();
    expect(readFileSync(path, 'utf8')).toBe('another');
  });
});
