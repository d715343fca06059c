import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ActId, limits } from '@rogatory/kernel';
import {
  type AuditGroup,
  decodeAuditWhat,
  defaultRetention,
  keptFromMs,
  legalBases,
  parseErasure,
  parseRetentionSettings,
} from '@rogatory/protocol';
import { type Database, openDatabase } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import { FolderMonthKeys } from '../../storage/folder-month-keys.js';
import { SqlMonthKeyStore } from '../../storage/sql-month-key.store.js';
import { outcomeOf, recordedLeaves, TestingClock, TestingDevice, testingRandom } from '../../testing.js';
import { MemoryMonthKeys } from '../../testing/memory-month-keys.js';
import { readRetentionStatus } from '../../retention-part.js';
import { openRetentionRig } from '../../testing/retention-rig.js';
import { testingMigrations } from '../../testing/tampering.js';
import { openGroup } from '../build-record.js';
import { lastingMonth, MonthKeys } from '../month-keys.js';

const job = { kind: 'job', job: 'audit-test' } as const;

/** Sealed openings of every record that still has any. */
const sealedOf = (database: Database) =>
  database.read(job, (reader) =>
    reader.queryRows(
      `SELECT e.id::text AS id, e.ev, o.what FROM audit_opening o JOIN audit_event e ON e.id = o.event_id
       WHERE num_nonnulls(o.who, o.what, o.why, o.src, o.act) > 0 ORDER BY e.seq`,
      [],
      (row) => ({ id: row.text('id').replaceAll('-', '') as ActId, event: row.text('ev'), what: row.bytes('what') }),
    ),
  );
const eventsLeft = async (database: Database) => (await sealedOf(database)).map(({ event }) => event);

describe('settings of retention', () => {
  it('are 36 months, unless a file says otherwise within floor and ceiling', () => {
    expect(parseRetentionSettings(undefined)).toEqual(defaultRetention);
    const settings = parseRetentionSettings('{"defaultMonths": 24, "months": {"trial": 120}}');
    expect([settings.defaultMonths, settings.months.get(legalBases.trial)]).toEqual([24, 120]);
  });

  it.each([
    '',
    '[]',
    '{"defaultMonths": 11}',
    '{"defaultMonths": 121}',
    '{"months": {"whim": 36}}',
    '{"months": {"trial": 1.5}}',
    '{"days": 1}',
  ])('refuse %j', (text) => {
    expect(() => parseRetentionSettings(text)).toThrow('not settings of retention');
  });

  it('count calendar months, to the last day where a month is shorter', () => {
    expect(new Date(keptFromMs(Date.UTC(2027, 2, 31, 7), 1)).toISOString()).toBe('2027-02-28T07:00:00.000Z');
    expect(new Date(keptFromMs(Date.UTC(2029, 10, 23, 12), 36)).toISOString()).toBe('2026-11-23T12:00:00.000Z');
  });
});

