import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { utf8 } from '@rogatory/kernel';
import { DurableFolder } from './durable-folder.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-durable-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let path = '';
let count = 0;
beforeEach(() => {
  count += 1;
  path = join(scratch, String(count), 'heads');
});
const textOf = (name: string): string => readFileSync(join(path, name), 'utf8');

describe('a folder of files that are replaced durably', () => {
  it('holds the last of what each name was given, for its owner alone, and no draft', async () => {
    const folder = DurableFolder.open(path);
    const names = Array.from({ length: 20 }, (_, i) => `head ${i}`);
    for (const round of ['first, which is longer', 'second', '']) {
      await Promise.all(names.map((name) => folder.replace(name, utf8(`${round}${name}`))));
    }
    folder.close();
    expect(readdirSync(path).sort()).toEqual(names.sort());
    for (const name of names) expect(textOf(name)).toBe(name);
    expect(statSync(join(path, 'head 0')).mode & 0o777).toBe(0o600);
  });

  it('answers for a file only after a sync of the folder that began behind its rename, which others share', async () => {
    let syncs = 0;
    const durable = new Set<string>();
    const finish: (() => void)[] = [];
    const folder = DurableFolder.open(path, async () => {
      syncs += 1;
      const seen = readdirSync(path).filter((name) => !name.endsWith('.new'));
      await new Promise<void>((resolve) => finish.push(resolve));
      for (const name of seen) durable.add(name);
    });
    const saved = async (name: string) => {
      await folder.replace(name, utf8(name));
      expect(durable).toContain(name);
    };
    const first = saved('first');
    while (finish.length < 1) await new Promise(setImmediate);
    const others = Array.from({ length: 30 }, (_, i) => saved(`other ${i}`));
    // All of them are renamed before the first sync ends: they wait for one more, and for no other.
    while (readdirSync(path).filter((name) => !name.endsWith('.new')).length < 31) await new Promise(setImmediate);
    finish.shift()?.();
    await first;
    while (finish.length < 1) await new Promise(setImmediate);
    finish.shift()?.();
    await Promise.all(others);
    expect(syncs).toBe(2);
    folder.close();
  });

  it('rejects when the folder cannot be made durable, for those that counted on it, and serves the next', async () => {
    let isBroken = false;
    const folder = DurableFolder.open(path, async () => {
      if (isBroken) throw new Error('the disk is gone');
    });
    await folder.replace('head', utf8('old'));
    isBroken = true;
    const tried = await Promise.allSettled(['head', 'other'].map((name) => folder.replace(name, utf8('new'))));
    expect(tried.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(['old', 'new']).toContain(textOf('head'));
    isBroken = false;
    await folder.replace('head', utf8('newer'));
    expect(textOf('head')).toBe('newer');
    folder.close();
  });

  it('leaves what was there when a file cannot take the place of another', async () => {
    const folder = DurableFolder.open(path);
    mkdirSync(join(path, 'taken', 'inside'), { recursive: true });
    await expect(folder.replace('taken', utf8('new'))).rejects.toThrow();
    expect(readdirSync(join(path, 'taken'))).toEqual(['inside']);
    rmSync(path, { recursive: true });
    await expect(folder.replace('head', utf8('new'))).rejects.toMatchObject({ code: 'ENOENT' });
    folder.close();
  });
});
