import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client, Review } from '@rogatory/client';
import { aboutOf, type AuthorityCalendar } from '@rogatory/findings';
import type { ActId, PersonId } from '@rogatory/kernel';
import { auditPurposes, legalBases, type RecordFilter } from '@rogatory/protocol';
import { onEmbedded } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { World } from '../world/world.js';

const review: Review = { purpose: auditPurposes.lawfulness };
const because = (text: string): Review => ({ ...review, justification: { legalBasis: legalBases.oversight, text } });
const hours = (authority: AuthorityCalendar['authority'], isOpen: boolean): AuthorityCalendar => ({
  ...{ authority, zone: 'Europe/Paris', holidays: [] },
  week: Array.from({ length: 7 }, () => (isOpen ? [[0, 1_440] as const] : [])),
});

let world: World;
let auditor: Client;
let colleague: Client;
const compute = () => world.server.features.audit.findings.compute.run();

/** Lists and reports show records of the log alone: a colleague asks until so many are in it. */
async function numbered(filter: RecordFilter, count: number): Promise<void> {
  let known = 0;
  while (known < count) known = (await colleague.audit.list(review, filter)).records.length;
}

beforeAll(async () => {
  world = await World.start(await onEmbedded());
  const prosecutor = await world.client('prosecutor-xa');
  await prosecutor.cases.create({ title: 'Findings' });
  auditor = await world.client('auditor-xa');
  colleague = await world.client('auditor-xa-2');
  const { personId: person } = world.keysOf('auditor-xa');
  await auditor.audit.list(review, { person });
  await numbered({ event: 'audit.query', person }, 1);
  await compute();
}, 60_000);
afterAll(() => world.stop());

it('shows an auditor what the own client finds as well', async () => {
  const { proposed, recomputed, differences, records, withoutCalendar } =
    await auditor.audit.findings.recompute(review);
  expect(differences).toEqual([]);
  expect(records).toBeGreaterThan(5);
  expect(recomputed.length).toBe(proposed.length);
  expect(withoutCalendar).toContain(world.keysOf('prosecutor-xa').authorityId);
});

it('lets the own working hours win, and names what the server does not say by them', async () => {
  const authority = world.keysOf('prosecutor-xa').authorityId;
  const closed = await auditor.audit.findings.recompute(review, { calendars: [hours(authority, false)] });
  const kinds = closed.differences.map((difference) => `${difference.kind} ${aboutOf(difference).rule}`);
  expect(kinds).toEqual(['hidden off-hours']);
  const open = await auditor.audit.findings.recompute(review, { calendars: [hours(authority, true)] });
  expect(open.differences).toEqual([]);
  expect(open.withoutCalendar).not.toContain(authority);
});

it('takes a verdict with its reason, and keeps it with the finding', async () => {
  const [first] = (await auditor.audit.findings.list(review)).findings;
  const finding = first?.finding;
  if (finding === undefined) throw new Error('nothing is proposed');
  await expect(auditor.audit.findings.judge(because('  '), 'dismiss', finding)).rejects.toMatchObject({
    code: 'client/input',
  });
  await expect(auditor.audit.findings.judge(because('nothing to see'), 'dismiss', finding)).rejects.toMatchObject({
    code: 'audit/own-finding',
  });
  await colleague.audit.findings.judge(because('asked the person; a new case'), 'dismiss', finding);
  const dismissed = await auditor.audit.findings.list(review, { state: 'dismissed' });
  expect(dismissed.findings.map(({ id, verdict }) => [id, verdict?.verdict])).toEqual([[finding.id, 'dismiss']]);
  const record = dismissed.findings[0]?.verdict?.recordId;
  const { leaf, groups } = await auditor.audit.get(review, record as ActId);
  expect([leaf.ev, groups.what?.objectId, (groups.why?.sealedText.length ?? 0) > 0]).toEqual([
    ...['audit.finding.dismiss', finding.id, true],
  ]);
  await colleague.audit.findings.judge(because('asked again'), 'reopen', finding);
  expect((await auditor.audit.findings.list(review, { state: 'dismissed' })).findings).toEqual([]);
});

it('shows a note with its record to auditors of the same body, and to no others', async () => {
  const [created] = (await auditor.audit.list(review, { event: 'case.create' })).records;
  if (created?.groups.what?.caseId === undefined) throw new Error('no case');
  const about = { record: created.recordId };
  await expect(auditor.audit.notes.add(review, about, ' ')).rejects.toMatchObject({ code: 'client/input' });
  await expect(auditor.audit.notes.add(review, about, 'a'.repeat(2_001))).rejects.toMatchObject({
    code: 'client/input',
  });
  const noteId = await auditor.audit.notes.add(review, about, 'Asked the prosecutor on Monday.');
  const [note, ...more] = (await colleague.audit.get(review, created.recordId)).notes;
  expect([more, note?.recordId, note?.leaf.ev, note?.isSigned]).toEqual([[], noteId, 'audit.note', true]);
  expect(Buffer.from(note?.groups.why?.sealedText ?? []).includes('Monday')).toBe(false);
  const onCase = await colleague.audit.notes.add(review, { caseId: created.groups.what.caseId }, 'Closed by us.');
  expect((await auditor.audit.get(review, onCase)).groups.what?.caseId).toBe(created.groups.what.caseId);
  const stranger = await world.client('auditor-xb');
  expect((await stranger.audit.get(review, created.recordId)).notes).toEqual([]);
  expect((await stranger.audit.get(review, noteId)).groups).toEqual({});
  await expect(stranger.audit.notes.add(review, about, 'From elsewhere.')).rejects.toMatchObject({
    code: 'audit/not-found',
  });
});

