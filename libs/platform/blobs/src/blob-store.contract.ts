import { beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { type BlobKey, type BlobStore, type PartSource, parseBlobKey } from './blob-store.js';

/** A driver as the contract suite needs it. */
export interface BlobStoreUnderTest {
  /** A store without objects. */
  open(): Promise<BlobStore>;
  /** The same storage as a new process would open it. */
  reopen(): Promise<BlobStore>;
}

let nextKey = 1;
function freshKey(): BlobKey {
  nextKey += 1;
  return parseBlobKey(((nextKey * 0x9e3779b1) % 2 ** 32).toString(16).padStart(8, '0').repeat(4));
}

function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + 7) % 256);
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What every driver of the port MUST do. */
export function blobStoreContract(under: BlobStoreUnderTest): void {
  let store: BlobStore;
  beforeAll(async () => {
    store = await under.open();
  });

  const put = (key: BlobKey, index: number, source: PartSource, bytes: number) =>
    store.putPart({ key, index, source, bytes });
  const read = async (key: BlobKey, index: number, range?: { start: number; end: number }) => {
    const stream = await store.readPart(key, index, range);
    if (stream === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    return new Uint8Array(Buffer.concat(chunks));
  };

  describe('parts', () => {
    it('come back as they went in, whole or streamed, empty or large', async () => {
      const key = freshKey();
      const large = pattern(3 * 1024 * 1024 + 5);
      await put(key, 0, large, large.length);
      await put(key, 1, inPieces(large, 65_537), large.length);
      await put(key, 2, new Uint8Array(0), 0);
      expect(Buffer.compare((await read(key, 0)) as Uint8Array, large)).toBe(0);
      expect(Buffer.compare((await read(key, 1)) as Uint8Array, large)).toBe(0);
      expect(await read(key, 2)).toEqual(new Uint8Array(0));
      expect(await store.listParts(key)).toEqual([
        { index: 0, bytes: large.length },
        { index: 1, bytes: large.length },
        { index: 2, bytes: 0 },
      ]);
    });

    it('are read by range, and not outside', async () => {
      const key = freshKey();
      const bytes = pattern(1000);
      await put(key, 0, bytes, bytes.length);
      for (const [start, end] of [
        [0, 1],
        [999, 1000],
        [0, 1000],
        [250, 750],
        [500, 500],
        [1000, 1000],
      ] as const) {
        expect(await read(key, 0, { start, end })).toEqual(bytes.slice(start, end));
      }
      for (const [start, end] of [
        [-1, 5],
        [0, 1001],
        [7, 6],
        [0.5, 3],
        [0, Number.NaN],
      ] as const) {
        await expect(store.readPart(key, 0, { start, end })).rejects.toMatchObject({ code: 'blob/range' });
      }
    });

    it('that are absent are undefined', async () => {
      const key = freshKey();
      expect(await store.readPart(key, 0)).toBeUndefined();
      expect(await store.has(key, 0)).toBe(false);
      expect(await store.listParts(key)).toEqual([]);
      await put(key, 3, pattern(1), 1);
      expect(await store.has(key, 3)).toBe(true);
      expect(await store.has(key, 2)).toBe(false);
    });

    it('are written once', async () => {
      const key = freshKey();
      await put(key, 0, pattern(10), 10);
      await expect(put(key, 0, pattern(20), 20)).rejects.toMatchObject({ family: 'refused', code: 'blob/part-exists' });
      expect(await read(key, 0)).toEqual(pattern(10));
    });

    it('are written once when many try at the same time', async () => {
      const key = freshKey();
      const tries = Array.from({ length: 8 }, (_, index) => put(key, 0, new Uint8Array(64).fill(index), 64));
      const outcomes = await Promise.allSettled(tries);
      const winners = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await read(key, 0)).toEqual(new Uint8Array(64).fill(winners[0] as number));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'blob/part-exists' });
      }
    });
  });

  describe('a part that does not come whole', () => {
    it('is not stored when it is shorter or longer than announced', async () => {
      const key = freshKey();
      for (const bytes of [9, 11]) {
        await expect(put(key, 0, inPieces(pattern(10), 3), bytes)).rejects.toMatchObject({ code: 'blob/part-length' });
        expect(await store.has(key, 0)).toBe(false);
      }
    });

    it('is not stored when its source breaks, and the error of the source comes through', async () => {
      const key = freshKey();
      const fault = new Error('the client went away');
      async function* breaking(): AsyncGenerator<Uint8Array> {
        yield pattern(10);
        throw fault;
      }
      await expect(put(key, 0, breaking(), 20)).rejects.toBe(fault);
      expect(await store.has(key, 0)).toBe(false);
      await put(key, 0, pattern(20), 20);
      expect(await read(key, 0)).toEqual(pattern(20));
    });

    it('stops reading its source at the announced length', async () => {
      let pulled = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          pulled += 1;
          yield new Uint8Array(100);
        }
      }
      await expect(put(freshKey(), 0, endless(), 250)).rejects.toMatchObject({ code: 'blob/part-length' });
      expect(pulled).toBe(3);
    });
  });

  describe('keys and indexes', () => {
    it('of users never reach the storage', async () => {
      for (const text of ['', '..', '../../etc/passwd', 'A'.repeat(32), 'a'.repeat(31), `${'a'.repeat(31)}/`]) {
        expect(() => parseBlobKey(text)).toThrow(expect.objectContaining({ family: 'usage', code: 'blob/key' }));
        await expect(store.listParts(text as BlobKey)).rejects.toMatchObject({ code: 'blob/key' });
      }
      for (const index of [-1, 0.5, Number.NaN, limits.maxBlobParts]) {
        await expect(put(freshKey(), index, pattern(1), 1)).rejects.toMatchObject({ code: 'blob/part-index' });
      }
      await expect(put(freshKey(), 0, pattern(1), limits.maxBlobPartBytes + 1)).rejects.toMatchObject({
        family: 'usage',
      });
    });
  });

  it('deletes an object with all its parts, and an absent one too', async () => {
    const [key, other] = [freshKey(), freshKey()];
    await Promise.all([put(key, 0, pattern(1), 1), put(key, 1, pattern(1), 1), put(other, 0, pattern(1), 1)]);
    await store.delete(key);
    await store.delete(key);
    expect(await store.listParts(key)).toEqual([]);
    expect(await store.has(other, 0)).toBe(true);
    await put(key, 0, pattern(2), 2);
    expect(await read(key, 0)).toEqual(pattern(2));
  });

  it('lists all keys once, page by page', async () => {
    const fresh = Array.from({ length: 7 }, freshKey);
    for (const key of fresh) await put(key, 0, pattern(1), 1);
    const listed: BlobKey[] = [];
    for (;;) {
      const after = listed.at(-1);
      const page = await store.list({ limit: 3, ...(after === undefined ? {} : { after }) });
      expect(page.length).toBeLessThanOrEqual(3);
      if (page.length === 0) break;
      listed.push(...page.map((entry) => entry.key));
    }
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual(expect.arrayContaining(fresh));
  });

  it('finds everything again after a restart', async () => {
    const key = freshKey();
    await put(key, 0, pattern(100), 100);
    store = await under.reopen();
    expect(await read(key, 0)).toEqual(pattern(100));
    expect(await store.removeLeftovers(Number.MAX_SAFE_INTEGER)).toBe(0);
  });
}
