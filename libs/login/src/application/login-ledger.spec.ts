import { expect, it } from '@jest/globals';
import { type ActId, limits } from '@rogatory/kernel';
import type { AuditEntry } from '@rogatory/audit';
import { TestingClock, testingRandom } from '@rogatory/audit/testing';
import type { Writer } from '@rogatory/platform-database';
import { LoginBounds } from './login-bounds.js';
import { LoginLedger } from './login-ledger.js';

it('keeps the count of a flood until it is recorded', async () => {
  const clock = new TestingClock();
  const bounds = new LoginBounds(clock);
  const written: AuditEntry[] = [];
  let isDown = true;
  const write = async <T>(_principal: unknown, use: (writer: Writer) => Promise<T>): Promise<T> => {
    if (isDown) throw new Error('the database is down');
    return use({} as Writer);
  };
  const record = async (_writer: Writer, entry: AuditEntry) => {
    written.push(entry);
    return { id: entry.id, leaf: new Uint8Array(), leafHash: new Uint8Array(), timeMs: 0 };
  };
  const ledger = new LoginLedger({
    ...{ database: { write }, recorder: { record, recordMany: async () => [] } },
    ...{ acts: { accounted: () => undefined }, bounds, clock, random: testingRandom(3) },
  });
  const flood = limits.loginFailuresPerMinute + 7;
  for (let i = 0; i < flood; i++) bounds.isFailureRecorded('203.0.113.7', undefined);
  await expect(ledger.flush()).rejects.toThrow('the database is down');
  bounds.isFailureRecorded('203.0.113.7', undefined);
  isDown = false;
  await ledger.flush();
  await ledger.flush();
  expect(written.map(({ event, what }) => [event, what.count])).toEqual([['auth.fail', 8]]);
  expect(new Set(written.map(({ id }): ActId => id)).size).toBe(1);
});
