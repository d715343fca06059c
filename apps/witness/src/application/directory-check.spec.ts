import { beforeEach, describe, expect, it } from '@jest/globals';
import { limits, UnavailableError } from '@rogatory/kernel';
import type { Log } from '@rogatory/platform-telemetry';
import { openCheckpoint, type SignedCheckpoint } from '@rogatory/tlog';
import { GrowingLog } from '../testing/growing-log.js';
import { DirectoryCheck } from './directory-check.js';
import { encodeDirectories, isEntriesAddress, parseDirectories } from './directory-source.js';
import type { EntriesVerdict } from './entry-check.js';

async function headOf(origin: string): Promise<SignedCheckpoint> {
  const log = new GrowingLog(origin);
  await log.grow(1);
  return openCheckpoint(log.head(1), { origin, logKeys: [log.signer.key] });
}
const source = { url: 'https://log.example/directory/replay', federationHash: new Uint8Array(32) };

describe('the check of what is a directory', () => {
  let told: string[] = [];
  let nowMs = 0;
  let answer: () => Promise<EntriesVerdict> = async () => 'held';
  const tell = (event: string): void => {
    told.push(event);
  };
  const log: Log = { debug: tell, info: tell, warn: tell, error: tell };
  const clock = { monotonicMs: () => nowMs };
  const untilMs = () => nowMs + limits.witnessReplayWaitMs;
  const failing = (status: number) => async () => {
    throw new UnavailableError('witness/entries', 'not now', { details: { status } });
  };

  beforeEach(() => {
    told = [];
    nowMs = 0;
  });

  it('vouches for no directory whose entries nobody told it to read, and for other logs as they are', async () => {
    const replayOf = () => ({ advance: answer });
    const check = new DirectoryCheck({ sourceOf: async () => undefined, replayOf, log, clock });
    expect(await check.check(await headOf('log.example/audit/directory'), untilMs())).toBe('unread');
    expect(await check.check(await headOf('directory'), untilMs())).toBe('unread');
    expect(await check.check(await headOf('log.example/audit/log/2026h2'), untilMs())).toBe('held');
  });

  it('waits no longer than it is asked to, for the replay before and its own together', async () => {
    let end: (verdict: EntriesVerdict) => void = () => undefined;
    const begun: SignedCheckpoint[] = [];
    const advance = (checkpoint: SignedCheckpoint) => {
      begun.push(checkpoint);
      return new Promise<EntriesVerdict>((resolve) => (end = resolve));
    };
    const check = new DirectoryCheck({ sourceOf: async () => source, replayOf: () => ({ advance }), log, clock });
    const head = await headOf('log.example/directory');
    // The time is over for both: one begins and goes on by itself, the other does not begin.
    expect(await check.check(head, nowMs)).toBe('unread');
    expect(await check.check(head, nowMs)).toBe('unread');
    expect(begun).toHaveLength(1);
    end('held');
    await check.settled();
    const next = check.check(head, untilMs());
    await Promise.resolve();
    end('held');
    expect(await next).toBe('held');
  });

  it('tells of each directory once a minute at most, however often reading it fails in another way', async () => {
    const replayOf = () => ({ advance: () => answer() });
    const check = new DirectoryCheck({ sourceOf: async () => source, replayOf, log, clock });
    const head = await headOf('log.example/directory');
    for (let n = 0; n < 20; n++) {
      answer = n % 3 === 2 ? async () => 'held' : failing(500 + n);
      expect(await check.check(head, untilMs())).toBe(n % 3 === 2 ? 'held' : 'unread');
    }
    expect(told).toEqual(['witness/directory-unread', 'witness/directory-read']);
    answer = failing(404);
    expect(await check.check(await headOf('other.example/directory'), untilMs())).toBe('unread');
    expect(told.length).toBe(3);
    nowMs += limits.witnessTellEveryMs;
    answer = failing(405);
    expect(await check.check(head, untilMs())).toBe('unread');
    expect(told.at(-1)).toBe('witness/directory-unread');
    expect(told.length).toBe(4);
  });
});

describe('the address of entries', () => {
  it.each([
    ['https://log.example/directory/replay', true],
    ['http://127.0.0.1:4000/directory/replay', true],
    ['http://[::1]:4000/directory/replay', true],
    ['http://localhost/directory/replay', true],
    ['http://log.example/directory/replay', false],
    ['http://127.0.0.1@log.example/directory/replay', false],
    ['http://127.0.0.1.log.example/directory/replay', false],
    ['http://localhost.log.example/directory/replay', false],
    ['ftp://127.0.0.1/directory/replay', false],
    ['nonsense', false],
  ])('%s: %s', (url, isTaken) => {
    expect(isEntriesAddress(url)).toBe(isTaken);
    const write = () => encodeDirectories(new Map([['log.example/directory', { ...source, url }]]));
    if (isTaken) expect(parseDirectories(write()).get('log.example/directory')?.url).toBe(url);
    else expect(write).toThrow('not a list of directories');
    const line = `directory log.example/directory ${'00'.repeat(32)} ${url}\n`;
    if (!isTaken) expect(() => parseDirectories(line)).toThrow('not a list of directories');
  });
});
