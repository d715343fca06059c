import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeviceId } from '@rogatory/kernel';
import { GrowingList } from './growing-list.js';
import { IdMap } from './id-map.js';

const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 4, maxLength: 4 });
const step = fc.record({ id, isSet: fc.boolean(), value: fc.nat() });
const runs = process.env['ROGATORY_LONG'] === '1' ? 5_000 : 300;

describe('IdMap', () => {
  it('is a map in order of the ids, whatever comes and goes, and earlier ones never change', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let map = IdMap.empty<DeviceId, number>();
        const model = new Map<string, number>();
        const snapshots: [IdMap<DeviceId, number>, (readonly [string, number])[]][] = [];
        for (const { id: key, isSet, value } of steps) {
          map = isSet ? map.set(key as DeviceId, value) : map.delete(key as DeviceId);
          if (isSet) model.set(key, value);
          else model.delete(key);
          snapshots.push([map, [...model].sort(([a], [b]) => (a < b ? -1 : 1))]);
        }
        for (const [snapshot, entries] of snapshots) {
          expect([...snapshot]).toEqual(entries);
          expect(snapshot.size).toBe(entries.length);
          for (const [key, value] of entries) expect(snapshot.get(key as DeviceId)).toBe(value);
        }
      }),
      { seed: 20261123, numRuns: runs },
    );
  });

  it('folds to the same result for the same entries, whatever order they came in', () => {
    const text = (): Parameters<IdMap<DeviceId, number>['fold']>[0] => ({
      leaf: String,
      branch: (zero, one) => `(${String(zero)} ${String(one)})`,
    });
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 30 }), id, (keys, extra) => {
        const build = (order: readonly string[]) =>
          order.reduce((map, key) => map.set(key as DeviceId, parseInt(key, 16)), IdMap.empty<DeviceId, number>());
        const straight = build(keys);
        const detour = build([...keys].reverse().concat(extra));
        const undone = keys.includes(extra) ? detour : detour.delete(extra as DeviceId);
        expect(undone.fold(text())).toBe(straight.fold(text()));
      }),
      { seed: 20261123, numRuns: runs },
    );
  });
});

describe('GrowingList', () => {
  it('keeps two futures of one list apart', () => {
    const common = GrowingList.empty<string>().append('a').append('b');
    const one = common.append('c');
    const two = common.append('d');
    expect([common.length, one.at(2), two.at(2), common.at(2), one.last(), common.last()]).toEqual([
      2,
      'c',
      'd',
      undefined,
      'c',
      'b',
    ]);
  });
});
