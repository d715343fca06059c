import { beforeAll, expect, it } from '@jest/globals';
import type { RecordFilter } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import fc from 'fast-check';
import { french } from '../testing/authorities.js';
import { tamper, testingMigrations } from '../testing/tampering.js';
import { SqlAuditRecordStore } from './sql-audit-record.store.js';

const SHARD = '2026h2';
const START_MS = Date.UTC(2026, 10, 2);
const HOUR_MS = 3_600_000;
const COUNT = 400;

/** Times of the places of a log, in hours: rising, but for clocks that were an hour off, and for a week that came twice. */
const hours = Array.from({ length: COUNT }, (_, n) => {
  const risen = n < 200 ? n : n - 168;
  return risen + (n % 7 === 0 ? (n % 3) - 1 : 0);
});
/** Far apart, so that the log has many blocks. */
const indexOf = (n: number): number => n * 997 + (n % 13);

eachEngine('records of a span of time', { migrations: testingMigrations }, (at) => {
  const audit = { kind: 'job', job: 'audit-review' } as const;
  const store = new SqlAuditRecordStore(SHARD);

  beforeAll(async () => {
    const rows = hours.map((hour, n) => {
      const id = `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
      return `('${id}', '${SHARD}', '\\x00', ${START_MS + hour * HOUR_MS}, 'case.open', 'consultation', 'allowed', 'FR', ${indexOf(n)})`;
    });
    await tamper(
      at.database(),
      `INSERT INTO audit_event (id, shard, leaf, t, ev, cls, out, ms, seq) VALUES ${rows.join(', ')}`,
    );
  });

  const listed = (filter: RecordFilter, beforeIndex?: number): Promise<readonly (number | undefined)[]> =>
    at.database().read(audit, async (reader) => {
      const page = { first: COUNT, ...(beforeIndex !== undefined && { beforeIndex }) };
      const found = await store.list(reader, { shard: SHARD, filter, page, scope: { authorities: [french] } });
      return found.map(({ index }) => index);
    });
  const fitting = (fits: (hour: number, index: number) => boolean): readonly number[] =>
    hours.flatMap((hour, n) => (fits(hour, indexOf(n)) ? [indexOf(n)] : [])).toReversed();

  it('are all of it, however the times of the log jump', async () => {
    const hour = fc.integer({ min: -3, max: 260 });
    await fc.assert(
      fc.asyncProperty(hour, hour, fc.integer({ min: 0, max: 400_000 }), async (from, before, beforeIndex) => {
        const span = { fromMs: START_MS + from * HOUR_MS, beforeMs: START_MS + before * HOUR_MS };
        const isIn = (at: number) => at >= from && at < before;
        expect(await listed(span)).toEqual(fitting(isIn));
        expect(await listed({ ...span, event: 'case.open' }, beforeIndex)).toEqual(
          fitting((at, index) => isIn(at) && index < beforeIndex),
        );
        expect(await listed({ fromMs: span.fromMs })).toEqual(fitting((at) => at >= from));
        expect(await listed({ beforeMs: span.beforeMs })).toEqual(fitting((at) => at < before));
      }),
      { seed: 37, numRuns: process.env['ROGATORY_LONG'] === '1' ? 1_000 : 25 },
    );
  });

  it('are none of a log that has none', async () => {
    const empty = { shard: '2027h1', page: { first: 10 }, scope: { authorities: [french] } };
    const filter = { fromMs: 0, beforeMs: START_MS };
    expect(await at.database().read(audit, (reader) => store.list(reader, { ...empty, filter }))).toEqual([]);
  });

  it('tell nobody but the audit part where they are', async () => {
    const other = { kind: 'job', job: 'testing' } as const;
    const asked = at
      .database()
      .read(other, (reader) => reader.queryRows('SELECT * FROM audit_time_bounds($1, 0, 1)', [SHARD], () => 1));
    await expect(asked).rejects.toMatchObject({ family: 'internal' });
  });
});
