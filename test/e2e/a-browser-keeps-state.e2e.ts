import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StateStore } from '@rogatory/client';
import { unavailableError } from '../../libs/client/src/client.errors.js';
import { stateStoreContract } from '../../libs/client/src/state/state-store.contract.js';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { StoragePage } from '../browser/storage-page.js';
import { bundled, inChromium, launchChromium, openTab, servePage } from '../world/chromium.js';

const ORIGIN = 'http://127.0.0.1:1';
const PROFILE = 'one';

interface Outcome<Value> {
  readonly value?: Value;
  readonly code?: string;
}

/** Calls a function of the tab's page. */
function call<Name extends keyof StoragePage>(
  tab: Page,
  name: Name,
  ...given: Parameters<StoragePage[Name]>
): Promise<Awaited<ReturnType<StoragePage[Name]>>> {
  return tab.evaluate(`globalThis.storage.${name}(...${JSON.stringify(given)})`);
}

async function valueOf<Value>(asked: Promise<Outcome<Value>>): Promise<Value> {
  const { value, code } = await asked;
  if (code !== undefined) throw Object.assign(unavailableError('client/storage'), { told: code });
  return value as Value;
}

/** The store of a tab, driven from here. */
function storeOf(tab: Page): StateStore {
  const bytesOf = (told: readonly number[]): Uint8Array => Uint8Array.from(told);
  return {
    read: async (name) => {
      const told = await valueOf(call(tab, 'read', PROFILE, name));
      return told && bytesOf(told);
    },
    write: (name, bytes) => valueOf(call(tab, 'write', PROFILE, name, [...bytes])),
    append: (name, record) => valueOf(call(tab, 'append', PROFILE, name, [...record])),
    readRecords: async (name) => (await valueOf(call(tab, 'readRecords', PROFILE, name))).map(bytesOf),
    remove: (name) => valueOf(call(tab, 'remove', PROFILE, name)),
    list: () => valueOf(call(tab, 'list', PROFILE)),
    exclusive: async (run) => {
      const hold = await call(tab, 'enter', PROFILE);
      try {
        return await run();
      } finally {
        await call(tab, 'leave', hold);
      }
    },
  };
}

inChromium('the storage of a browser', () => {
  let browser: Browser;
  let scripts: Readonly<Record<string, string>>;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    const worker = `import '@rogatory/client/browser/private-file-worker';`;
    scripts = {
      '/page.js': await bundled({ path: join(import.meta.dirname, '..', 'browser', 'storage-page.ts') }),
      '/private-file-worker.js': await bundled({ text: worker }),
    };
  });
  afterAll(() => browser.close());

  /** A browser of its own, in which each call opens one more tab. */
  async function fresh(): Promise<() => Promise<Page>> {
    const context = await browser.newContext();
    contexts.push(context);
    const address = await servePage(context, ORIGIN, scripts);
    return () => openTab(context, address);
  }

  stateStoreContract('IndexedDB, in tabs of one browser', async () => {
    const open = await fresh();
    return { open: async () => storeOf(await open()) };
  });

  describe('a profile', () => {
    it('lets the next tab in when the holder is closed', async () => {
      const open = await fresh();
      const [holder, next] = [await open(), await open()];
      await call(holder, 'enter', PROFILE);
      const entering = call(next, 'enter', PROFILE);
      await holder.close();
      expect(await entering).toBe(1);
    });

    it('keeps the order of what two tabs append at once', async () => {
      const open = await fresh();
      const tabs = [await open(), await open()];
      await Promise.all(Array.from({ length: 20 }, (_, i) => call(tabs[i % 2]!, 'append', PROFILE, 'upload-1', [i])));
      const records = await valueOf(call(tabs[0]!, 'readRecords', PROFILE, 'upload-1'));
      expect(records.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      for (const parity of [0, 1]) {
        const own = records.flat().filter((value) => value % 2 === parity);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
    });

    it('is apart from the others, is listed, and goes away whole', async () => {
      const tab = await (await fresh())();
      await call(tab, 'replaceKeys', 'one', [1, 2, 3]);
      await call(tab, 'write', 'two', 'state', [4]);
      expect(await call(tab, 'keys', 'one')).toEqual({ value: [1, 2, 3] });
      expect(await call(tab, 'keys', 'two')).toEqual({});
      expect(await call(tab, 'read', 'one', 'state')).toEqual({});
      expect(await call(tab, 'profiles')).toEqual({ value: ['one', 'two'] });
      await call(tab, 'removeProfile', 'one');
      expect(await call(tab, 'profiles')).toEqual({ value: ['two'] });
      expect(await call(tab, 'keys', 'one')).toEqual({});
    });

    it.each(['../up', 'UP', '', 'a/b', 'x'.repeat(81)])('refuses the name %j', async (name) => {
      const tab = await (await fresh())();
      expect(await call(tab, 'write', PROFILE, name, [1])).toEqual({ code: 'client/input' });
      expect(await call(tab, 'openTarget', name)).toEqual({ code: 'client/input' });
    });
  });

  describe('a file that somebody chose to save to', () => {
    it('holds what was there until the whole is given, and then the whole', async () => {
      const tab = await (await fresh())();
      const pieces = [[1, 2, 3], [4], [5, 0]];
      const whole = { size: 5, before: [], after: [1, 2, 3, 4, 5] };
      expect(await call(tab, 'saveTo', 'copy', pieces, 'commit')).toEqual({ value: whole });
      const kept = { size: 1, before: whole.after, after: whole.after };
      expect(await call(tab, 'saveTo', 'copy', [[9, 9]], 'discard')).toEqual({ value: kept });
    });
  });

  describe('a private download', () => {
    it('goes on after a reload, is whole at the end, and leaves nothing', async () => {
      const tab = await (await fresh())();
      await call(tab, 'openTarget', 'd1');
      await call(tab, 'writeTarget', 'd1', 0, [1, 2, 3, 4]);
      await call(tab, 'endTarget', 'd1', 'close');
      await tab.reload();
      await tab.waitForFunction('globalThis.isReady === true');
      await call(tab, 'openTarget', 'd1');
      expect(await call(tab, 'targetSize', 'd1')).toEqual({ value: 4 });
      expect(await call(tab, 'readTarget', 'd1', 1, 2)).toEqual({ value: [2, 3] });
      expect(await call(tab, 'readTarget', 'd1', 1, 9)).toEqual({ code: 'client/storage' });
      await call(tab, 'truncateTarget', 'd1', 3);
      await call(tab, 'writeTarget', 'd1', 3, [9]);
      expect(await call(tab, 'endTarget', 'd1', 'commit')).toEqual({});
      expect(await call(tab, 'wholeTarget', 'd1')).toEqual({ value: [1, 2, 3, 9] });
      expect(await call(tab, 'writeTarget', 'd1', 0, [1])).toEqual({ code: 'client/storage' });
      await call(tab, 'removeFiles');
      expect(await call(tab, 'wholeTarget', 'd1')).toEqual({ code: 'client/storage' });
    });

    it('has one holder of all tabs, and starts anew once discarded', async () => {
      const open = await fresh();
      const [tab, other] = [await open(), await open()];
      await call(tab, 'openTarget', 'd1');
      await call(tab, 'writeTarget', 'd1', 0, [1]);
      expect(await call(other, 'openTarget', 'd1')).toEqual({ code: 'client/storage' });
      await call(tab, 'endTarget', 'd1', 'discard');
      expect(await call(other, 'openTarget', 'd1')).toEqual({});
      expect(await call(other, 'targetSize', 'd1')).toEqual({ value: 0 });
    });
  });
});
