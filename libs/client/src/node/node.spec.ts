import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { limits, Secret, systemRandom } from '@rogatory/kernel';
import { FederationWorld } from '@rogatory/pki/testing';
import { createKeyStore, newDevice, unlockKeyStore } from '../keys/key-store.js';
import { stateStoreContract } from '../state/state-store.contract.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { SealedStore } from '../state/sealed-store.js';
import { fileKeyStorage, FileStateStore, openFileSource, openFileTarget } from './index.js';

const folders: string[] = [];

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rogatory-client-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

stateStoreContract('files', async () => {
  const folder = join(await scratch(), 'state');
  return { open: () => FileStateStore.open(folder) };
});

stateStoreContract('memory', async () => {
  const store = new MemoryStateStore();
  return { open: async () => store };
});

describe('state in files', () => {
  it('is readable by its owner alone', async () => {
    const folder = join(await scratch(), 'state');
    const store = await FileStateStore.open(folder);
    await store.write('state', Uint8Array.of(1));
    await store.append('upload-1', Uint8Array.of(1));
    const modes = await Promise.all(
      [folder, ...(await readdir(folder)).map((name) => join(folder, name))].map(
        async (path) => (await stat(path)).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it('forgets a record that a crash left torn, and goes on behind the whole ones', async () => {
    const folder = join(await scratch(), 'state');
    const store = await FileStateStore.open(folder);
    await store.append('upload-1', Uint8Array.of(1, 2));
    await appendFile(join(folder, 'upload-1.records'), Uint8Array.of(0, 0, 0, 9, 255, 255, 255, 246, 7));
    expect(await store.readRecords('upload-1')).toEqual([Uint8Array.of(1, 2)]);
    await store.append('upload-1', Uint8Array.of(3));
    expect(await store.readRecords('upload-1')).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  });

  it('takes over the lock of a holder that died', async () => {
    const folder = join(await scratch(), 'state');
    const store = await FileStateStore.open(folder);
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    expect(await store.exclusive(async () => 'in')).toBe('in');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['../up', 'UP', '', 'a/b', 'x'.repeat(81)])('refuses the name %j', async (name) => {
    const store = await FileStateStore.open(join(await scratch(), 'state'));
    await expect(store.write(name, Uint8Array.of(1))).rejects.toMatchObject({ code: 'client/input' });
  });
});

describe('sealed state', () => {
  it('opens under its own name, place and key only', async () => {
    const world = new FederationWorld(3);
    const deviceId = world.id<never>();
    const memory = new MemoryStateStore();
    const storeOf = (fill: number) =>
      new SealedStore({
        store: memory,
        deviceId,
        key: new Secret(new Uint8Array(32).fill(fill)),
        random: systemRandom,
      });
    await storeOf(1).write('state', Uint8Array.of(1, 2, 3));
    expect(await storeOf(1).read('state')).toEqual(Uint8Array.of(1, 2, 3));
    await memory.write('session', (await memory.read('state')) as Uint8Array);
    await expect(storeOf(1).read('session')).rejects.toMatchObject({ code: 'crypto/open' });
    await expect(storeOf(2).read('state')).rejects.toMatchObject({ code: 'crypto/open' });
    const store = storeOf(1);
    await store.append('upload-1', 0, Uint8Array.of(1));
    await store.append('upload-1', 0, Uint8Array.of(2));
    await expect(store.readRecords('upload-1')).rejects.toMatchObject({ code: 'crypto/open' });
  });
});

describe('files', () => {
  it('gives a download its name at the end only, and never overwrites', async () => {
    const folder = await scratch();
    const path = join(folder, 'report.pdf');
    const target = await openFileTarget(path);
    await target.write(0, Uint8Array.of(1, 2, 3, 4));
    expect(await readdir(folder)).toEqual(['.report.pdf.rogatory-part']);
    await target.close();
    const again = await openFileTarget(path);
    expect(await again.size()).toBe(4);
    await again.truncate(3);
    await again.commit();
    expect(await readdir(folder)).toEqual(['report.pdf']);
    await expect(openFileTarget(path)).rejects.toMatchObject({ code: 'client/file-exists' });
    const source = await openFileSource(path);
    expect(await source.read(1, new Uint8Array(2))).toEqual(Uint8Array.of(2, 3));
    await expect(source.read(1, new Uint8Array(9))).rejects.toMatchObject({ code: 'client/storage' });
    await source.close();
  });

  it.each<[string, (draft: string, other: string) => Promise<void>]>([
    ['a symbolic link', (draft, other) => symlink(other, draft)],
    ['a symbolic link to nothing', (draft) => symlink('nowhere', draft)],
    ['a second name of a file', (draft, other) => link(other, draft)],
    ['a file that others may read', (draft) => writeFile(draft, '', { mode: 0o644 })],
    ['a file that others may write', (draft) => writeFile(draft, '').then(() => chmod(draft, 0o602))],
    ['a folder', (draft) => mkdir(draft).then(() => undefined)],
  ])('goes on in no draft that is %s', async (_, plant) => {
    const folder = await scratch();
    const other = join(folder, 'other');
    await writeFile(other, 'kept', { mode: 0o600 });
    await plant(join(folder, '.x.rogatory-part'), other);
    await expect(openFileTarget(join(folder, 'x'))).rejects.toMatchObject({ code: 'client/draft' });
    expect(await readFile(other, 'utf8')).toBe('kept');
  });

  it('leaves nothing of a discarded download', async () => {
    const folder = await scratch();
    const target = await openFileTarget(join(folder, 'x'));
    await target.write(0, Uint8Array.of(1));
    await target.discard();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a key store', () => {
  const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };

  it('opens with its passphrase only, not when older than seen, and not for a cost below the floor', async () => {
    const storage = fileKeyStorage(join(await scratch(), 'keys.rgk'));
    const world = new FederationWorld(4);
    const time = world.time;
    const { content, request } = newDevice({
      ...{ personId: world.id<never>(), authorityId: world.id<never>(), federationRootHash: world.pinnedRootHash },
      ...{ notBeforeMs: time.timeMs, notAfterMs: time.timeMs + 1000, time, random: world.random },
    });
    expect(request.length).toBeGreaterThan(1000);
    const made = await createKeyStore({ content, passphrase: 'a long sentence', cost, random: world.random }, storage);
    const bytes = (await storage.read()) as Uint8Array;
    const opened = await unlockKeyStore(bytes, 'a long sentence');
    expect(opened.deviceId).toBe(made.deviceId);
    expect(opened.signing.publicKey).toEqual(made.signing.publicKey);
    await expect(unlockKeyStore(bytes, 'another sentence')).rejects.toMatchObject({ code: 'crypto/open' });
    await opened.save(opened.content, storage, world.random);
    await expect(unlockKeyStore(bytes, 'a long sentence', opened.generation)).rejects.toMatchObject({
      code: 'e2ee/key-store',
    });
    const cheap = bytes.slice();
    cheap[9] = 1; // passes u32 at offset 6
    await expect(unlockKeyStore(cheap, 'a long sentence')).rejects.toMatchObject({ code: 'codec/cost' });
    await expect(
      createKeyStore({ content, passphrase: 'other', cost, random: world.random }, storage),
    ).rejects.toMatchObject({ code: 'client/input' });
  });
});
