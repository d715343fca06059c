import { describe, expect, it } from '@jest/globals';
import { type Clock, limits, utf8 } from '@rogatory/kernel';
import { encodeNote, fullConsistencyPath, TileHashReader, TreeTail } from '@rogatory/tlog';
import { HeadViews } from './head-views.js';

/** A log in memory that counts what is read of it. */
class Rig {
  size = 0;
  nowMs = 0;
  reads = 0;
  paths = 0;
  readonly #leaves = Array.from({ length: 64 }, (_, place) => utf8(`leaf ${place}`));
  readonly views = new HeadViews({
    log: {
      published: async () => {
        this.reads += 1;
        if (this.size === 0) return undefined;
        const text = `x.example/log\n${this.size}\n${Buffer.from(this.root(this.size)).toString('base64')}\n`;
        const signatures = [{ name: 'x.example/log', keyId: '00000001', signature: new Uint8Array(64) }];
        return { size: this.size, note: encodeNote({ text, signatures }), timeMs: 0 };
      },
      pathBetween: async (first, second) => {
        this.paths += 1;
        const { files } = TreeTail.empty.extend(this.#leaves.slice(0, second));
        const tiles = { readTile: async (path: string) => files.find((file) => file.path === path)?.bytes };
        return fullConsistencyPath(first, second, new TileHashReader(tiles, second));
      },
    },
    clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs } satisfies Clock,
  });

  root(size: number): Uint8Array {
    return TreeTail.empty.extend(this.#leaves.slice(0, size)).tail.root();
  }

  head(size: number) {
    return { size, root: size === 0 ? new Uint8Array(32) : this.root(size) };
  }
}

describe('what answers show of the log', () => {
  it('is nothing before the first head, the head alone to newcomers, and a word to who has it', async () => {
    const rig = new Rig();
    expect(await rig.views.view(rig.head(0))).toEqual({ size: 0, checkpoint: undefined, consistency: [] });
    rig.size = 9;
    rig.nowMs += limits.headViewMs;
    const first = await rig.views.view(rig.head(0));
    expect(first).toMatchObject({ size: 9, checkpoint: expect.any(Uint8Array), consistency: [] });
    expect(await rig.views.view(rig.head(9))).toEqual({ size: 9, checkpoint: undefined, consistency: [] });
    const forked = await rig.views.view({ size: 9, root: new Uint8Array(32) });
    expect(forked.checkpoint).toBeDefined();
  });

  it('reads the head once a second and makes each path once, however many ask', async () => {
    const rig = new Rig();
    rig.size = 20;
    for (let asked = 0; asked < 50; asked++) {
      const view = await rig.views.view(rig.head(7));
      expect(view.consistency.length).toBeGreaterThan(0);
    }
    expect([rig.reads, rig.paths]).toEqual([1, 1]);
    rig.size = 21;
    expect((await rig.views.view(rig.head(7))).size).toBe(20);
    rig.nowMs += limits.headViewMs;
    expect((await rig.views.view(rig.head(7))).size).toBe(21);
    expect([rig.reads, rig.paths]).toEqual([2, 2]);
  });

  it('looks again for who states a larger head, at most five times a second', async () => {
    const rig = new Rig();
    rig.size = 20;
    await rig.views.view(rig.head(0));
    rig.size = 30;
    for (let asked = 0; asked < 20; asked++) await rig.views.view(rig.head(30));
    expect(rig.reads).toBe(1);
    rig.nowMs += limits.headViewLeastMs;
    expect(await rig.views.view(rig.head(30))).toEqual({ size: 30, checkpoint: undefined, consistency: [] });
    expect(rig.reads).toBe(2);
  });
});