eachEngine('retention', { migrations: testingMigrations }, (at) => {
  it('clears what is over, by legal basis, keeps what is held, and goes on where it was cut off', async () => {
    const [clock, random] = [new TestingClock(), testingRandom(81)];
    const settings = parseRetentionSettings('{"defaultMonths": 12, "months": {"jointInvestigationTeam": 24}}');
    const wrappingKeys = new MemoryMonthKeys(random);
    const database = at.database();
    const rig = await openRetentionRig({
      database,
      databaseRecorder: at.recorder(),
      wrappingKeys,
      settings,
      clock,
      random,
    });
    const other = new MonthKeys(database, new SqlMonthKeyStore(), wrappingKeys, random);
    const [device, held] = [new TestingDevice(82, clock), new TestingDevice(83, clock)];
    await rig.record(device, 'msg.send', 2);
    await rig.record(device, 'doc.read', 1);
    await rig.record(held, 'msg.send', 1);
    await holdPerson(database, held, clock.nowMs() + 26 * 31 * 24 * 3_600_000);
    expect(await rig.expiry.run()).toEqual({ records: 0, months: [] });

    await rig.passMonths(12);
    const status = await readRetentionStatus(database, settings, clock.nowMs());
    // The event of a sent message asks for no reason, and with it for no legal basis.
    expect(status).toMatchObject({ expired: 0, erasedByOrder: 0, holds: 1, endedMonths: [] });
    expect(status.lines).toEqual([
      { basis: undefined, months: 12, kept: 3, due: 2, held: 1 },
      { basis: legalBases.jointInvestigationTeam, months: 24, kept: 1, due: 0, held: 0 },
    ]);
    const stopped = new AbortController();
    stopped.abort();
    expect(await rig.expiry.run(stopped.signal)).toEqual({ records: 0, months: [] });
    expect(await rig.expiry.run()).toEqual({ records: 2, months: [] });
    expect(await eventsLeft(database)).toEqual(['doc.read', 'msg.send', 'audit.erase.retention']);

    await rig.passMonths(12);
    // A month in which nothing was recorded ends by itself; that of the held record waits.
    expect(await rig.expiry.run()).toEqual({ records: 1, months: ['2026-12'] });
    expect((await eventsLeft(database)).slice(0, 1)).toEqual(['msg.send']);
    expect(await wrappingKeys.months()).toContain('2026-11');

    expect([await rig.monthKeys.find('2026-11'), await other.find('2026-11')]).not.toContain(undefined);
    await rig.passMonths(3);
    const last = await rig.expiry.run();
    expect(last).toEqual({ records: 1, months: ['2026-11', '2027-11', '2027-12'] });
    expect(await wrappingKeys.months()).not.toContain('2026-11');
    // Nor does a process that runs on hold it, or another server once it looks after its keys.
    await other.prepare(clock.nowMs());
    expect([await rig.monthKeys.find('2026-11'), await other.find('2026-11')]).toEqual([undefined, undefined]);
    expect(await rig.expiry.run()).toEqual({ records: 0, months: [] });
    const after = await readRetentionStatus(database, settings, clock.nowMs());
    expect(after).toMatchObject({ expired: 4, holds: 0, endedMonths: ['2026-11', '2026-12', '2027-11', '2027-12'] });
    expect(after.lines).toEqual([{ basis: legalBases.jointInvestigationTeam, months: 24, kept: 0, due: 0, held: 0 }]);

    const left = await sealedOf(database);
    const key = await rig.monthKeys.find(lastingMonth);
    if (key === undefined) throw new Error('what the log says of itself must stay readable');
    const told = left.flatMap(({ id, event, what }) =>
      event === 'audit.erase.retention'
        ? [parseErasure(event, decodeAuditWhat(openGroup(id, 'what', what, key).bytes).detail)]
        : [],
    );
    expect(told.map(({ records }) => records)).toEqual([
      [{ first: 0, last: 1 }],
      [{ first: 2, last: 2 }],
      [{ first: 3, last: 3 }],
    ]);
    expect(told.every(({ groups }) => groups.length === 5)).toBe(true);
    expect(await recordedLeaves(database)).toHaveLength(left.length + 4);
  });

  it('lets nobody delete the key of a month without its recorded end', async () => {
    const remove = (role: 'rogatory_app' | 'rogatory_eraser') =>
      outcomeOf(
        at
          .database()
          .writeUnaudited(
            { kind: 'job', job: 'audit-retention', role },
            (writer) => writer.execute('DELETE FROM audit_month_key', []),
            { reason: 'testing/fixture' },
          ),
      );
    for (const role of ['rogatory_app', 'rogatory_eraser'] as const) expect(await remove(role)).toMatch(/^database\//);
  });
});

eachEngine('a month in which an erasure was ordered', { migrations: testingMigrations }, (at) => {
  it('ends like any other: the time of the two acts is over too', async () => {
    const [clock, random] = [new TestingClock(), testingRandom(85)];
    const wrappingKeys = new MemoryMonthKeys(random);
    const opened = { database: at.database(), databaseRecorder: at.recorder(), wrappingKeys, clock, random };
    const rig = await openRetentionRig({ ...opened, settings: defaultRetention });
    const device = new TestingDevice(86, clock);
    for (const event of ['audit.erase.propose', 'audit.erase.approve', 'audit.hold.approve'] as const) {
      await rig.record(device, event, 1);
    }
    await rig.passMonths(limits.defaultRetentionMonths + 1);
    expect(await rig.expiry.run()).toEqual({ records: 3, months: ['2026-11'] });
    expect(await eventsLeft(at.database())).toEqual(['audit.erase.retention', 'audit.erase.month']);
  });
});

describe('the end of a month', () => {
  it('leaves nothing that a restored backup of the database opens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-retention-'));
    const places = { now: join(folder, 'database'), backup: join(folder, 'backup'), secrets: join(folder, 'keys') };
    const [clock, random] = [new TestingClock(), testingRandom(91)];
    const opened = async (place: string) => {
      const database = await openDatabase({ kind: 'embedded', folder: place, migrations: testingMigrations });
      const wrappingKeys = new FolderMonthKeys(places.secrets, random);
      const databaseRecorder = database.claimAuditRecorder();
      const settings = defaultRetention;
      const rig = await openRetentionRig({ database, databaseRecorder, wrappingKeys, settings, clock, random });
      return { database, rig };
    };
    try {
      const before = await opened(places.now);
      await before.rig.record(new TestingDevice(92, clock), 'msg.send', 3);
      await before.database.close();
      await cp(places.now, places.backup, { recursive: true });

      const during = await opened(places.now);
      expect(await openings(during.database, during.rig.monthKeys)).toEqual(['open', 'open', 'open']);
      await during.rig.passMonths(limits.defaultRetentionMonths + 1);
      const expired = await during.rig.expiry.run();
      expect(expired).toEqual({ records: 3, months: ['2026-11'] });
      await during.database.close();

      const restored = await opened(places.backup);
      expect(await openings(restored.database, restored.rig.monthKeys)).toEqual(['no key', 'no key', 'no key']);
      await restored.database.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function openings(database: Database, monthKeys: MonthKeys): Promise<readonly string[]> {
  const key = await monthKeys.find('2026-11');
  const label: AuditGroup = 'what';
  return (await sealedOf(database)).map(({ id, what }) => {
    if (key === undefined) return 'no key';
    return openGroup(id, label, what, key).bytes.length > 0 ? 'open' : 'empty';
  });
}

/** A hold as two auditors would have set it: laid down as rows, for what it does is the subject here. */
async function holdPerson(database: Database, device: TestingDevice, untilMs: number): Promise<void> {
  const [id, other] = ['ab'.repeat(16), 'cd'.repeat(16)];
  const records = (await recordedLeaves(database)).map((leaf) => leaf.id);
  await database.writeUnaudited(
    { kind: 'job', job: 'audit-orders', role: 'rogatory_eraser' },
    async (writer) => {
      await writer.execute(
        `INSERT INTO audit_order (id, body, statement, proposal, person, device, t, expires)
         VALUES ($1, $1, 'hold', $2, $1, $1, 0, 10)`,
        [id, records[0] ?? ''],
      );
      await writer.execute(
        'INSERT INTO audit_order_execution (order_id, approval, person, device, t) VALUES ($1, $2, $3, $3, 5)',
        [id, records[1] ?? '', other],
      );
      await writer.execute('INSERT INTO audit_hold (id, body, person, until) VALUES ($1, $1, $2, $3)', [
        id,
        device.principal.person,
        untilMs,
      ]);
    },
    { reason: 'testing/fixture' },
  );
}
