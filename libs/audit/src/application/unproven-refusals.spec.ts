import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { limits, RefusedError, type RogatoryError, UnavailableError } from '@rogatory/kernel';
import { decodeAuditLeaf } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import {
  anonymousContext,
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  testingContext,
  TestingDevice,
  testingRandom,
} from '../testing.js';
import type { AuditEntry } from '../domain/audit-entry.js';
import { testingMigrations } from '../testing/tampering.js';
import { UnprovenRefusals } from './unproven-refusals.js';

const job = { kind: 'job', job: 'audit-test' } as const;

eachEngine('refusals without proof', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(71);
  const device = new TestingDevice(72, clock);
  let testing: TestingAudit;

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
  });
  afterAll(async () => testing.close());

  const records = () =>
    at
      .database()
      .read(job, (reader) =>
        reader.queryRows('SELECT leaf FROM audit_event ORDER BY t, id', [], (row) =>
          decodeAuditLeaf(row.bytes('leaf')),
        ),
      );
  const from = (address: string) => ({ ...anonymousContext(), source: { address, clientBuild: 'test/1' } });
  const refuse = (address: string, code = 'access/refused') =>
    testing.audit.acts.recordRefusal(from(address), new RefusedError(code, 'no'));

  it('X07: of one network are recorded one by one to a bound, and in one sum beyond it', async () => {
    const before = (await records()).length;
    for (let number = 0; number < limits.refusalsPerMinute; number++) await refuse(`2001:db8::${number.toString(16)}`);
    expect((await records()).length - before).toBe(limits.refusalsPerMinute);
    for (let number = 0; number < 50; number++) await refuse('2001:db8::1', number < 40 ? undefined : 'login/session');
    expect((await records()).length - before).toBe(limits.refusalsPerMinute);
    // Others are recorded still, devices always.
    await refuse('192.0.2.9');
    for (let number = 0; number < 3; number++) {
      await testing.audit.acts.recordRefusal(testingContext(device), new RefusedError('access/refused', 'no'));
    }
    expect((await records()).length - before).toBe(limits.refusalsPerMinute + 4);
    clock.advance(1_000);
    await testing.audit.refusals.flush();
    await testing.audit.refusals.flush();
    const all = await records();
    expect(all.length - before).toBe(limits.refusalsPerMinute + 5);
    expect(all.at(-1)).toMatchObject({ ev: 'authz.denied', out: 'denied', rc: 'access/refusals-counted', ms: 'EU' });
  });

  it('of all networks together have a bound of their own, and a new minute begins anew', async () => {
    clock.advance(60_000);
    const refusals = new UnprovenRefusals({ database: at.database(), recorder: testing.audit.recorder, clock, random });
    const all = Array.from({ length: 3_000 }, (_, number) =>
      refusals.isRecorded(`10.0.${number >> 8}.${number % 256}`, 'access/refused'),
    );
    expect(all.filter(Boolean)).toHaveLength(limits.refusalsPerMinuteInAll);
    clock.advance(60_000);
    expect(refusals.isRecorded('10.0.0.1', 'access/refused')).toBe(true);
  });

  it('are told alike whether recorded or counted, by an act as well', async () => {
    const asked = () =>
      testing.audit.acts
        .run(from('198.51.100.7'), 'query.whoAmI', () => ({
          event: 'auth.whoami',
          perform: async () => ({ result: 1 }),
        }))
        .then(
          () => 'done',
          (error: RogatoryError) => `${error.code} ${error.message} ${JSON.stringify(error.details)}`,
        );
    const told = new Set<string>();
    for (let number = 0; number <= limits.refusalsPerMinute; number++) told.add(await asked());
    expect([...told]).toHaveLength(1);
    expect([...told][0]).toMatch(/^access\/refused /);
    const count = (await records()).length;
    await asked();
    expect((await records()).length).toBe(count);
  });

  it('stay counted while nothing can be recorded', async () => {
    let isGone = true;
    const entries: AuditEntry[] = [];
    const { recorder } = testing.audit;
    const record: typeof recorder.record = (writer, entry) => {
      if (isGone) throw new UnavailableError('database/unavailable', 'gone');
      entries.push(entry);
      return recorder.record(writer, entry);
    };
    const refusals = new UnprovenRefusals({ database: at.database(), recorder: { record }, clock, random });
    const refused = (count: number, code: string) => {
      for (let number = 0; number < count; number++) refusals.isRecorded('192.0.2.1', code);
    };
    refused(limits.refusalsPerMinute + 2, 'access/refused');
    await expect(refusals.flush()).rejects.toMatchObject({ code: 'database/unavailable' });
    refused(3, 'login/session');
    isGone = false;
    await refusals.flush();
    const since = new Date(clock.nowMs()).toISOString();
    expect(entries.map(({ what }) => [what.count, what.detail])).toEqual([
      [5, `counted since=${since} access/refused=2 login/session=3`],
    ]);
  });

  it('are told apart by code up to a bound, which a record holds', async () => {
    const entries: AuditEntry[] = [];
    const { recorder } = testing.audit;
    const record: typeof recorder.record = (writer, entry) => {
      entries.push(entry);
      return recorder.record(writer, entry);
    };
    const refusals = new UnprovenRefusals({ database: at.database(), recorder: { record }, clock, random });
    const codes = Array.from(
      { length: limits.maxRefusalCodes + 9 },
      (_, number) => `x/${'y'.repeat(60)}${number % 10}${number}`,
    );
    for (let number = 0; number < limits.refusalsPerMinute; number++)
      refusals.isRecorded('192.0.2.1', 'access/refused');
    for (const code of codes) refusals.isRecorded('192.0.2.1', code.slice(0, 62));
    for (const code of codes) refusals.isRecorded('192.0.2.1', `${code.length}/${code.slice(-2)}`);
    await refusals.flush();
    expect(entries[0]?.what.count).toBe(2 * codes.length);
    expect(entries[0]?.what.detail.length).toBeLessThanOrEqual(2_000);
    expect(entries[0]?.what.detail).toMatch(/ other=\d+$/);
  });
});
