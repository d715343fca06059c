import { describe, expect, it } from '@jest/globals';
import { RateWindow } from './rate-window.js';

describe('rate window', () => {
  const open = (maxKeys = 3) => new RateWindow({ perWindow: 5, windowMs: 1_000, maxKeys });

  it('lets a key spend its amount in a window and no more', () => {
    const rates = open();
    expect(Array.from({ length: 7 }, () => rates.take('a', 100))).toEqual([true, true, true, true, true, false, false]);
    expect(rates.take('b', 100)).toBe(true);
    expect(rates.take('a', 999)).toBe(false);
    expect(rates.take('a', 1_000)).toBe(true);
  });

  it('spends nothing on what it refuses', () => {
    const rates = open();
    expect(rates.take('a', 0, 6)).toBe(false);
    expect(rates.take('a', 0, 5)).toBe(true);
    expect(rates.take('a', 0, 1)).toBe(false);
  });

  it('keeps bounded memory: keys beyond the bound share one counter', () => {
    const rates = open(2);
    for (const key of ['a', 'b']) expect(rates.take(key, 0)).toBe(true);
    const strangers = Array.from({ length: 100 }, (_, index) => rates.take(`stranger ${index}`, 0));
    expect(strangers.filter(Boolean)).toHaveLength(5);
    expect(rates.take('a', 0)).toBe(true);
  });

  it('lets keys beyond the bound pass uncounted where it is told to', () => {
    const rates = new RateWindow({ perWindow: 1, windowMs: 1_000, maxKeys: 1, letsStrangersPass: true });
    expect([rates.take('a', 0), rates.take('a', 0)]).toEqual([true, false]);
    expect([rates.take('b', 0), rates.take('b', 0), rates.take('b', 0, 2)]).toEqual([true, true, false]);
  });

  it('says when it opens again', () => {
    expect(open().resetsInMs(250)).toBe(750);
  });
});
