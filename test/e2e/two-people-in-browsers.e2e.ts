import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createKeyStore, type KeyStoreStorage } from '@rogatory/client';
import { limits, systemRandom, toBase64 } from '@rogatory/kernel';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { PersonPage } from '../browser/person-page.js';
import { bundled, inChromium, launchChromium, openTab, servePage } from '../world/chromium.js';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';

const PASSPHRASE = 'a sentence that nobody guesses';
const PART = 8 * 1024 * 1024;

/** Calls a function of the tab's page. */
function call<Name extends keyof PersonPage>(
  tab: Page,
  name: Name,
  ...given: Parameters<PersonPage[Name]>
): Promise<Awaited<ReturnType<PersonPage[Name]>>> {
  return tab.evaluate(`globalThis.person.${name}(...${JSON.stringify(given)})`);
}

/** The key store of a person of the world, under a passphrase as on any device. */
async function keyFileOf(world: World, profile: string): Promise<string> {
  let file: Uint8Array | undefined;
  const storage: KeyStoreStorage = {
    read: async () => file,
    replace: async (bytes) => {
      file = bytes;
    },
  };
  const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
  const { content } = world.keysOf(profile);
  await createKeyStore({ content, passphrase: PASSPHRASE, cost, random: systemRandom }, storage);
  return toBase64(file ?? new Uint8Array(0));
}

inChromium('two people in two browsers at one server', () => {
  let world: World;
  let browser: Browser;
  let folder: string;
  let [hers, his]: BrowserContext[] = [];
  let [ana, bea]: Page[] = [];
  let caseId = '';
  let scripts: Readonly<Record<string, string>> = {};
  const content = Buffer.alloc(3 * PART + 4_097, 0);

  const ids = () => ({ ana: world.keysOf('prosecutor-xa').personId, bea: world.keysOf('judge-xb').personId });
  const tabOf = async (context: BrowserContext, profile: string): Promise<Page> => {
    const tab = await openTab(context, `${world.url}/page.html`);
    await call(tab, 'signIn', profile, PASSPHRASE);
    return tab;
  };
  const start = async (profile: string): Promise<BrowserContext> => {
    const context = await browser.newContext();
    const address = await servePage(context, world.url, scripts);
    const tab = await openTab(context, address);
    await call(tab, 'enrol', profile, await keyFileOf(world, profile));
    await tab.close();
    return context;
  };

  beforeAll(async () => {
    world = await World.start(await onEmbedded());
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'rogatory-chosen-'));
    for (let at = 0; at < content.length; at += 4)
      content.writeInt32BE((at * 31) | 0, Math.min(at, content.length - 4));
    await writeFile(join(folder, 'extract.bin'), content);
    scripts = {
      '/page.js': await bundled({ path: join(import.meta.dirname, '..', 'browser', 'person-page.ts') }),
      '/cipher-worker.js': await bundled({ text: `import '@rogatory/client/browser/cipher-worker';` }),
      '/private-file-worker.js': await bundled({ text: `import '@rogatory/client/browser/private-file-worker';` }),
    };
    [hers, his] = [await start('prosecutor-xa'), await start('judge-xb')];
    [ana, bea] = [await tabOf(hers, 'prosecutor-xa'), await tabOf(his, 'judge-xb')];
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await world.stop();
    await rm(folder, { recursive: true });
  });

  it('meet in a case', async () => {
    caseId = await call(ana!, 'createCase', 'Harbour');
    await call(ana!, 'trust', ids().bea);
    await call(bea!, 'trust', ids().ana);
    await call(ana!, 'invite', caseId, ids().bea);
    await call(bea!, 'accept');
    await call(ana!, 'admit', caseId, ids().bea);
    expect(await call(bea!, 'texts', caseId)).toEqual([]);
  });

  it('hear each other live', async () => {
    await call(bea!, 'listen', caseId);
    await call(ana!, 'say', caseId, 'We open on Monday.');
    await bea!.waitForFunction('globalThis.person.live().length === 1');
    expect(await call(bea!, 'live')).toEqual(['We open on Monday.']);
  });

  it('goes on with an upload that a closed tab interrupted, and sends what arrived not again', async () => {
    let stopped = false;
    await ana!.route('**/parts/2', async (route) => {
      if (stopped) await route.continue();
    });
    await ana!.setInputFiles('input', join(folder, 'extract.bin'));
    const upload = call(ana!, 'upload', caseId).catch(() => undefined);
    await ana!.waitForFunction('globalThis.person.progress().length === 3');
    stopped = true;
    await ana!.close();
    await upload;
    ana = await tabOf(hers!, 'prosecutor-xa');
    expect(await call(ana, 'interrupted')).toBe(1);
    const sent: string[] = [];
    ana.on('request', (request) => {
      if (request.method() === 'PUT') sent.push(new URL(request.url()).pathname.split('/').at(-1) ?? '');
    });
    await ana.setInputFiles('input', join(folder, 'extract.bin'));
    const stored = await call(ana, 'upload', caseId);
    const hash = createHash('sha256').update(content).digest('hex');
    expect(stored).toEqual({ name: 'extract.bin', hash });
    expect(sent).toEqual(['2']);
    expect(await call(ana, 'interrupted')).toBe(0);
  });

  it('get files byte for byte', async () => {
    expect(await call(bea!, 'download', caseId)).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('are where they were after a reload, in a second tab too', async () => {
    await bea!.reload();
    await bea!.waitForFunction('globalThis.isReady === true');
    await call(bea!, 'signIn', 'judge-xb', PASSPHRASE);
    const second = await tabOf(his!, 'judge-xb');
    expect(await call(bea!, 'contact', ids().ana)).toBe('trusted');
    // Two tabs of one device number what they write from one row: the server would refuse a number that came twice.
    await Promise.all([
      call(bea!, 'say', caseId, 'one'),
      call(second, 'say', caseId, 'two'),
      call(bea!, 'say', caseId, 'three'),
      call(second, 'say', caseId, 'four'),
    ]);
    const texts = await call(ana!, 'texts', caseId);
    expect(texts.toSorted()).toEqual(['We open on Monday.', 'four', 'one', 'three', 'two']);
    expect(await call(second, 'texts', caseId)).toEqual(texts);
    for (const tab of [ana!, bea!, second]) expect(await call(tab, 'concerns')).toEqual([]);
  });

  it('open nothing with another passphrase', async () => {
    const tab = await openTab(his!, `${world.url}/page.html`);
    await expect(call(tab, 'signIn', 'judge-xb', 'another sentence')).rejects.toThrow(/the sealed bytes do not open/);
  });
});
