import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Configuration } from '@rogatory/platform-config';
import { closeFolders } from './private-folders.js';

const onUnix = process.platform === 'win32' ? it.skip : it;

describe('the folders of a server', () => {
  let folder: string;
  const configuration = (): Configuration => ({
    ...{ profile: 'production', listen: { host: '127.0.0.1', port: 0 }, trustedProxies: [], dataFolder: folder },
    ...{ database: { kind: 'embedded', folder }, blobs: { folder: join(folder, 'blobs') }, federation: {} },
    ...{ audit: { origin: 'x.invalid/audit', signerFolder: join(folder, 'signer') }, log: { level: 'error' } },
  });
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rogatory-private-'));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  onUnix('are made private, and stay as they are when they are', async () => {
    expect(await closeFolders(configuration())).toBe(0);
    expect([await modeOf(folder), await modeOf(join(folder, 'signer'))]).toEqual(['700', '700']);
  });

  onUnix('are closed when others may look in, and the start is told', async () => {
    await chmod(folder, 0o755);
    expect(await closeFolders(configuration())).toBe(1);
    expect(await modeOf(folder)).toBe('700');
    expect(await closeFolders(configuration())).toBe(0);
  });
});
