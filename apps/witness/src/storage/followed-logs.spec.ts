import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { limits, systemRandom } from '@rogatory/kernel';
import { encodeVerifierKey } from '@rogatory/tlog';
import { GrowingLog } from '../testing/growing-log.js';
import { FollowedLogs } from './followed-logs.js';
import { originHash } from './folder-heads.js';
import { followLog, makeWitness } from './witness-folder.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-followed-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const first = new GrowingLog('log.example/first', 1);
const second = new GrowingLog('log.example/second', 2);
const successor = new GrowingLog('log.example/first', 3);
let nowMs = 0;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
let folder = '';
let count = 0;
let faults: unknown[] = [];

beforeEach(async () => {
  count += 1;
  faults = [];
  folder = join(scratch, String(count));
  await makeWitness(folder, 'witness.example/fr', systemRandom);
  await followLog(folder, first.signer.key);
});
const open = () => FollowedLogs.open({ folder, clock, onFault: (error) => faults.push(error) });

describe('the logs that a witness follows', () => {
  it('are known by origin and by its hash, and no other is', async () => {
    const logs = await open();
    expect(await logs.keysOf(first.origin)).toEqual([first.signer.key]);
    expect(await logs.originOf(originHash(first.origin))).toBe(first.origin);
    expect(await logs.keysOf(second.origin)).toEqual([]);
    expect(await logs.originOf(originHash(second.origin))).toBeUndefined();
  });

  it('become more while it runs: another log, another key of one', async () => {
    const logs = await open();
    await followLog(folder, second.signer.key);
    await followLog(folder, successor.signer.key);
    expect(await logs.keysOf(second.origin)).toEqual([]);
    nowMs += limits.witnessLogListMs;
    expect(await logs.keysOf(second.origin)).toEqual([second.signer.key]);
    expect(await logs.keysOf(first.origin)).toEqual([first.signer.key, successor.signer.key]);
    expect(await logs.originOf(originHash(second.origin))).toBe(second.origin);
  });

  it('hold a directory only with the place of its entries, which can change while it runs', async () => {
    const directory = new GrowingLog('log.example/directory', 4);
    const { key } = directory.signer;
    await expect(followLog(folder, key)).rejects.toMatchObject({ code: 'witness/directory' });
    const logs = await open();
    const listed = readFileSync(join(folder, 'logs'), 'utf8');
    // As one that was made before directories were replayed.
    writeFileSync(join(folder, 'logs'), `${listed}log ${encodeVerifierKey(key)}\n`);
    nowMs += limits.witnessLogListMs;
    expect(await logs.keysOf(directory.origin)).toEqual([]);
    expect(await logs.originOf(originHash(directory.origin))).toBeUndefined();
    for (const place of ['http://127.0.0.1:1/directory/replay', 'https://log.example/directory/replay']) {
      await followLog(folder, key, { url: place, federationHash: new Uint8Array(32).fill(5) });
      nowMs += limits.witnessLogListMs;
      expect(await logs.keysOf(directory.origin)).toEqual([key]);
      expect(await logs.directoryOf(directory.origin)).toEqual({
        url: place,
        federationHash: new Uint8Array(32).fill(5),
      });
    }
    expect(await logs.directoryOf(first.origin)).toBeUndefined();
    writeFileSync(join(folder, 'directories'), 'directory nonsense\n');
    nowMs += limits.witnessLogListMs;
    expect(await logs.keysOf(directory.origin)).toEqual([key]);
    expect(faults).toMatchObject([{ code: 'witness/directories' }]);
    await expect(open()).rejects.toMatchObject({ code: 'witness/directories' });
  });

  it('stay as they were while the list is damaged, and somebody is told', async () => {
    const logs = await open();
    writeFileSync(join(folder, 'logs'), 'log nonsense');
    nowMs += limits.witnessLogListMs;
    expect(await logs.keysOf(first.origin)).toEqual([first.signer.key]);
    rmSync(join(folder, 'logs'));
    nowMs += limits.witnessLogListMs;
    expect(await logs.keysOf(first.origin)).toEqual([first.signer.key]);
    expect(faults).toMatchObject([{ code: 'tlog/policy' }, { code: 'witness/none' }]);
  });
});
