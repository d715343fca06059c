import { describe, expect, it } from '@jest/globals';
import { type ActId, limits, newActId } from '@rogatory/kernel';
import type { Database, Reader } from '@rogatory/platform-database';
import { TestingClock, testingRandom } from '../testing.js';
import { ReleaseGate } from './release-gate.js';
import { outcomeOf } from '../testing/recorded.js';

const clock = new TestingClock();
const random = testingRandom(5);
/** The stored log as the gate sees it, moved by hand. */
class Scene {
  signedSize = 0;
  witnessedSize = 0;
  /** When a quorum last spoke. */
  quorumMs: number | undefined = 0;
  readonly places = new Map<ActId, number>();
  pending = 0;
  reads = 0;
  woken = 0;
  isDown = false;
  readonly gate: ReleaseGate;

  constructor(hasWitnesses = false) {
    const read = async <T>(_principal: unknown, use: (reader: Reader) => Promise<T>): Promise<T> => {
      this.reads += 1;
      if (this.isDown) throw new Error('the database is down');
      return use({} as Reader);
    };
    this.gate = new ReleaseGate({
      database: { read } as Database,
      records: {
        sequencedBelow: async (_reader, ids, size) => ids.filter((id) => (this.places.get(id) ?? size) < size),
        countPending: async () => this.pending,
        pendingSinceMs: async () => undefined,
      },
      tree: {
        checkpoint: async () => ({ size: this.signedSize, note: new Uint8Array(0), timeMs: 0 }),
        witnessed: async () =>
          this.quorumMs === undefined
            ? undefined
            : { size: this.witnessedSize, note: new Uint8Array(0), timeMs: this.quorumMs },
      },
      hasWitnesses,
      clock,
      wake: () => {
        this.woken += 1;
      },
    });
  }
}

describe('release gate', () => {
  it('lets a committed answer leave at once and asks nobody', async () => {
    const scene = new Scene();
    await scene.gate.released(newActId(clock, random), 'committed');
    expect([scene.reads, scene.woken]).toEqual([0, 0]);
  });

  it('holds an answer until a signed head covers its record, and answers many with one look', async () => {
    const scene = new Scene();
    const ids = Array.from({ length: 20 }, () => newActId(clock, random));
    const released: ActId[] = [];
    const waits = ids.map((id) => scene.gate.released(id, 'signed').then(() => released.push(id)));
    ids.forEach((id, place) => scene.places.set(id, place));
    scene.signedSize = 7;
    scene.gate.notifyHead();
    await Promise.all(waits.slice(0, 7));
    expect(released).toEqual(ids.slice(0, 7));
    expect(scene.reads).toBe(1);
    scene.signedSize = 20;
    scene.gate.notifyHead();
    await Promise.all(waits);
    expect(released).toHaveLength(20);
    expect(scene.woken).toBe(20);
  });

  it('finds a signed head without being told', async () => {
    const scene = new Scene();
    const id = newActId(clock, random);
    scene.places.set(id, 0);
    scene.signedSize = 1;
    await scene.gate.released(id, 'signed');
    expect(scene.reads).toBe(1);
  });

  it('T22: fails closed when nothing is signed in time, or nobody can tell', async () => {
    for (const isDown of [false, true]) {
      const scene = new Scene();
      scene.isDown = isDown;
      const refused = outcomeOf(scene.gate.released(newActId(clock, random), 'signed'));
      clock.advance(limits.gateTimeoutMs);
      scene.gate.notifyHead();
      expect(await refused).toBe('audit/unavailable');
    }
  });

  it('holds the most sensitive answers until a quorum vouches for their record, and no longer than it may', async () => {
    const scene = new Scene(true);
    const [covered, late] = [newActId(clock, random), newActId(clock, random)];
    scene.places.set(covered, 3).set(late, 4);
    const signed = scene.gate.released(covered, 'signed');
    const witnessed = scene.gate.released(covered, 'witnessed');
    const refused = outcomeOf(scene.gate.released(late, 'witnessed'));
    scene.signedSize = 9;
    scene.gate.notifyHead();
    await signed;
    scene.witnessedSize = 4;
    scene.gate.notifyHead();
    await witnessed;
    clock.advance(limits.gateTimeoutMs);
    scene.gate.notifyHead();
    expect(await refused).toBe('audit/unavailable');
  });

  it('refuses what only witnesses could release where there are none', async () => {
    expect(await outcomeOf(new Scene().gate.released(newActId(clock, random), 'witnessed'))).toBe('audit/unavailable');
  });

  it('lets acts wait for the sequencer, and counts once a tick', async () => {
    const scene = new Scene();
    await Promise.all(Array.from({ length: 50 }, () => scene.gate.admitted()));
    expect(scene.reads).toBe(1);
    scene.pending = limits.maxUnsequencedRecords;
    clock.advance(limits.sequencerTickMs);
    const waiting = scene.gate.admitted();
    scene.pending = 0;
    clock.advance(limits.sequencerTickMs);
    await waiting;
    expect(scene.woken).toBe(1);
  });

  it('refuses what waits for a signature once the quorum has been silent for too long, and until it is back', async () => {
    const scene = new Scene(true);
    const refused = (level: 'committed' | 'signed' | 'witnessed') => outcomeOf(scene.gate.vouched(level));
    scene.quorumMs = clock.nowMs();
    clock.advance(limits.witnessWordsMs);
    expect([await refused('signed'), await refused('witnessed')]).toEqual(['done', 'done']);
    clock.advance(limits.witnessTickMs);
    expect([await refused('signed'), await refused('witnessed')]).toEqual(['audit/unavailable', 'audit/unavailable']);
    expect(await refused('committed')).toBe('done');
    // However many ask, storage is looked at once a second.
    expect(scene.reads).toBe(2);
    scene.quorumMs = clock.nowMs();
    clock.advance(limits.witnessTickMs);
    expect(await refused('signed')).toBe('done');
  });

  it('refuses it before the quorum first spoke, when nobody can tell, and under a clock that was set back', async () => {
    const [silent, down, earlier] = [new Scene(true), new Scene(true), new Scene(true)];
    silent.quorumMs = undefined;
    down.isDown = true;
    earlier.quorumMs = clock.nowMs() + limits.witnessWordsMs + 1;
    expect(await outcomeOf(silent.gate.vouched('signed'))).toBe('audit/unavailable');
    expect(await outcomeOf(down.gate.vouched('signed'))).not.toBe('done');
    expect(await outcomeOf(earlier.gate.vouched('signed'))).toBe('audit/unavailable');
    const alone = new Scene();
    alone.quorumMs = undefined;
    expect(await outcomeOf(alone.gate.vouched('signed'))).toBe('done');
  });
});
