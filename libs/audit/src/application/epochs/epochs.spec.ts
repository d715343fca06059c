import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, limits, utf8 } from '@rogatory/kernel';
import { checkCommitment, epochCommitment, epochPosition, nextEpochDigest } from '@rogatory/crypto/verify';
import {
  auditCountsStatement,
  auditEpochsStatement,
  auditPurposes,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeEpochEntry,
  encodeEpochSubject,
  epochSubjectKinds,
} from '@rogatory/protocol';
import { leafHash, verifyPosition } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, nothingConcerned } from '../../domain/audit-entry.js';
import { SqlEpochStore } from '../../storage/sql-epoch.store.js';
import { SqlLogTreeStore } from '../../storage/sql-log-tree.store.js';
import {
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../../testing.js';
import { outcomeOf } from '../../testing/recorded.js';
import { testingMigrations } from '../../testing/tampering.js';
import { Epochs } from './epochs.js';
import type { CountedThing } from './read-epochs.js';
import { dutch, french, oversight } from '../../testing/authorities.js';

eachEngine('epochs of the log', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(61);
  const prosecutor = new TestingDevice(71, clock, { authority: french });
  const judge = new TestingDevice(72, clock, { authority: dutch, state: 'NL' });
  const auditor = new TestingDevice(73, clock, { authority: oversight });
  const caseId = 'ce'.repeat(32) as CaseId;
  let testing: TestingAudit;

  const record = (device: TestingDevice, owner?: AuthorityId) => {
    const what = { ...nothingConcerned, ...(owner === undefined ? {} : { caseId, ownerAuthorityId: owner }) };
    const act = device.act('case.open', owner === undefined ? {} : { caseId });
    const entry = allowedEntry(act, { who: device.who, source: testingSource, what });
    return at.database().write(device.principal, (writer) => testing.audit.recorder.record(writer, entry));
  };
  const context = (statement: string) => ({
    device: { id: auditor.id, signingKey: auditor.key.publicKey },
    ...{ who: auditor.who, source: testingSource, scope: { authorities: [french, oversight] } },
    ...{ purpose: auditPurposes.lawfulness, received: auditor.sign('audit.epochs', { payload: [utf8(statement)] }) },
  });
  /** The answer waits for a signed head: the log goes on meanwhile, as it does in a server. */
  const counts = async (thing: CountedThing) => {
    const id = thing.kind === 'case' ? thing.caseId : thing.authority;
    const asked = testing.audit.readEpochs.counts(
      context(auditCountsStatement(auditPurposes.lawfulness, { counted: thing.kind, id })),
      thing,
    );
    const settled = asked.then(
      () => true,
      () => true,
    );
    const turn = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    do await testing.audit.worker.tick();
    while (!(await Promise.race([settled, turn()])));
    return asked;
  };
  const entriesOf = async (thing: CountedThing) => {
    const { record, counts: shown } = await counts(thing);
    const what = decodeAuditWhat(record.groups.what?.bytes ?? new Uint8Array(0));
    return shown.map(({ opening, entry, siblings }) => {
      const { subject } = decodeEpochEntry(entry);
      const position = epochPosition(utf8(testing.origin), encodeEpochSubject(subject));
      const commitment = epochCommitment(opening, entry);
      verifyPosition(what.objectHash ?? new Uint8Array(0), position, { commitment, siblings });
      return decodeEpochEntry(entry);
    });
  };
  /** What the entry must be, from the rows of the log. */
  const expected = async (condition: string, size: number) => {
    const rows = await at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryRows(
          `SELECT seq, leaf FROM audit_event WHERE ${condition} AND seq < $1 ORDER BY seq`,
          [size],
          (row) => ({ index: row.integer('seq'), leaf: row.bytes('leaf') }),
        ),
      );
    let digest: Uint8Array = new Uint8Array(32);
    for (const { index, leaf } of rows) digest = nextEpochDigest(digest, index, leafHash(leaf));
    return { count: rows.length, lastIndex: rows.at(-1)?.index ?? 0, digest };
  };
  const ofFrench = `actor_authority = '${french}'`;
  const latest = () =>
    at.database().read({ kind: 'job', job: 'audit-test' }, (reader) => new SqlEpochStore('2026h2').latest(reader));
  const another = () =>
    new Epochs({
      ...{ database: at.database(), store: new SqlEpochStore('2026h2'), tree: new SqlLogTreeStore(testing.origin) },
      ...{ recorder: testing.audit.recorder, clock, random, origin: testing.origin },
    });

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    for (let round = 0; round < 3; round++) {
      await record(prosecutor, french);
      await record(judge, french);
      await record(judge, dutch);
      await record(judge);
    }
    await testing.audit.worker.tick();
  });
  afterAll(async () => testing.close());

  it('counts by case, actor and owner, with a digest over index and leaf of each', async () => {
    const [ofCase, none] = await entriesOf({ kind: 'case', caseId });
    const epoch = await latest();
    const size = epoch?.size ?? 0;
    expect(ofCase?.subject).toEqual({ kind: epochSubjectKinds.case, authority: french, caseId });
    expect(ofCase).toMatchObject(await expected(`owner_authority = '${french}'`, size));
    expect(ofCase?.count).toBe(6);
    expect(none).toMatchObject({ count: 0, lastIndex: 0, subject: { authority: oversight } });
    const [acted] = await entriesOf({ kind: 'actorAuthority', authority: french });
    expect(acted).toMatchObject({ ...(await expected(ofFrench, size)), count: 3 });
    const [owned] = await entriesOf({ kind: 'ownerAuthority', authority: french });
    expect(owned).toMatchObject(await expected(`owner_authority = '${french}'`, size));
  });

  it('stands in a record of its own that anybody may open, and each look is one', async () => {
    const epoch = await latest();
    const page = { first: 10 };
    const statement = auditEpochsStatement(auditPurposes.lawfulness, page);
    const { records, nextBelow, receipt } = await testing.audit.readEpochs.list(context(statement), page);
    expect(nextBelow).toBeUndefined();
    const [newest] = records;
    const { com, ev } = decodeAuditLeaf(newest?.leaf ?? new Uint8Array(0));
    expect([ev, newest?.id, records.length]).toEqual(['log.epoch', epoch?.recordId, epoch?.number]);
    const what = newest?.groups.what;
    if (what === undefined) throw new Error('the epoch cannot be opened');
    checkCommitment({ label: 'what', ...what }, Buffer.from(com.what ?? '', 'base64url'));
    expect(decodeAuditWhat(what.bytes)).toMatchObject({
      ...{ objectHash: epoch?.root, bytes: epoch?.size, count: epoch?.entries, detail: `epoch=${epoch?.number}` },
    });
    const looked = await at
      .database()
      .read(auditor.principal, (reader) =>
        reader.queryRows('SELECT ev FROM audit_event WHERE id = $1', [receipt.recordId], (row) => row.text('ev')),
      );
    expect(looked).toEqual(['audit.epochs']);
    const wrong = testing.audit.readEpochs.list(context(statement), { first: 11 });
    expect(await outcomeOf(wrong)).toBe('audit/act');
  });

  it('tells nobody the counts of others', async () => {
    expect(await outcomeOf(counts({ kind: 'actorAuthority', authority: dutch }))).toBe('audit/not-found');
    expect(await outcomeOf(counts({ kind: 'ownerAuthority', authority: dutch }))).toBe('audit/not-found');
    const other = 'cf'.repeat(32) as CaseId;
    const shown = await entriesOf({ kind: 'case', caseId: other });
    const ofNobody = { kind: epochSubjectKinds.case, caseId: other };
    expect(shown.map(({ count, subject }) => [count, subject])).toEqual([
      [0, { ...ofNobody, authority: french }],
      [0, { ...ofNobody, authority: oversight }],
    ]);
  });

  it('holds a bounded number of subjects without records, and forgets them with the hour', async () => {
    const job = { kind: 'job', job: 'audit-test' } as const;
    const absent = () =>
      at
        .database()
        .read(job, (reader) =>
          reader.queryOne('SELECT count(*) AS absent FROM audit_count_subject WHERE count = 0', [], (row) =>
            row.integer('absent'),
          ),
        );
    const unknown = (number: number) => ({
      ...{ kind: epochSubjectKinds.case, authority: dutch },
      caseId: number.toString(16).padStart(64, '0') as CaseId,
    });
    const before = (await absent()) ?? 0;
    const rest = Array.from({ length: limits.maxAbsentSubjects - before - 1 }, (_, number) => unknown(number));
    await testing.audit.epochs.fresh(rest, limits.epochMs);
    const beyond = [unknown(0xfffff0), unknown(0xfffff1)];
    expect(await outcomeOf(testing.audit.epochs.fresh(beyond, limits.epochMs))).toBe('audit/unavailable');
    expect(await outcomeOf(another().fresh(beyond.slice(0, 1), limits.epochMs))).toBe('done');
    expect(await absent()).toBe(limits.maxAbsentSubjects);

    clock.advance(limits.epochMs);
    const { map } = await testing.audit.epochs.fresh(beyond, limits.epochMs);
    expect(await absent()).toBe(2);
    expect(beyond.every((subject) => map.has(subject))).toBe(true);
    expect(await outcomeOf(another().fresh(beyond, limits.epochMs))).toBe('done');
    const counted = await at
      .database()
      .writeUnaudited(job, (writer) => writer.execute('DELETE FROM audit_count_subject', []), {
        reason: 'testing/fixture',
      });
    expect(counted).toBe(2);
    await testing.audit.epochs.fresh([unknown(1)], limits.epochMs);
  });

  it('is made once an hour, and only when records came', async () => {
    const before = (await latest())?.number ?? 0;
    await testing.audit.epochs.runDue();
    expect((await latest())?.number).toBe(before);
    clock.advance(limits.epochMs);
    await testing.audit.worker.tick();
    await testing.audit.epochs.runDue();
    expect((await latest())?.number).toBe(before + 1);
    clock.advance(limits.epochMs);
    await testing.audit.worker.tick();
    await testing.audit.epochs.runDue();
    expect((await latest())?.number).toBe(before + 1);
    await record(prosecutor, french);
    await testing.audit.worker.tick();
    await testing.audit.epochs.runDue();
    expect((await latest())?.number).toBe(before + 2);
  });

  it('is made anew where the newest lies ahead, because a clock was wrong and was set right', async () => {
    const before = (await latest())?.number ?? 0;
    clock.advance(2 * limits.epochMs);
    await record(prosecutor, french);
    await testing.audit.worker.tick();
    await testing.audit.epochs.runDue();
    clock.advance(-2 * limits.epochMs);
    await record(prosecutor, french);
    await testing.audit.worker.tick();
    await testing.audit.epochs.runDue();
    expect((await latest())?.number).toBe(before + 2);
    expect((await latest())?.timeMs).toBeLessThanOrEqual(clock.nowMs());
    clock.advance(limits.epochMs);
    expect((await testing.audit.epochs.fresh([], 2 * limits.epochMs)).epoch.number).toBe(before + 2);
  });

  it('counts no record twice, however many count and whatever fails in between', async () => {
    for (let round = 0; round < 20; round++) await record(round % 2 === 0 ? prosecutor : judge, french);
    await testing.audit.worker.tick();
    const store = new SqlEpochStore('2026h2');
    const failing = new Epochs({
      ...{ database: at.database(), tree: new SqlLogTreeStore(testing.origin), recorder: testing.audit.recorder },
      ...{ clock, random, origin: testing.origin },
      store: Object.assign(Object.create(store) as SqlEpochStore, {
        lock: (...args: Parameters<SqlEpochStore['lock']>) => store.lock(...args),
        counted: (...args: Parameters<SqlEpochStore['counted']>) => store.counted(...args),
        records: (...args: Parameters<SqlEpochStore['records']>) => store.records(...args),
        counts: (...args: Parameters<SqlEpochStore['counts']>) => store.counts(...args),
        advance: async (...args: Parameters<SqlEpochStore['advance']>) => {
          await store.advance(...args);
          throw new Error('the server died');
        },
      }),
    });
    await expect(failing.count()).rejects.toThrow('the server died');
    await Promise.all([another().count(), testing.audit.epochs.count(), another().count()]);
    await testing.audit.epochs.count();
    clock.advance(limits.minEpochGapMs);
    const racing = await Promise.allSettled(
      [another(), another(), testing.audit.epochs].map((one) => one.fresh([], limits.minEpochGapMs)),
    );
    expect(racing.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const [acted] = await entriesOf({ kind: 'actorAuthority', authority: french });
    expect(acted).toMatchObject(await expected(ofFrench, (await latest())?.size ?? 0));
  });

  it('forgets the secret of an epoch with the next, and refuses counts that were edited', async () => {
    const secrets = await at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryRows('SELECT secret FROM audit_epoch ORDER BY number DESC', [], (row) =>
          row.optionalBytes('secret'),
        ),
      );
    expect(secrets.length).toBeGreaterThan(2);
    expect(secrets.slice(1).every((secret) => secret === undefined)).toBe(true);
    expect(secrets[0]).toHaveLength(32);
    await at
      .database()
      .writeUnaudited(
        { kind: 'job', job: 'audit-test' },
        (writer) => writer.execute('UPDATE audit_count_subject SET epoch_count = epoch_count + 1 WHERE count > 2', []),
        { reason: 'testing/fixture' },
      );
    expect(await outcomeOf(another().fresh([], limits.epochMs))).toBe('audit/log-corrupt');
  });
});
