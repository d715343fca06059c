import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fromBase64Url, newActId } from '@rogatory/kernel';
import { checkCommitment } from '@rogatory/crypto/verify';
import { auditEvents, decodeAuditLeaf, decodeSignedAct } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import type { Writer } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, deniedEntry, nothingConcerned, systemActor, unprovenActor } from '../domain/audit-entry.js';
import { FolderMonthKeys } from '../storage/folder-month-keys.js';
import { SqlMonthKeyStore } from '../storage/sql-month-key.store.js';
import {
  openTestingAudit,
  TestingClock,
  TestingDevice,
  type TestingAudit,
  testingRandom,
  testingSource,
} from '../testing.js';
import { tamper, testingMigrations } from '../testing/tampering.js';
import { openGroup } from './build-record.js';
import { MonthKeys } from './month-keys.js';
import { outcomeOf } from '../testing/recorded.js';

const countRows =
  'SELECT (SELECT count(*) FROM audit_event) AS events, (SELECT count(*) FROM audit_opening) AS openings';
const job = { kind: 'job', job: 'audit-test' } as const;

eachEngine('audit recorder', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(7);
  const device = new TestingDevice(1, clock);
  let testing: TestingAudit;

  const facts = { who: device.who, what: nothingConcerned, source: testingSource };
  const rows = () =>
    at
      .database()
      .read(job, (reader) =>
        reader.queryOne(countRows, [], (row) => ({ events: row.integer('events'), openings: row.integer('openings') })),
      );
  const write = <T>(use: (writer: Writer) => Promise<T>) => at.database().write(device.principal, use);
  const record = (operation: Parameters<TestingDevice['act']>[0]) =>
    write((writer) => testing.audit.recorder.record(writer, allowedEntry(device.act(operation), facts)));

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
  });
  afterAll(async () => testing.close());

  it('stores a leaf that commits to every group of its event, openings sealed', async () => {
    const recorded = await record('doc.read');
    const leaf = decodeAuditLeaf(recorded.leaf);
    expect(Object.keys(leaf.com).sort()).toEqual([...auditEvents['doc.read'].groups].sort());
    expect(recorded.leafHash).toEqual(leafHash(recorded.leaf));
    const stored = await at.database().read(job, (reader) =>
      reader.queryOne(
        'SELECT who, what, why, src, act FROM audit_opening WHERE event_id = $1',
        [recorded.id],
        (row) => ({
          ...{ who: row.bytes('who'), what: row.bytes('what'), why: row.bytes('why') },
          ...{ src: row.bytes('src'), act: row.bytes('act') },
        }),
      ),
    );
    const wrapped = await at.database().read(job, (reader) => new SqlMonthKeyStore().find(reader, '2026-11'));
    expect(wrapped?.length).toBe(32 + 72);
    const records = await at
      .database()
      .read(job, (reader) =>
        reader.queryRows('SELECT count(*) AS n FROM audit_month_key', [], (row) => row.integer('n')),
      );
    // This month, the next one, and the one that does not end.
    expect(records).toEqual([3]);
    const context = device.sign('audit.view', {
      objectId: recorded.id as never,
      payload: [new TextEncoder().encode('purpose=lawfulness')],
    });
    const proven = await testing.audit.getRecord.run(
      {
        device: { id: device.id, signingKey: device.key.publicKey },
        ...{ who: device.who, source: testingSource, purpose: 1, received: context },
        scope: { authorities: [device.principal.authority] },
      },
      recorded.id,
    );
    for (const label of auditEvents['doc.read'].groups) {
      const group = proven.groups[label];
      if (group === undefined) throw new Error(`no group ${label}`);
      const commitment = fromBase64Url(leaf.com[label] ?? '');
      expect(() => checkCommitment({ label, ...group }, commitment)).not.toThrow();
      expect(stored?.[label]?.length).toBe(32 + group.bytes.length + 72);
    }
    const act = proven.groups.act && decodeSignedAct(proven.groups.act.bytes);
    expect(fromBase64Url(leaf.com.why ?? '')).toEqual(act?.act.whyCommit);
  });

  it('T20: leaves no record when the act rolls back, and no act without its record', async () => {
    const before = await rows();
    const failed = write(async (writer) => {
      await testing.audit.recorder.record(writer, allowedEntry(device.act('msg.send'), facts));
      throw new Error('the act fails');
    });
    await expect(failed).rejects.toThrow('the act fails');
    expect(await rows()).toEqual(before);
    expect(await outcomeOf(write((writer) => writer.execute('SELECT 1', [])))).toBe('database/unaudited');
  });

  it('T23: lets no domain row stand without the record it names', async () => {
    const act = device.act('msg.send');
    const deed = (auditId: string, id: number) => (writer: Writer) =>
      writer.execute('INSERT INTO testing_deed (id, audit_id) VALUES ($1, $2)', [id, auditId]);
    const without = at
      .database()
      .writeUnaudited(device.principal, deed(act.act.actId, 1), { reason: 'testing/fixture' });
    expect(await outcomeOf(without)).toBe('database/conflict');
    await write(async (writer) => {
      await testing.audit.recorder.record(writer, allowedEntry(act, facts));
      await deed(act.act.actId, 1)(writer);
    });
  });

  it('takes an act once, and a counter once', async () => {
    const act = device.act('msg.send');
    const once = () => write((writer) => testing.audit.recorder.record(writer, allowedEntry(act, facts)));
    await once();
    expect(await outcomeOf(once())).toBe('audit/duplicate-act');
    device.setBack();
    expect(await outcomeOf(record('msg.send'))).toBe('audit/counter-reused');
  });

  it('records many at once and refusals without an act', async () => {
    const before = await rows();
    const denied = { event: 'authz.denied', outcome: 'denied', reasonCode: 'access/refused' } as const;
    const entries = Array.from({ length: 250 }, () => ({
      ...{ id: newActId(clock, random), ...denied, who: unprovenActor, what: nothingConcerned, source: testingSource },
    }));
    const recorded = await at
      .database()
      .write({ kind: 'anonymous' }, (writer) => testing.audit.recorder.recordMany(writer, entries));
    expect(recorded.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
    expect(decodeAuditLeaf(recorded[249]?.leaf ?? new Uint8Array(0))).toMatchObject({
      out: 'denied',
      rc: 'access/refused',
    });
    expect(await rows()).toEqual({ events: (before?.events ?? 0) + 250, openings: (before?.openings ?? 0) + 250 });
    const refusal = deniedEntry(device.act('doc.read'), facts, 'access/refused');
    const { leaf } = await write((writer) => testing.audit.recorder.record(writer, refusal));
    expect(decodeAuditLeaf(leaf).com.why).toHaveLength(43);
  });

  it('refuses an entry that lacks a group or names another act', async () => {
    const { act: _act, ...lacking } = allowedEntry(device.act('msg.send'), facts);
    const system = { ...lacking, id: newActId(clock, random), event: 'doc.delivered', who: systemActor } as const;
    const { source: _source, ...silent } = { ...lacking, event: 'auth.login' as const };
    const wrong = { ...allowedEntry(device.act('msg.send'), facts), event: 'case.create' } as const;
    for (const entry of [lacking, silent, wrong]) {
      expect(await outcomeOf(write((writer) => testing.audit.recorder.record(writer, entry)))).toBe(
        'audit/incomplete-entry',
      );
    }
    await write((writer) => testing.audit.recorder.record(writer, system));
  });

  it('T03: gives the application no way to change, remove or empty records', async () => {
    const statements = [
      'DELETE FROM audit_event',
      'TRUNCATE audit_event CASCADE',
      "UPDATE audit_event SET out = 'allowed'",
      'UPDATE audit_event SET seq = 0',
      'DELETE FROM audit_opening',
      'UPDATE audit_opening SET who = NULL',
      'DELETE FROM audit_month_key',
      'UPDATE tlog_head SET size = 0',
      'DELETE FROM tlog_checkpoint',
      'ALTER TABLE audit_event DISABLE TRIGGER USER',
    ];
    for (const statement of statements) {
      const attempt = at
        .database()
        .writeUnaudited(job, (writer) => writer.execute(statement, []), { reason: 'testing/fixture' });
      expect([statement, await outcomeOf(attempt)]).toEqual([statement, 'database/denied']);
    }
    const sequencer = { kind: 'job', job: 'audit-sequencer', role: 'rogatory_sequencer' } as const;
    for (const statement of [
      "UPDATE audit_event SET out = 'allowed'",
      'DELETE FROM audit_event',
      'SELECT act FROM audit_opening',
    ]) {
      const attempt = at
        .database()
        .writeUnaudited(sequencer, (writer) => writer.execute(statement, []), { reason: 'testing/fixture' });
      expect([statement, await outcomeOf(attempt)]).toEqual([statement, 'database/denied']);
    }
  });

  it('T03: refuses deletion to the owner of the tables as well', async () => {
    const attempt = at
      .database()
      .writeUnaudited(job, (writer) => writer.execute('SELECT testing_administrate($1)', ['DELETE FROM audit_event']), {
        reason: 'testing/fixture',
      });
    expect(await outcomeOf(attempt)).toBe('database/refused');
  });

  it('shows a device its own records only', async () => {
    const { id } = await record('msg.send');
    const other = new TestingDevice(2, clock);
    const seen = (principal: typeof device.principal) =>
      at
        .database()
        .read(principal, (reader) =>
          reader.queryRows('SELECT id::text AS id FROM audit_event WHERE id = $1', [id], (row) => row.text('id')),
        );
    expect(await seen(device.principal)).toHaveLength(1);
    expect(await seen(other.principal)).toHaveLength(0);
    const openings = await at
      .database()
      .read(device.principal, (reader) =>
        reader.queryRows('SELECT event_id::text AS id FROM audit_opening', [], (row) => row.text('id')),
      );
    expect(openings).toHaveLength(0);
  });

  it('T08: opens nothing that was altered or moved between records or groups', async () => {
    const [first, second] = [await record('msg.send'), await record('msg.send')];
    await tamper(
      at.database(),
      `UPDATE audit_opening SET who = (SELECT who FROM audit_opening WHERE event_id = '${second.id}') WHERE event_id = '${first.id}'`,
    );
    const sealed = await at
      .database()
      .read(job, (reader) =>
        reader.queryOne('SELECT who FROM audit_opening WHERE event_id = $1', [first.id], (row) => row.bytes('who')),
      );
    const wrappingKeys = new FolderMonthKeys(`${testing.folder}/secrets`, random);
    const months = new MonthKeys(at.database(), new SqlMonthKeyStore(), wrappingKeys, random);
    const key = await months.find('2026-11');
    if (sealed === undefined || key === undefined) throw new Error('nothing to open');
    expect(() => openGroup(first.id, 'who', sealed, key)).toThrow('the sealed bytes do not open');
    expect(() => openGroup(second.id, 'what', sealed, key)).toThrow('the sealed bytes do not open');
    expect(openGroup(second.id, 'who', sealed, key).opening).toHaveLength(32);
  });

  it('fails closed when the month has no key', async () => {
    clock.advance(70 * 24 * 3_600_000);
    expect(await outcomeOf(record('msg.send'))).toBe('audit/unavailable');
    clock.advance(-70 * 24 * 3_600_000);
  });
});
