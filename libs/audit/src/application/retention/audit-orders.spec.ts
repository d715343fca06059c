import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, limits, type ObjectId, toHex, utf8 } from '@rogatory/kernel';
import {
  type AuditOrder,
  auditPurposes,
  auditViewStatement,
  decodeAuditLeaf,
  decodeAuditWhat,
  type EraseOrder,
  legalBases,
  parseErasure,
} from '@rogatory/protocol';
import { leafHash, openCheckpoint, parseTlogProof, verifyTlogProof } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, nothingConcerned } from '../../domain/audit-entry.js';
import {
  addedBy,
  openTestingAudit,
  outcomeOf,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../../testing.js';
import { testingMigrations } from '../../testing/tampering.js';
import { approve, type OrderingBody, propose } from '../../testing/two-auditors.js';
import { ordersPrincipal } from './audit-orders.js';
import { french, oversight } from '../../testing/authorities.js';

const DAY_MS = 24 * 3_600_000;
const job = { kind: 'job', job: 'audit-test' } as const;

eachEngine('orders of two auditors', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(61);
  const caseId = 'ce'.repeat(32) as CaseId;
  const prosecutor = new TestingDevice(71, clock, { authority: french });
  const first = new TestingDevice(72, clock, { authority: oversight });
  const second = new TestingDevice(73, clock, { authority: oversight });
  const sameDesk = new TestingDevice(74, clock, { authority: oversight, person: first.principal.person });
  const stranger = new TestingDevice(75, clock, { authority: 'da'.repeat(16) as AuthorityId, state: 'NL' });
  let testing: TestingAudit;
  let body: OrderingBody;

  const record = async (count: number, by = prosecutor) => {
    await testing.audit.worker.tick();
    const before = await size();
    for (let i = 0; i < count; i++) {
      const act = by.act('doc.read', { caseId });
      const facts = { who: by.who, source: testingSource, what: { ...nothingConcerned, caseId } };
      await at
        .database()
        .write(by.principal, (writer) => testing.audit.recorder.record(writer, allowedEntry(act, facts)));
      clock.advance(1);
    }
    await testing.audit.worker.tick();
    return before;
  };
  const size = async () => (await testing.audit.reader.checkpoint())?.size ?? 0;
  const orderId = () => toHex(random(16)) as ObjectId;
  const terms = () => ({ reference: 'FR/2026-17', expiresMs: clock.nowMs() + DAY_MS });
  const erasing = (from: number, last = from): EraseOrder => ({
    ...{ verb: 'erase', shard: '2026h2', records: [{ first: from, last }], groups: ['who', 'what', 'src', 'act'] },
    ...{ legalBasis: legalBases.oversight, ...terms() },
  });
  const decide = async (order: AuditOrder, id = orderId()) => {
    await propose(body, first, id, order);
    const { result } = await approve(body, second, id, order);
    await testing.audit.worker.tick();
    return { id, ...result };
  };
  const rows = (index: number) =>
    at.database().read(job, (reader) =>
      reader.queryOne(
        `SELECT e.id::text AS id, o.who IS NULL AND o.what IS NULL AND o.src IS NULL AND o.act IS NULL AS gone, o.why IS NOT NULL AS why,
          coalesce(e.actor_person, e.actor_device, e.actor_authority, e.object_id) IS NULL AND e.case_id IS NULL
            AND e.act_counter IS NULL AS cleared
        FROM audit_event e JOIN audit_opening o ON o.event_id = e.id WHERE e.seq = $1`,
        [index],
        (row) => [row.boolean('gone'), row.boolean('why'), row.boolean('cleared')],
      ),
    );
  const idAt = (index: number) =>
    at
      .database()
      .read(job, (reader) =>
        reader.queryOne('SELECT id::text AS id FROM audit_event WHERE seq = $1', [index], (row) =>
          row.text('id').replaceAll('-', ''),
        ),
      );
  const get = async (
    id: string,
    purpose: (typeof auditPurposes)[keyof typeof auditPurposes] = auditPurposes.lawfulness,
  ) => {
    const received = first.sign('audit.view', { objectId: id as never, payload: [utf8(auditViewStatement(purpose))] });
    const device = { id: first.id, signingKey: first.key.publicKey };
    const context = {
      device,
      who: first.who,
      source: testingSource,
      scope: { authorities: [french] },
      purpose,
      received,
    };
    return testing.audit.getRecord.run(context, id as never);
  };

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    body = { audit: testing.audit, authorities: [french, oversight] };
  });
  afterAll(async () => testing.close());

  it('erase at the approval, and every proof still holds', async () => {
    const from = await record(3);
    const ids = [await idAt(from), await idAt(from + 1)];
    const [untouched, before] = [await get(ids[1] as string), await get(ids[0] as string)];
    const order = erasing(from);
    const id = orderId();
    const proposed = await addedBy(at.database(), () => propose(body, first, id, order));
    expect(proposed).toEqual(['done', 'audit.erase.propose allowed ok']);
    expect(await rows(from)).toEqual([false, true, false]);
    const approved = await addedBy(at.database(), () => approve(body, second, id, order));
    expect(approved).toEqual(['done', 'audit.erase allowed ok', 'audit.erase.approve allowed ok']);
    await testing.audit.worker.tick();
    expect(await rows(from)).toEqual([true, true, true]);
    expect(await rows(from + 1)).toEqual([false, true, false]);

    const after = await get(ids[0] as string);
    expect(after.leaf).toEqual(before.leaf);
    expect(Object.keys(before.groups)).toEqual(['who', 'what', 'why', 'src', 'act']);
    expect(after.groups).toEqual({});
    expect((await get(ids[1] as string)).groups).toEqual(untouched.groups);
    const logKeys = testing.signer.keys(testing.origin);
    const open = (note: Uint8Array) => openCheckpoint(note, { origin: testing.origin, logKeys });
    const proven = verifyTlogProof(after.leaf, parseTlogProof(after.proof ?? new Uint8Array(0)), open);
    expect([proven.index, proven.leafHash]).toEqual([from, leafHash(before.leaf)]);

    expect((await testing.audit.check.run()).findings).toEqual([]);

    const [mark] = after.erased;
    expect(mark?.groups).toEqual(['who', 'what', 'src', 'act']);
    const erasure = await get(mark?.erasure ?? '');
    expect(decodeAuditLeaf(erasure.leaf).ev).toBe('audit.erase');
    const told = parseErasure('audit.erase', decodeAuditWhat(erasure.groups.what?.bytes ?? new Uint8Array(0)).detail);
    expect(told).toMatchObject({ shard: '2026h2', records: order.records, groups: order.groups });
    expect(told.ordered).toMatchObject({ orderId: id, order });
    const events = await Promise.all(
      (told.ordered?.approvals ?? []).map(async (act) => decodeAuditLeaf((await get(act)).leaf).ev),
    );
    expect(events).toEqual(['audit.erase.propose', 'audit.erase.approve']);
  });

  it('need a second person of the same body, in time, once, and the very text; each refusal is recorded', async () => {
    const from = await record(1);
    const order = erasing(from);
    const id = orderId();
    await propose(body, first, id, order);
    const refused = (code: string) => [code, `audit.erase.approve denied ${code}`];
    const same = 'retention/same-person';
    expect(await addedBy(at.database(), () => approve(body, first, id, order))).toEqual(refused(same));
    expect(await addedBy(at.database(), () => approve(body, sameDesk, id, order))).toEqual(refused(same));
    const absent = refused('retention/not-found');
    expect(await addedBy(at.database(), () => approve(body, stranger, id, order))).toEqual(absent);
    expect(await addedBy(at.database(), () => approve(body, second, orderId(), order))).toEqual(absent);
    const wider = { ...order, groups: ['src'] as const };
    expect(await addedBy(at.database(), () => approve(body, second, id, wider))).toEqual(absent);
    expect(await rows(from)).toEqual([false, true, false]);
    await approve(body, second, id, order);
    expect(await outcomeOf(approve(body, second, id, order))).toBe('retention/executed');

    const late = orderId();
    const expiring = erasing(await record(1));
    await propose(body, first, late, expiring);
    clock.advance(DAY_MS + 1);
    expect(await outcomeOf(approve(body, second, late, expiring))).toBe('retention/expired');
    expect(await outcomeOf(propose(body, first, late, erasing(expiring.records[0]?.first ?? 0)))).toMatch(
      /^database\//,
    );
  });

  it('reach no record of others, none that is not there, and no trail of the auditors themselves', async () => {
    const own = await record(1);
    const foreign = await record(1, stranger);
    await testing.audit.worker.tick();
    const last = (await size()) - 1;
    for (const order of [erasing(foreign), erasing(own, foreign), erasing(last + 100)]) {
      expect(await outcomeOf(propose(body, first, orderId(), order))).toBe('retention/out-of-scope');
    }
    await propose(body, first, orderId(), erasing(own));
    await testing.audit.worker.tick();
    const trail = (await size()) - 1;
    expect(await outcomeOf(propose(body, first, orderId(), erasing(trail)))).toBe('retention/not-erasable');
    const endless = { ...erasing(own), expiresMs: clock.nowMs() + limits.maxOrderAgeMs + 1 };
    expect(await outcomeOf(propose(body, first, orderId(), endless))).toBe('retention/order');
  });

  it.each([
    ['a record', (from: number) => ({ shard: '2026h2', records: [{ first: from, last: from }] })],
    ['a case', () => ({ caseId })],
    ['a person', () => ({ person: prosecutor.principal.person })],
  ])('are blocked by a hold of %s, until two lift it or its time is over', async (_name, targetOf) => {
    const from = await record(1);
    const target = targetOf(from);
    const order = erasing(from);
    const id = orderId();
    await propose(body, first, id, order);
    const hold = await decide({ verb: 'hold', target, untilMs: clock.nowMs() + 60_000, ...terms() });
    const blocked = await addedBy(at.database(), () => approve(body, second, id, order));
    expect(blocked).toEqual(['retention/held', 'audit.erase.approve denied retention/held']);
    const lift: AuditOrder = { verb: 'lift', hold: hold.id, ...terms() };
    const [one, other] = [orderId(), orderId()];
    expect(await outcomeOf(propose(body, stranger, orderId(), lift))).toBe('retention/not-found');
    await propose(body, first, one, lift);
    expect(await outcomeOf(approve(body, first, one, lift))).toBe('retention/same-person');
    expect(await outcomeOf(approve(body, second, id, order))).toBe('retention/held');
    await approve(body, second, one, lift);
    expect(await outcomeOf(propose(body, first, other, lift))).toBe('retention/not-found');

    await decide({ verb: 'hold', target, untilMs: clock.nowMs() + 60_000, ...terms() });
    expect(await outcomeOf(approve(body, second, id, order))).toBe('retention/held');
    clock.advance(60_001);
    expect(await outcomeOf(approve(body, second, id, order))).toBe('done');
    expect(await rows(from)).toEqual([true, true, true]);
  });

  it('restrict a record to one purpose, and release it', async () => {
    const from = await record(1);
    const id = (await idAt(from)) as string;
    const set = { shard: '2026h2', records: [{ first: from, last: from }] };
    await decide({ verb: 'restrict', ...set, purpose: auditPurposes.criminalProceedings, ...terms() });
    const hidden = await get(id);
    expect([hidden.groups, hidden.restrictedTo]).toEqual([{}, auditPurposes.criminalProceedings]);
    expect(Object.keys((await get(id, auditPurposes.criminalProceedings)).groups)).toHaveLength(5);
    await decide({ verb: 'release', ...set, ...terms() });
    expect(Object.keys((await get(id)).groups)).toHaveLength(5);
  });

  it('T25: are the only way by which an opening goes, for whoever works in the database', async () => {
    const from = await record(1);
    const attempt = (statement: string) =>
      outcomeOf(
        at.database().writeUnaudited(ordersPrincipal, (writer) => writer.execute(statement, [from]), {
          reason: 'testing/fixture',
        }),
      );
    const administrate = (statement: string) =>
      outcomeOf(
        at.database().writeUnaudited(job, (writer) => writer.execute('SELECT testing_administrate($1)', [statement]), {
          reason: 'testing/fixture',
        }),
      );
    const of = `event_id = (SELECT id FROM audit_event WHERE seq = ${from})`;
    expect(
      await attempt('UPDATE audit_opening SET who = NULL WHERE event_id = (SELECT id FROM audit_event WHERE seq = $1)'),
    ).toBe('done');
    expect(await attempt('UPDATE audit_event SET actor_person = NULL WHERE seq = $1')).toBe('done');
    expect(
      await attempt('DELETE FROM audit_opening WHERE event_id = (SELECT id FROM audit_event WHERE seq = $1)'),
    ).toMatch(/^database\//);
    // Row-level policies showed them nothing to change; the owner of the tables is stopped by the triggers.
    expect(await rows(from)).toEqual([false, true, false]);
    expect(await administrate(`UPDATE audit_opening SET who = NULL WHERE ${of}`)).toMatch(/^database\//);
    expect(await administrate(`UPDATE audit_event SET actor_person = NULL WHERE seq = ${from}`)).toMatch(/^database\//);
    expect(await administrate(`DELETE FROM audit_opening WHERE ${of}`)).toMatch(/^database\//);
    expect(await administrate('DELETE FROM audit_erased')).toMatch(/^database\//);
    expect(await rows(from)).toEqual([false, true, false]);
  });
});