it('reports to its body what the log itself counts, once for each period', async () => {
  const conclusion = because('Nothing that had to be asked of anybody.');
  const before = await auditor.audit.reports.list(review);
  expect([before.reports, before.next?.firstIndex, before.next?.isDue]).toEqual([[], 0, false]);
  await numbered({ event: 'audit.note' }, 2);
  const report = await auditor.audit.reports.prepare(review, { recompute: true });
  expect(report.authorities.map(({ authority }) => authority)).toEqual([...auditor.audit.reviewed()].toSorted());
  const own = report.authorities.find(({ authority }) => authority === world.keysOf('prosecutor-xa').authorityId);
  expect([own !== undefined && own.acted.count > 0, report.notes, report.findings.differences]).toEqual([true, 2, 0]);
  const submit = (by: Client, given: typeof report) => by.audit.reports.submit(conclusion, given);
  const [first, ...others] = report.authorities;
  if (first === undefined) throw new Error('no authority');
  const lied = { ...first, acted: { ...first.acted, count: first.acted.count + 1 } };
  const refused: readonly (readonly [Client, typeof report, string])[] = [
    [auditor, { ...report, authorities: [lied, ...others] }, 'audit/report'],
    [auditor, { ...report, authorities: others }, 'audit/report'],
    [auditor, { ...report, firstIndex: 1 }, 'audit/report-stale'],
    [await world.client('auditor-xb'), report, 'audit/report'],
  ];
  for (const [by, given, code] of refused) await expect(submit(by, given)).rejects.toMatchObject({ code });
  await expect(auditor.audit.reports.submit(because(' '), report)).rejects.toMatchObject({ code: 'client/input' });
  const recordId = await submit(auditor, report);
  await expect(submit(colleague, report)).rejects.toMatchObject({ code: 'audit/report-stale' });

  const { reports, next } = await colleague.audit.reports.list(review);
  expect(reports.map((kept) => [kept.recordId, kept.report])).toEqual([[recordId, report]]);
  expect(next).toMatchObject({ previous: recordId, isDue: false });
  expect(next?.firstIndex).toBeGreaterThan(5);
  const [kept] = reports;
  if (kept === undefined) throw new Error('no report');
  let file: Awaited<ReturnType<typeof colleague.audit.reports.file>> | undefined;
  while (file === undefined) {
    try {
      file = await colleague.audit.reports.file(review, kept);
    } catch (error) {
      // Its record has no signed head yet.
      expect(error).toMatchObject({ code: 'client/contended' });
    }
  }
  expect(file.record.open?.why).toBeDefined();
  expect((await (await world.client('auditor-xb')).audit.reports.list(review)).reports).toEqual([]);
  expect((await colleague.whoAmI()).reviewDueMs).toBe(next?.dueMs);
});

it('chooses by recipient here, and lists what the log says of itself', async () => {
  const authority = world.keysOf('prosecutor-xa').authorityId;
  const all = await auditor.audit.list(review, { authority }, { first: 500 });
  const expected = all.records.filter(({ groups }) => (groups.what?.recipients ?? []).length > 0);
  const wanted = { filter: { authority }, recipient: {} };
  const chosen = await auditor.audit.listTo(review, wanted, { first: 500 });
  expect(chosen.records.map(({ recordId }) => recordId)).toEqual(expected.map(({ recordId }) => recordId));
  expect(chosen.examined).toBe(all.records.length);
  const nobody = { ...wanted, recipient: { person: '0'.repeat(32) as PersonId } };
  expect((await auditor.audit.listTo(review, nobody, { first: 1 })).records).toEqual([]);
  const { epochs } = await auditor.audit.epochs.list(review);
  expect(epochs.map(({ number }) => number)).toEqual(epochs.map((_, n) => epochs.length - n));
  expect(epochs.length).toBeGreaterThan(0);
});

it('names a finding that the operator took away', async () => {
  const [first] = (await auditor.audit.findings.list(review)).findings;
  expect(first?.rule).toBe('self-review');
  await world.restart(() =>
    asAdministrator(world.configuration, async (ask) => {
      await ask('DELETE FROM audit_finding_verdict');
      await ask('DELETE FROM audit_finding WHERE id = $1', [first?.id]);
    }),
  );
  await auditor.login();
  const { differences } = await auditor.audit.findings.recompute(review);
  expect(differences.map((difference) => [difference.kind, aboutOf(difference).id])).toEqual([['hidden', first?.id]]);
});
