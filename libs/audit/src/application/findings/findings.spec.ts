import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, type ObjectId, toHex, utf8 } from '@rogatory/kernel';
import {
  type AuthorityCalendar,
  decodeCalendar,
  decodeFinding,
  type Finding,
  type FindingId,
  findingsOf,
  type OpenedRecord,
} from '@rogatory/findings';
import {
  auditFindingsStatement,
  type AuditOrder,
  auditPurposes,
  type AuditWhat,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeAuditWho,
  decodeSignedAct,
  decodeWhy,
  encodeWhy,
  type FindingQuery,
  type FindingVerdict,
  findingVerdictEvents,
  findingVerdictStatement,
  legalBases,
} from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, deniedEntry, nothingConcerned } from '../../domain/audit-entry.js';
import {
  addedBy,
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../../testing.js';
import { testingMigrations } from '../../testing/tampering.js';
import { approve, propose } from '../../testing/two-auditors.js';
import type { ReviewContext } from '../review-context.js';
import { type FindingsPart, openFindings } from '../../findings-part.js';
import { SqlFindingStore } from '../../storage/sql-finding.store.js';
import { FolderMonthKeys } from '../../storage/folder-month-keys.js';
import { SqlMonthKeyStore } from '../../storage/sql-month-key.store.js';
import { MonthKeys } from '../month-keys.js';
import { outcomeOf } from '../../testing/recorded.js';
import { dutch, french, oversight } from '../../testing/authorities.js';

const MINUTE_MS = 60_000;

eachEngine('findings of the server', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(51);
  const prosecutor = new TestingDevice(61, clock, { authority: french });
  const judge = new TestingDevice(62, clock, { authority: dutch, state: 'NL' });
  const colleague = new TestingDevice(64, clock, { authority: oversight });
  const auditor = new TestingDevice(63, clock, { authority: oversight });
  const caseId = 'ce'.repeat(32) as CaseId;
  const never: AuthorityCalendar = {
    ...{ authority: french, zone: 'Europe/Paris', holidays: [] },
    week: Array.from({ length: 7 }, () => []),
  };
  let testing: TestingAudit;
  let monthKeys: MonthKeys;
  let findings: FindingsPart;

  const record = (device: TestingDevice, what: Partial<AuditWhat> = {}, refusal?: string) => {
    const objectId = 'b0'.repeat(16) as ObjectId;
    const act = device.act('doc.read', { caseId, objectId });
    const facts = {
      ...{ who: { ...device.who, caseRole: 2 as const }, source: testingSource },
      what: { ...nothingConcerned, caseId, objectId, ownerAuthorityId: french, ...what },
    };
    const entry = refusal === undefined ? allowedEntry(act, facts) : deniedEntry(act, facts, refusal);
    return at.database().write(device.principal, (writer) => testing.audit.recorder.record(writer, entry));
  };
  const context = (
    received: ReviewContext['received'],
    { device = auditor, authorities = [french, oversight] } = {},
  ): ReviewContext => ({
    device: { id: device.id, signingKey: device.key.publicKey },
    ...{ who: device.who, source: testingSource, scope: { authorities }, purpose: auditPurposes.lawfulness, received },
  });
  const list = (query: Partial<FindingQuery> = {}, authorities?: AuthorityId[]) => {
    const asked = { first: 100, ...query };
    const payload = [utf8(auditFindingsStatement(auditPurposes.lawfulness, asked))];
    const received = auditor.sign('audit.finding.list', { payload });
    return findings.list.run(context(received, { ...(authorities && { authorities }) }), asked);
  };
  const say = (
    verdict: FindingVerdict,
    { id, recordCount }: Pick<Finding, 'id' | 'recordCount'>,
    { device = auditor, authorities = [french, oversight], text = 'looked into' } = {},
  ) => {
    const payload = [utf8(findingVerdictStatement(auditPurposes.lawfulness, recordCount))];
    const why = sealedWhy(text);
    const received = device.sign(findingVerdictEvents[verdict], { objectId: id as string as ObjectId, payload, why });
    return findings.judge.run(context(received, { device, authorities }), { verdict, id, recordCount });
  };
  /** What stands in for a text here is sealed to nobody; the server cannot tell. */
  function sealedWhy(text: string) {
    const kemCiphertext = new Uint8Array(text === '' ? 0 : 1_120);
    const bytes = encodeWhy({
      legalBasis: legalBases.oversight,
      instrument: '',
      kemCiphertext,
      sealedText: utf8(text),
    });
    return { bytes, opening: random(32) };
  }
  const found = async (query: Partial<FindingQuery> = {}, authorities?: AuthorityId[]) => {
    const page = await list(query, authorities);
    return page.findings.flatMap(({ body }) => (body === undefined ? [] : [decodeFinding(body)]));
  };
  const compute = async () => {
    await testing.audit.worker.tick();
    return findings.compute.run();
  };
  const one = async (rule: string): Promise<Finding> => {
    const [finding] = await found({ rule });
    if (finding === undefined) throw new Error(`no finding of ${rule}`);
    return finding;
  };

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    const wrappingKeys = new FolderMonthKeys(join(testing.folder, 'secrets'), random);
    monthKeys = new MonthKeys(at.database(), new SqlMonthKeyStore(), wrappingKeys, random);
    await monthKeys.prepare(clock.nowMs());
    findings = openFindings(partsOf());
    await record(judge, {}, 'access/refused');
    clock.advance(MINUTE_MS);
    await record(judge);
    await record(prosecutor);
    clock.advance(20 * MINUTE_MS);
    await record(prosecutor, { objectId: 'b1'.repeat(16) as ObjectId });
  });
  afterAll(async () => testing.close());

  it('records what it found, once; its own records give it nothing more to do', async () => {
    const records = await addedBy(at.database(), compute);
    expect(records).toEqual(['done', 'system.job allowed ok']);
    const size = await compute();
    expect(await addedBy(at.database(), compute)).toEqual(['done']);
    expect(await compute()).toBe(size);
  });

  it('shows what belongs to the scope and nothing else', async () => {
    const rules = async (authorities: AuthorityId[]) => (await found({}, authorities)).map(({ rule }) => rule).sort();
    const ofFrench = await rules([french]);
    expect(new Set(ofFrench)).toEqual(new Set(['empty-reason', 'first-touch', 'off-hours', 'unpaired-read']));
    expect(new Set(await rules([dutch]))).toEqual(new Set(['denied-then-allowed', 'empty-reason', 'first-touch']));
    expect(await rules([])).toEqual([]);
    expect((await list({}, [dutch])).calendars).toEqual([]);
    expect((await list()).calendars.map(decodeCalendar)).toEqual([never]);
  });

  it('finds what the library finds over the same records', async () => {
    const { computedTo } = await list();
    const records = await openedRecords(computedTo);
    const recomputed = findingsOf(records, {
      scope: new Set([french]),
      calendars: [never],
      mandateOf: () => undefined,
    });
    const proposed = await found({}, [french]);
    const byId = (a: Finding, b: Finding) => (a.id < b.id ? -1 : 1);
    expect(proposed.toSorted(byId)).toEqual(recomputed.toSorted(byId));
  });

  async function openedRecords(below: number): Promise<readonly OpenedRecord[]> {
    const statement = `purpose=lawfulness first=500 lastIndex=${below - 1}`;
    const filter = { lastIndex: below - 1 };
    const received = auditor.sign('audit.query', { payload: [utf8(statement)] });
    const reviewed = await testing.audit.listRecords.run(context(received, { authorities: [french] }), filter, {
      first: 500,
    });
    return reviewed.records.toReversed().map(({ index, leaf, groups: { who, what, why, act } }) => ({
      index: index ?? 0,
      leaf: decodeAuditLeaf(leaf),
      groups: {
        ...(who && { who: decodeAuditWho(who.bytes) }),
        ...(what && { what: decodeAuditWhat(what.bytes) }),
        ...(why && { why: decodeWhy(why.bytes) }),
        ...(act && { act: decodeSignedAct(act.bytes) }),
      },
    }));
  }

  it('pages through, each finding once', async () => {
    const all = (await list()).findings.map(({ id }) => id);
    const paged: FindingId[] = [];
    for (let after: FindingId | undefined; ; ) {
      const page = await list({ first: 2, ...(after === undefined ? {} : { after }) });
      paged.push(...page.findings.map(({ id }) => id));
      after = page.findings.at(-1)?.id;
      if (!page.hasMore) break;
    }
    expect(paged).toEqual(all);
    expect(await outcomeOf(list({ first: 0 }))).toBe('audit/filter');
  });

  it('lets an auditor dismiss with a reason and take it back; both are recorded', async () => {
    const finding = await one('unpaired-read');
    const dismissed = await addedBy(at.database(), () => say('dismiss', finding));
    expect(dismissed).toEqual(['done', 'audit.finding.dismiss allowed ok']);
    expect((await found({ state: 'dismissed' })).map(({ id }) => id)).toEqual([finding.id]);
    expect((await found({ state: 'open' })).map(({ id }) => id)).not.toContain(finding.id);
    await say('reopen', finding);
    expect(await found({ state: 'dismissed' })).toEqual([]);
    const [told] = (await list({ rule: 'unpaired-read' })).findings;
    expect(told).toMatchObject({ state: 'open', isCurrent: true, verdict: { isDismissed: false, recordCount: 1 } });
  });

  it('opens a dismissed finding again when it grows', async () => {
    const finding = await one('off-hours');
    await say('dismiss', finding);
    await record(prosecutor, { objectId: 'b2'.repeat(16) as ObjectId });
    await compute();
    const [told] = (await list({ rule: 'off-hours' })).findings;
    expect(told).toMatchObject({ id: finding.id, state: 'open', verdict: { isDismissed: true } });
    expect((await one('off-hours')).recordCount).toBe(finding.recordCount + 1);
  });

  it('refuses a verdict without a text, about oneself, outside the scope and on what was not seen', async () => {
    const finding = await one('off-hours');
    expect(await outcomeOf(say('dismiss', finding, { text: '' }))).toBe('audit/reason-missing');
    expect(await outcomeOf(say('dismiss', finding, { device: prosecutor }))).toBe('audit/own-finding');
    expect(await outcomeOf(say('dismiss', finding, { authorities: [dutch] }))).toBe('audit/not-found');
    expect(await outcomeOf(say('dismiss', { id: '0'.repeat(32) as FindingId, recordCount: 1 }))).toBe(
      'audit/not-found',
    );
    expect(await outcomeOf(say('dismiss', { ...finding, recordCount: finding.recordCount + 1 }))).toBe('audit/filter');
  });

  it('goes on where another server stopped, and moves on from there only', async () => {
    const again = openFindings(partsOf());
    await record(prosecutor, { objectId: 'b3'.repeat(16) as ObjectId });
    await testing.audit.worker.tick();
    await again.compute.run();
    await record(prosecutor, { objectId: 'b4'.repeat(16) as ObjectId });
    await testing.audit.worker.tick();
    await findings.compute.run();
    expect((await one('off-hours')).recordCount).toBe(5);
    const store = new SqlFindingStore(partsOf().shard);
    const moved = await at.database().writeUnaudited(
      { kind: 'job', job: 'audit-findings' },
      async (writer) => {
        const progress = await store.progress(writer);
        if (progress === undefined) throw new Error('nothing is stored');
        const { nextIndex, pass } = progress;
        const stale = await store.move(writer, { nextIndex: nextIndex - 1, pass }, progress);
        return [
          stale,
          await store.move(writer, undefined, progress),
          await store.move(writer, { nextIndex, pass }, progress),
        ];
      },
      { reason: 'testing/fixture' },
    );
    expect(moved).toEqual([false, false, true]);
  });

  const partsOf = (calendars: readonly AuthorityCalendar[] = [never]) => ({
    ...{ database: at.database(), recorder: testing.audit.recorder, promises: testing.audit.promises, clock, random },
    ...{ monthKeys, shard: testing.origin.slice(testing.origin.lastIndexOf('/') + 1), calendars },
    ...{ onFault: (error: unknown) => void error, mandateOf: () => undefined },
  });

  it('keeps what another calendar showed, and tells it apart', async () => {
    const always = { ...never, week: never.week.map(() => [[0, 1_440] as const]) };
    const changed = openFindings(partsOf([always]));
    expect(await outcomeOf(changed.compute.run())).toBe('done');
    const payload = [utf8(auditFindingsStatement(auditPurposes.lawfulness, { first: 100 }))];
    const { findings: told } = await changed.list.run(context(auditor.sign('audit.finding.list', { payload })), {
      first: 100,
    });
    const isCurrent = (rule: string) =>
      told.filter((finding) => finding.rule === rule).map((finding) => finding.isCurrent);
    expect(isCurrent('off-hours')).toEqual([false]);
    expect(isCurrent('unpaired-read')).not.toContain(false);
    await compute();
    expect((await list({ rule: 'off-hours' })).findings.map((finding) => finding.isCurrent)).toEqual([true]);
  });

  const decide = async (order: AuditOrder) => {
    const id = toHex(random(16)) as ObjectId;
    const body = { audit: testing.audit, authorities: [french, dutch, oversight] };
    await propose(body, auditor, id, order);
    await approve(body, colleague, id, order);
    await testing.audit.worker.tick();
  };
  const about = ({ records: [first] }: Finding) => {
    const index = first?.index ?? 0;
    const terms = { reference: 'FR/2026-17', expiresMs: clock.nowMs() + 24 * 60 * MINUTE_MS };
    return { shard: partsOf().shard, records: [{ first: index, last: index }], ...terms };
  };
  const told = async ({ id, rule }: Finding) => (await list({ rule })).findings.find((finding) => finding.id === id);

  it.each([
    ['restricted', (finding: Finding): AuditOrder => ({ verb: 'restrict', purpose: 3, ...about(finding) })],
    [
      'erased',
      (finding: Finding): AuditOrder => ({
        ...{ verb: 'erase', groups: ['who', 'what', 'act'], legalBasis: legalBases.oversight },
        ...about(finding),
      }),
    ],
  ])('forgets what was found over a record that is %s, and begins anew over what is left', async (_name, orderOf) => {
    const finding = await one('unpaired-read');
    expect(await told(finding)).toMatchObject({ isCurrent: true });
    await decide(orderOf(finding));
    expect(await told(finding)).toMatchObject({ body: undefined });
    expect((await list()).computedTo).toBe(0);
    expect(await outcomeOf(say('dismiss', finding))).toBe('audit/not-found');
    expect(await compute()).toBeGreaterThan(0);
    expect(await told(finding)).toMatchObject({ body: undefined, isCurrent: false });
    const [record] = finding.records;
    expect((await found()).some(({ records }) => records.some(({ id }) => id === record?.id))).toBe(false);
  });
});
