import { describe, expect, it } from '@jest/globals';
import type { StateStore } from './state-store.js';

/** What a driver is tried with: `open` opens the same storage anew each time, as another process would. */
export interface StateStoreUnderTest {
  open(): Promise<StateStore>;
}

const bytes = (...values: number[]) => Uint8Array.from(values);

/** The contract of `StateStore`, run on every driver. */
export function stateStoreContract(name: string, makeStorage: () => Promise<StateStoreUnderTest>): void {
  describe(`state store: ${name}`, () => {
    it('reads back what was written, also when opened anew, and the newest value only', async () => {
      const storage = await makeStorage();
      const store = await storage.open();
      expect(await store.read('state')).toBeUndefined();
      await store.write('state', bytes(1, 2));
      await store.write('state', bytes(3));
      const again = await storage.open();
      expect(await again.read('state')).toEqual(bytes(3));
      expect(await again.list()).toEqual(['state']);
    });

    it('keeps its own copy of bytes', async () => {
      const store = await (await makeStorage()).open();
      const given = bytes(1);
      await store.write('state', given);
      given[0] = 9;
      expect(await store.read('state')).toEqual(bytes(1));
    });

    it('appends records in order, empty ones too', async () => {
      const storage = await makeStorage();
      const store = await storage.open();
      for (const record of [bytes(1), bytes(), bytes(2, 3)]) await store.append('upload-1', record);
      const again = await storage.open();
      expect(await again.readRecords('upload-1')).toEqual([bytes(1), bytes(), bytes(2, 3)]);
      expect(await again.readRecords('upload-2')).toEqual([]);
    });

    it('removes, and removing nothing is no error', async () => {
      const store = await (await makeStorage()).open();
      await store.write('state', bytes(1));
      await store.append('upload-1', bytes(1));
      await store.remove('state');
      await store.remove('upload-1');
      await store.remove('upload-1');
      expect(await store.list()).toEqual([]);
    });

    it('lets one in at a time, also after a failure', async () => {
      const storage = await makeStorage();
      const stores = [await storage.open(), await storage.open()];
      let inside = 0;
      let most = 0;
      const work = (store: StateStore) => async () => {
        await store.exclusive(async () => {
          most = Math.max(most, ++inside);
          const before = (await store.read('count'))?.[0] ?? 0;
          await store.write('count', bytes(before + 1));
          inside--;
        });
      };
      const fail = stores[0]?.exclusive(() => Promise.reject(new RangeError('inner')));
      await expect(fail).rejects.toThrow('inner');
      await Promise.all(Array.from({ length: 10 }, (_, i) => work(stores[i % 2] as StateStore)()));
      expect(most).toBe(1);
      expect(await stores[0]?.read('count')).toEqual(bytes(10));
    });
  });
}
