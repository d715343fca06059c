import { afterEach, describe, expect, it } from '@jest/globals';
import type { Bus, Wake } from './bus.js';

/** A driver as the contract suite needs it. */
export interface BusUnderTest {
  /** Another server's bus on the same system; a driver for one server gives the same one again. */
  open(): Promise<Bus>;
}

/** Collects wakes; `until` resolves as soon as they satisfy a condition. */
export class WakeRecorder {
  readonly wakes: Wake[] = [];
  #check: (() => void) | undefined;

  readonly listener = (wake: Wake): void => {
    this.wakes.push(wake);
    this.#check?.();
  };

  get ids(): string[] {
    return this.wakes.flatMap((wake) => (wake.kind === 'ids' ? wake.ids : []));
  }

  until(isDone: (recorder: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (isDone(this)) resolve();
      };
      this.#check();
    });
  }
}

let nextTopic = 0;
const freshTopic = (): string => {
  nextTopic += 1;
  return `contract.${nextTopic}`;
};

/** What every driver of the port MUST do. */
export function busContract(under: BusUnderTest): void {
  const opened = new Set<Bus>();
  const open = async (): Promise<Bus> => {
    const bus = await under.open();
    opened.add(bus);
    return bus;
  };
  afterEach(async () => {
    await Promise.all([...opened].map((bus) => bus.close()));
    opened.clear();
  });

  describe('publish', () => {
    it('wakes the subscribers of the topic on every server, and no others', async () => {
      const [topic, otherTopic] = [freshTopic(), freshTopic()];
      const [here, there] = [await open(), await open()];
      const recorders = [new WakeRecorder(), new WakeRecorder(), new WakeRecorder()];
      const stranger = new WakeRecorder();
      for (const [index, bus] of [here, here, there].entries()) {
        bus.subscribe(topic, (recorders[index] as WakeRecorder).listener);
      }
      there.subscribe(otherTopic, stranger.listener);
      here.publish(topic, ['a1', 'b2']);
      await Promise.all(recorders.map((recorder) => recorder.until(({ ids }) => ids.length >= 2)));
      here.publish(otherTopic, ['z9']);
      await stranger.until(({ ids }) => ids.includes('z9'));
      for (const recorder of recorders) expect(recorder.ids).toEqual(['a1', 'b2']);
      expect(stranger.ids).toEqual(['z9']);
    });

    it('does not run a subscriber inside', async () => {
      const topic = freshTopic();
      const bus = await open();
      const recorder = new WakeRecorder();
      bus.subscribe(topic, recorder.listener);
      bus.publish(topic, ['a1']);
      expect(recorder.wakes).toEqual([]);
      await recorder.until(({ ids }) => ids.length === 1);
    });

    it('carries more ids than one message of the driver holds', async () => {
      const topic = freshTopic();
      const [here, there] = [await open(), await open()];
      const recorder = new WakeRecorder();
      there.subscribe(topic, recorder.listener);
      const ids = Array.from({ length: 600 }, (_, index) => index.toString(16).padStart(32, '0'));
      here.publish(topic, ids);
      await recorder.until((seen) => seen.ids.length >= ids.length);
      expect(recorder.ids).toEqual(ids);
    });

    it('F06: tells everybody to look rather than keep more than the bound', async () => {
      const topic = freshTopic();
      const [here, there] = [await open(), await open()];
      const recorder = new WakeRecorder();
      there.subscribe(topic, recorder.listener);
      here.publish(
        topic,
        Array.from({ length: 20_000 }, (_, index) => `id-${index}`),
      );
      await recorder.until(({ wakes }) => wakes.some(({ kind }) => kind === 'look'));
      expect(recorder.ids.length).toBeLessThanOrEqual(10_000);
    });

    it('refuses anything but ids and well-formed topics', async () => {
      const bus = await open();
      for (const id of ['', 'a name', 'a,b', '*', 'x'.repeat(65), 'ü']) {
        expect(() => bus.publish(freshTopic(), [id])).toThrow(
          expect.objectContaining({ family: 'usage', code: 'bus/id' }),
        );
      }
      for (const topic of ['', 'A', '*', 'a b', 'a'.repeat(64), '../x']) {
        expect(() => bus.publish(topic, ['a'])).toThrow(expect.objectContaining({ code: 'bus/topic' }));
        expect(() => bus.subscribe(topic, () => undefined)).toThrow(expect.objectContaining({ code: 'bus/topic' }));
      }
    });
  });

  describe('subscribe', () => {
    it('ends with close, and only for the one that closed', async () => {
      const topic = freshTopic();
      const bus = await open();
      const [closing, staying] = [new WakeRecorder(), new WakeRecorder()];
      const subscription = bus.subscribe(topic, closing.listener);
      bus.subscribe(topic, staying.listener);
      subscription.close();
      subscription.close();
      bus.publish(topic, ['a1']);
      await staying.until(({ ids }) => ids.length === 1);
      expect(closing.wakes).toEqual([]);
    });

    it('keeps waking the others when one throws', async () => {
      const topic = freshTopic();
      const bus = await open();
      const recorder = new WakeRecorder();
      bus.subscribe(topic, () => {
        throw new Error('a subscriber with a fault');
      });
      bus.subscribe(topic, recorder.listener);
      bus.publish(topic, ['a1']);
      await recorder.until(({ ids }) => ids.length === 1);
      expect(recorder.ids).toEqual(['a1']);
    });
  });

  it('is silent after close', async () => {
    const topic = freshTopic();
    const bus = await open();
    const recorder = new WakeRecorder();
    bus.subscribe(topic, recorder.listener);
    bus.publish(topic, ['a1']);
    await bus.close();
    bus.publish(topic, ['a2']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bus.isConnected()).toBe(false);
    expect(recorder.wakes).toEqual([]);
  });
}
