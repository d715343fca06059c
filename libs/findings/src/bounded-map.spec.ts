import { describe, expect, it } from '@jest/globals';
import { BoundedMap } from './bounded-map.js';
import { Memory } from './memory.js';

describe('a bounded memory', () => {
  it('forgets what was used longest ago, and counts it', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([...map.entries()]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
    expect(map.forgotten).toBe(1);
  });

  it('comes back with its entries, their order and its count', () => {
    const memory = new Memory();
    const map = memory.map<number>('numbers', 2);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    const again = new Memory(JSON.parse(JSON.stringify(memory.snapshot())) as ReturnType<Memory['snapshot']>);
    const taken = again.map<number>('numbers', 2);
    taken.set('d', 1);
    expect([...taken.entries()].map(([key]) => key)).toEqual(['c', 'd']);
    expect(again.forgotten).toBe(2);
  });
});
