import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { EventQueue } from './event-queue.js';

function queueAfter(after: number) {
  const calls = { drained: 0, ended: 0 };
  const queue = new EventQueue<{ readonly position: number; readonly bytes: Uint8Array }>({
    after,
    onDrained: () => void calls.drained++,
    onEnd: () => void calls.ended++,
  });
  const put = (position: number, bytes = 10) => queue.put({ position, bytes: new Uint8Array(bytes) });
  return { queue, put, calls };
}

describe('the queue of a subscriber', () => {
  it('gives what was put in, in order, to whoever waits or comes later', async () => {
    const { queue, put } = queueAfter(4);
    const waiting = queue.next();
    put(5);
    put(6);
    expect((await waiting).value?.position).toBe(5);
    expect((await queue.next()).value?.position).toBe(6);
  });

  it('takes nothing twice, early or late', async () => {
    const { queue, put } = queueAfter(4);
    for (const position of [4, 6, 5, 5, 6, 3, 8, 7]) put(position);
    const positions: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) positions.push((await queue.next()).value?.position);
    expect(positions).toEqual([5, 6, 7]);
    expect(queue.cursor).toBe(7);
  });

  it('X03: ends with the position to resume from when too many events or bytes wait, and keeps none', async () => {
    for (const bytes of [10, limits.maxBufferedBytesPerSubscriber / 4]) {
      const { queue, put, calls } = queueAfter(0);
      put(1, bytes);
      expect((await queue.next()).value?.position).toBe(1);
      for (let position = 2; position <= limits.maxDeliveryLagEvents + 2; position++) put(position, bytes);
      expect([queue.isEnded, queue.isDrained, calls.ended]).toEqual([true, true, 1]);
      await expect(queue.next()).rejects.toMatchObject({ code: 'messages/resume', details: { after: 1 } });
      expect(await queue.next()).toEqual({ value: undefined, done: true });
    }
  });

  it('holds one event of any size', async () => {
    const { queue, put } = queueAfter(0);
    put(1, 2 * limits.maxBufferedBytesPerSubscriber);
    expect(queue.isEnded).toBe(false);
    expect((await queue.next()).value?.position).toBe(1);
  });

  it('drops what waits when it is ended, and tells a waiting reader why', async () => {
    const cut = new Error('cut');
    const { queue, put } = queueAfter(0);
    put(1);
    queue.end(cut);
    put(2);
    await expect(queue.next()).rejects.toBe(cut);
    const other = queueAfter(0);
    const waiting = other.queue.next();
    other.queue.end(cut);
    await expect(waiting).rejects.toBe(cut);
    const quiet = queueAfter(0);
    const last = quiet.queue.next();
    await quiet.queue.return();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  it('asks for more only when nothing waits', async () => {
    const { queue, put, calls } = queueAfter(0);
    put(1);
    await queue.next();
    expect(calls.drained).toBe(0);
    void queue.next();
    expect(calls.drained).toBe(1);
  });
});
