import { describe, expect, it } from '@jest/globals';
import { SigningKey } from '@rogatory/crypto/sign';
import { limits, UnavailableError } from '@rogatory/kernel';
import { emptyRoot, signCheckpoint } from '@rogatory/tlog';
import { noteSigner } from '../../index.js';
import { TestingClock, testingRandom } from '../../testing.js';
import { HeadViews } from './head-views.js';
import type { StoredCheckpoint } from './log-tree.store.js';

const origin = 'demo.invalid/audit/2026h2';
const signer = noteSigner(origin, SigningKey.generate(testingRandom(4)));
const rootOf = (size: number) => new Uint8Array(32).fill(size);
const none = { size: 0, root: emptyRoot() };

/** The stored log as the views see it, moved by hand. */
class Scene {
  readonly clock = new TestingClock();
  shown: StoredCheckpoint | undefined;
  heads = 0;
  paths: string[] = [];
  isDown = false;
  /** Lets reads of the head wait until it is called. */
  goOn: (() => void) | undefined;
  isHeld = false;
  readonly views = new HeadViews({
    clock: this.clock,
    log: {
      published: async () => {
        this.heads++;
        if (this.isHeld) await new Promise<void>((resolve) => (this.goOn = resolve));
        if (this.isDown) throw new UnavailableError('database/unavailable', 'down');
        return this.shown;
      },
      pathBetween: async (first, second) => {
        this.paths.push(`${first}-${second}`);
        if (this.isDown) throw new UnavailableError('database/unavailable', 'down');
        return [rootOf(first), rootOf(second)];
      },
    },
  });

  async publish(size: number): Promise<Uint8Array> {
    const note = await signCheckpoint({ origin, size, root: rootOf(size) }, [signer]);
    this.shown = { size, note, timeMs: this.clock.nowMs() };
    return note;
  }

  /** The next view reads again. */
  later(): void {
    this.clock.advance(limits.headViewMs);
  }
}

