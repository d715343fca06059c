import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseBlobKey } from './blob-store.js';
import { blobStoreContract } from './blob-store.contract.js';
import { FolderBlobStore } from './folder-blob-store.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-blobs-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const KEY = parseBlobKey('ab'.repeat(16));

describe('blob store (folder)', () => {
  const folder = join(scratch, 'contract');
  blobStoreContract({ open: () => FolderBlobStore.open(folder), reopen: () => FolderBlobStore.open(folder) });
});

describe('the folder of a blob store', () => {
  it('is for this user only', async () => {
    const folder = join(scratch, 'private');
    const store = await FolderBlobStore.open(folder);
    await store.putPart({ key: KEY, index: 0, source: new Uint8Array(5), bytes: 5 });
    const modeOf = (...path: string[]) => statSync(join(folder, ...path)).mode & 0o077;
    expect([
      modeOf('objects'),
      modeOf('incoming'),
      modeOf('objects', 'ab', KEY),
      modeOf('objects', 'ab', KEY, '000000'),
    ]).toEqual([0, 0, 0, 0]);
  });

  it('F02: is cleaned of parts that a killed process left half written, and of nothing younger', async () => {
    const folder = join(scratch, 'leftovers');
    const store = await FolderBlobStore.open(folder);
    for (const name of ['old', 'young']) writeFileSync(join(folder, 'incoming', name), 'half');
    utimesSync(join(folder, 'incoming', 'old'), 1000, 1000);
    expect(await store.removeLeftovers(2_000_000)).toBe(1);
    expect(readdirSync(join(folder, 'incoming'))).toEqual(['young']);
    expect(await store.list({ limit: 10 })).toEqual([]);
  });

  it('F03: reports a storage that fails, without its paths', async () => {
    const folder = join(scratch, 'broken');
    const store = await FolderBlobStore.open(folder);
    rmSync(join(folder, 'incoming'), { recursive: true });
    const fault = await store
      .putPart({ key: KEY, index: 0, source: new Uint8Array(1), bytes: 1 })
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ family: 'unavailable', code: 'blob/unavailable', details: { code: 'ENOENT' } });
    expect(JSON.stringify(fault)).not.toContain(scratch);
    mkdirSync(join(folder, 'incoming'));
    await store.putPart({ key: KEY, index: 0, source: new Uint8Array(1), bytes: 1 });
    expect(await store.has(KEY, 0)).toBe(true);
  });
});
