import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import type { Database, Reader } from '@rogatory/platform-database';
import { auditLogOf } from '../log-check.js';
import { TestingClock } from '../testing.js';
import { LogReader } from './log/log-reader.js';
import { LogReaders } from './log/log-readers.js';
import { ReadSuccession, type ReadSuccessionParts } from './read-succession.js';

const place = 'test.invalid/audit/log';

describe('how one log follows another', () => {
  /** A log that ended, and a database that counts how often it is asked. */
  function rig() {
    const clock = new TestingClock();
    const asked = { times: 0, fails: false };
    const nothing: Reader = { queryRows: async () => [], queryOne: async () => undefined };
    const database: Pick<Database, 'read' | 'writeUnaudited'> = {
      read: (_, use) => use(nothing),
      writeUnaudited: () => Promise.reject(new Error('telling writes nothing')),
    };
    const logOf = (shard: string) => new LogReader(database, auditLogOf(`${place}/${shard}`), false);
    const shards: ReadSuccessionParts['shards'] = {
      endOf: async () => {
        asked.times += 1;
        if (asked.fails) throw new Error('not now');
        return undefined;
      },
      word: async () => undefined,
    };
    const logs = new LogReaders(logOf('2027h1'), [logOf('2026h2')]);
    const monthKeys = { find: async () => undefined };
    return {
      clock,
      asked,
      use: new ReadSuccession({ database, shards, logs, monthKeys, clock, signer: { keys: () => [] } }),
    };
  }

  it('is looked up once a minute for each log, whoever asks with whatever size', async () => {
    const { clock, asked, use } = rig();
    await Promise.all(Array.from({ length: 200 }, (_, size) => use.run(`${place}/2026h2`, size)));
    expect(asked.times).toBe(1);
    clock.advance(limits.keptSuccessionMs);
    await use.run(`${place}/2026h2`, 40);
    expect(asked.times).toBe(2);
  });

  it('asks again for what could not be told, and takes every size that is none for no head', async () => {
    const { asked, use } = rig();
    asked.fails = true;
    await expect(use.run(`${place}/2026h2`, 0)).rejects.toThrow('not now');
    asked.fails = false;
    await use.run(`${place}/2026h2`, 0);
    await use.run(`${place}/2026h2`, -1);
    await use.run(`${place}/2026h2`, 0.5);
    expect(asked.times).toBe(2);
  });

  it('has nothing to tell of the log that takes records, nor of one that it does not know', async () => {
    const { asked, use } = rig();
    expect(await use.run(`${place}/2027h1`, 4)).toBeUndefined();
    expect(await use.run(`${place}/2019h1`, 4)).toBeUndefined();
    expect(asked.times).toBe(0);
  });
});