describe('what answers say of the log', () => {
  it('is nothing before the first head, and the whole head to whoever stated none', async () => {
    const scene = new Scene();
    expect(await scene.views.view(none)).toEqual({ size: 0, checkpoint: undefined, consistency: [], peers: [] });
    const note = await scene.publish(5);
    scene.later();
    expect(await scene.views.view(none)).toEqual({ size: 5, checkpoint: note, consistency: [], peers: [] });
    expect(scene.paths).toEqual([]);
  });

  it('leaves the head out only where size and root are those that were stated', async () => {
    const scene = new Scene();
    const note = await scene.publish(5);
    const same = { size: 5, checkpoint: undefined, consistency: [], peers: [] };
    expect(await scene.views.view({ size: 5, root: rootOf(5) })).toEqual(same);
    // Who holds another root of this size is shown what the others are shown: that is the proof of the fork.
    const other = { size: 5, checkpoint: note, consistency: [], peers: [] };
    expect(await scene.views.view({ size: 5, root: rootOf(6) })).toEqual(other);
  });

  it('shows the path from an older head, made once for all who hold it, whatever root they state', async () => {
    const scene = new Scene();
    const note = await scene.publish(9);
    const behind = { size: 9, checkpoint: note, consistency: [rootOf(4), rootOf(9)], peers: [] };
    const asked = [rootOf(4), rootOf(4), rootOf(3)].map((root) => scene.views.view({ size: 4, root }));
    expect(await Promise.all(asked)).toEqual([behind, behind, behind]);
    expect([scene.heads, scene.paths]).toEqual([1, ['4-9']]);
    await scene.publish(12);
    scene.later();
    expect((await scene.views.view({ size: 4, root: rootOf(4) })).consistency).toEqual([rootOf(4), rootOf(12)]);
  });

  it('reads the head once in a while, however many ask, and says nothing older than that', async () => {
    const scene = new Scene();
    await scene.publish(5);
    await Promise.all(Array.from({ length: 50 }, () => scene.views.view(none)));
    await scene.publish(6);
    scene.clock.advance(limits.headViewMs - 1);
    expect((await scene.views.view(none)).size).toBe(5);
    scene.clock.advance(1);
    expect((await scene.views.view(none)).size).toBe(6);
    expect(scene.heads).toBe(2);
  });

  it('looks again at once for whoever knows of a newer head, one look for all who ask meanwhile', async () => {
    const scene = new Scene();
    await scene.publish(5);
    await scene.views.view(none);
    await scene.publish(8);
    scene.isHeld = true;
    const known = { size: 8, root: rootOf(8) };
    const first = scene.views.view(known);
    while (scene.goOn === undefined) await Promise.resolve();
    // One look is under way, and it may have begun before theirs was published: all of these share the next one.
    const others = Array.from({ length: 20 }, () => scene.views.view(known));
    scene.isHeld = false;
    scene.goOn();
    const same = { size: 8, checkpoint: undefined, consistency: [], peers: [] };
    expect(await Promise.all([first, ...others])).toEqual(Array.from({ length: 21 }, () => same));
    expect(scene.heads).toBeLessThanOrEqual(3);
    // A head beyond all that there is: shown the newest, without a path that nobody could make.
    const beyond = await scene.views.view({ size: 99, root: rootOf(9) });
    expect([beyond.size, beyond.consistency, scene.paths]).toEqual([8, [], []]);
    expect(beyond.checkpoint).toEqual(scene.shown?.note);
  });

  it('fails with storage and keeps no failure, neither of a head nor of a path', async () => {
    const scene = new Scene();
    await scene.publish(7);
    scene.isDown = true;
    const down = { code: 'database/unavailable' };
    await expect(scene.views.view(none)).rejects.toMatchObject(down);
    scene.isDown = false;
    expect((await scene.views.view(none)).size).toBe(7);
    scene.isDown = true;
    await expect(scene.views.view({ size: 3, root: rootOf(3) })).rejects.toMatchObject(down);
    await expect(scene.views.view({ size: 20, root: rootOf(20) })).rejects.toMatchObject(down);
    scene.isDown = false;
    expect((await scene.views.view({ size: 3, root: rootOf(3) })).consistency).toEqual([rootOf(3), rootOf(7)]);
    expect((await scene.views.view({ size: 20, root: rootOf(20) })).size).toBe(7);
  });

  it('keeps a bounded number of paths', async () => {
    const scene = new Scene();
    await scene.publish(200);
    const size = limits.headViewPaths + 10;
    scene.shown = { ...(scene.shown as StoredCheckpoint), size };
    for (let first = 1; first < size; first++) await scene.views.view({ size: first, root: rootOf(1) });
    const made = scene.paths.length;
    await scene.views.view({ size: size - 1, root: rootOf(1) });
    expect(scene.paths).toHaveLength(made);
    await scene.views.view({ size: 1, root: rootOf(1) });
    expect(scene.paths).toHaveLength(made + 1);
  });

  it('keeps a path that is asked for, whatever else is asked about meanwhile', async () => {
    const scene = new Scene();
    await scene.publish(200);
    scene.shown = { ...(scene.shown as StoredCheckpoint), size: limits.headViewPaths + 10 };
    for (let first = 1; first <= limits.headViewPaths + 5; first++) {
      await scene.views.view({ size: first, root: rootOf(1) });
      await scene.views.view({ size: 1, root: rootOf(1) });
    }
    expect(scene.paths.filter((path) => path.startsWith('1-'))).toHaveLength(1);
  });

  it('shows the paths from heads that others told in the order of the question, and none for one as large or larger', async () => {
    const scene = new Scene();
    const note = await scene.publish(9);
    const view = await scene.views.view({ size: 4, root: rootOf(4), peerSizes: [7, 9, 2, 4] });
    const pathFrom = (from: number) => [rootOf(from), rootOf(9)];
    const peers = [pathFrom(7), [], pathFrom(2), pathFrom(4)];
    expect(view).toEqual({ size: 9, checkpoint: note, consistency: pathFrom(4), peers });
    expect(scene.paths).toEqual(['4-9', '7-9', '2-9']);
  });
});
