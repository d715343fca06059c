import { beforeEach, describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { auditLogOf } from '../log-check.js';
import { LogReader } from './log/log-reader.js';
import { PathsToEnds } from './paths-to-ends.js';

const nothing = () => Promise.reject(new Error('no database is asked'));
const log = new LogReader(
  { read: nothing, writeUnaudited: nothing },
  auditLogOf('test.invalid/audit/log/2026h2'),
  false,
);
const FINAL = 100_000;

describe('paths to the last head of a log', () => {
  let made: number[] = [];
  let ends: (() => void)[] = [];
  let paths: PathsToEnds;
  beforeEach(() => {
    [made, ends] = [[], []];
    paths = new PathsToEnds(({ from }) => {
      made.push(from);
      return new Promise((resolve) => ends.push(() => resolve([Uint8Array.of(from % 256)])));
    });
  });
  const ask = (from: number) => paths.of({ log, from, to: FINAL });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const endAll = async (): Promise<void> => {
    for (await turn(); ends.length > 0; await turn()) for (const end of ends.splice(0)) end();
  };

  it('are made for sizes below it alone', async () => {
    for (const size of [FINAL, FINAL + 1, 2 ** 52, 0, -1, 0.5, Number.NaN]) expect(await ask(size)).toEqual([]);
    expect(made).toEqual([]);
  });

  it('are made four at a time, once for each size, and in the order in which they were asked for', async () => {
    const asked = [1, 2, 3, 4, 5, 6, 1, 2].map((size) => ask(size));
    await turn();
    expect(made).toHaveLength(limits.maxSuccessionsAtOnce);
    await endAll();
    expect((await Promise.all(asked)).map(([hash]) => hash?.[0])).toEqual([1, 2, 3, 4, 5, 6, 1, 2]);
    expect(made).toEqual([1, 2, 3, 4, 5, 6]);
    await ask(6);
    expect(made).toHaveLength(6);
  });

  it('are kept in a bounded number, those asked for last', async () => {
    const asked = Array.from({ length: limits.maxKeptSuccessions + 1 }, (_, place) => ask(place + 1));
    await endAll();
    await Promise.all(asked);
    await ask(limits.maxKeptSuccessions + 1);
    expect(made).toHaveLength(limits.maxKeptSuccessions + 1);
    const again = ask(1);
    await endAll();
    await again;
    expect(made.at(-1)).toBe(1);
  });

  it('are refused while too many wait, and made again after that', async () => {
    const most = limits.maxSuccessionsAtOnce + limits.maxWaitingSuccessions;
    const asked = Array.from({ length: most }, (_, place) => ask(place + 1));
    await expect(ask(most + 1)).rejects.toMatchObject({ code: 'audit/unavailable' });
    await endAll();
    await Promise.all(asked);
    const later = ask(most + 1);
    await endAll();
    expect(await later).toHaveLength(1);
  });
});
