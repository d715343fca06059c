import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, isRogatoryError, type ObjectId, utf8 } from '@rogatory/kernel';
import { auditObjectKinds, auditPurposes, auditQueryStatement, isInHours, parseLocalHours } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import fc from 'fast-check';
import { allowedEntry, deniedEntry, nothingConcerned } from '../domain/audit-entry.js';
import type { RecordFilter } from '../domain/record-filter.js';
import {
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../testing.js';
import { testingMigrations } from '../testing/tampering.js';
import { dutch, french, oversight, spanish } from '../testing/authorities.js';

/** What the test knows of a record it made. */
interface Made {
  readonly index: number;
  readonly timeMs: number;
  readonly device: TestingDevice;
  readonly owner: AuthorityId;
  readonly caseId: CaseId;
  readonly objectId: ObjectId;
  readonly event: 'case.open' | 'doc.read';
  readonly isDenied: boolean;
}

eachEngine('filters of the review', { migrations: testingMigrations }, (at) => {
  // A week around the night in which summer time ends.
  const clock = new TestingClock(Date.UTC(2026, 9, 22, 3, 17));
  const random = testingRandom(91);
  const authorities = [french, dutch, spanish];
  const devices = authorities.map((authority, seed) => new TestingDevice(101 + seed, clock, { authority }));
  const auditor = new TestingDevice(104, clock, { authority: oversight });
  const cases = ['c1', 'c2'].map((byte) => byte.repeat(32) as CaseId);
  const objects = ['b1', 'b2'].map((byte) => byte.repeat(16) as ObjectId);
  const made: Made[] = [];
  let testing: TestingAudit;

  const make = async (place: number) => {
    const pick = <Value>(values: readonly Value[], by: number) =>
      values[Math.floor(place / by) % values.length] as Value;
    const [device, owner, caseId, objectId] = [
      pick(devices, 1),
      pick(authorities, 3),
      pick(cases, 2),
      pick(objects, 5),
    ];
    const event = place % 4 === 0 ? ('doc.read' as const) : ('case.open' as const);
    const isDenied = place % 7 === 0;
    const what = { ...nothingConcerned, caseId, ownerAuthorityId: owner, objectKind: auditObjectKinds.file, objectId };
    const facts = { who: device.who, source: testingSource, what };
    const act = device.act(event, { caseId, objectId });
    const entry = isDenied ? deniedEntry(act, facts, 'access/refused') : allowedEntry(act, facts);
    await at.database().write(device.principal, (writer) => testing.audit.recorder.record(writer, entry));
    await testing.audit.worker.tick();
    made.push({ ...{ index: place, timeMs: clock.nowMs(), device, owner, caseId, objectId, event, isDenied } });
    clock.advance(3 * 3_600_000 + 7 * 60_000);
  };
  const list = async (filter: RecordFilter, first = 500) => {
    const asked = { ...filter, lastIndex: Math.min(filter.lastIndex ?? 59, 59) };
    const statement = utf8(auditQueryStatement(auditPurposes.lawfulness, asked, { first }));
    const context = {
      device: { id: auditor.id, signingKey: auditor.key.publicKey },
      ...{ who: auditor.who, source: testingSource, scope: { authorities: [french] } },
      ...{ purpose: auditPurposes.lawfulness, received: auditor.sign('audit.query', { payload: [statement] }) },
    };
    return testing.audit.listRecords.run(context, asked, { first });
  };
  const isVisible = ({ device, owner }: Made) => device.principal.authority === french || owner === french;
  const fits = (record: Made, filter: RecordFilter): boolean => {
    const hours = parseLocalHours(filter);
    const onLeaf =
      (hours === undefined || isInHours(record.timeMs, hours)) &&
      (filter.event ?? record.event) === record.event &&
      (filter.class ?? 'consultation') === 'consultation' &&
      (filter.outcome ?? (record.isDenied ? 'denied' : 'allowed')) === (record.isDenied ? 'denied' : 'allowed') &&
      record.timeMs >= (filter.fromMs ?? 0) &&
      record.timeMs < (filter.beforeMs ?? Number.MAX_SAFE_INTEGER) &&
      record.index >= (filter.firstIndex ?? 0);
    const { person, device, authority } = record.device.principal;
    const facts = {
      person,
      device,
      authority,
      ownerAuthority: record.owner,
      caseId: record.caseId,
      object: record.objectId,
    };
    const asked = Object.entries(facts).filter(([name]) => filter[name as keyof typeof facts] !== undefined);
    const isOnFacts = asked.every(([name, value]) => filter[name as keyof typeof facts] === value);
    return onLeaf && (asked.length === 0 || (isOnFacts && isVisible(record)));
  };

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    for (let place = 0; place < 60; place++) await make(place);
  });
  afterAll(async () => testing.close());

  it('answers any combination as the records say, and by hidden facts of nobody outside the scope', async () => {
    const startMs = made[0]?.timeMs ?? 0;
    const maybe = <Value>(values: readonly Value[]) =>
      fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
    const anyFilter = fc.record({
      hours: maybe(['22:00-06:00', '02:00-03:00', '09:00-17:30', '00:00-24:00']),
      days: maybe(['sat,sun', 'mon,tue,wed,thu,fri', 'sun']),
      zone: fc.constantFrom('Europe/Paris', 'Atlantic/Azores', 'America/New_York'),
      event: maybe(['case.open', 'doc.read'] as const),
      class: maybe(['consultation', 'alteration'] as const),
      outcome: maybe(['allowed', 'denied'] as const),
      fromMs: maybe([startMs, startMs + 40 * 3_600_000]),
      beforeMs: maybe([startMs + 90 * 3_600_000]),
      firstIndex: maybe([5, 30]),
      authority: maybe(authorities),
      ownerAuthority: maybe(authorities),
      person: maybe(devices.map(({ principal }) => principal.person)),
      device: maybe(devices.map(({ id }) => id)),
      caseId: maybe(cases),
      object: maybe(objects),
    });
    await fc.assert(
      fc.asyncProperty(anyFilter, async ({ zone, ...given }) => {
        const hasHours = given.hours !== undefined || given.days !== undefined;
        const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const filter: RecordFilter = { ...named, ...(hasHours ? { zone } : {}) };
        const { records } = await list(filter);
        const expected = made.filter((record) => fits(record, filter)).toReversed();
        expect(records.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
        expect(records.map(({ groups }) => Object.keys(groups).length > 0)).toEqual(expected.map(isVisible));
      }),
      { seed: 92, numRuns: process.env['ROGATORY_LONG'] === '1' ? 1_000 : 60 },
    );
  });

  it('goes by the clocks of the zone in the night in which summer time ends', async () => {
    const inHours = async (hours: string) =>
      (await list({ zone: 'Europe/Paris', hours })).records.map(({ index }) => index);
    const clockOf = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', hour: '2-digit', minute: '2-digit' });
    const shown = made.map(({ timeMs }) => clockOf.format(timeMs));
    for (const hours of ['22:00-06:00', '05:00-06:00', '12:00-13:00']) {
      const [from, to] = hours.split('-') as [string, string];
      const isIn = (time: string) => (from < to ? time >= from && time < to : time >= from || time < to);
      const expected = made.filter((_, place) => isIn(shown[place] ?? '')).map(({ index }) => index);
      expect(await inHours(hours)).toEqual(expected.toReversed());
      expect(expected.length).toBeGreaterThan(0);
    }
  });

  it('refuses hours without a zone, and whatever is no hours', async () => {
    for (const filter of [
      { hours: '22:00-06:00' },
      { zone: 'Europe/Paris', days: 'x' },
      { zone: "a'; --", hours: '01:00-02:00' },
    ]) {
      const error = await list(filter).catch((caught: unknown) => caught);
      expect(isRogatoryError(error) && error.code).toBe('codec/local-hours');
    }
  });
});
