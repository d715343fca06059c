import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ActId, type AuthorityId, type CaseId, isRogatoryError, type ObjectId, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  type AuditOrder,
  auditNoteStatement,
  type AuditPurpose,
  auditPurposes,
  auditViewStatement,
  decodeAuditWhat,
  decodeWhy,
  encodeWhy,
  legalBases,
  type NotedThing,
  sizes,
} from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, nothingConcerned } from '../../domain/audit-entry.js';
import { openTestingAudit, type TestingAudit, TestingClock, TestingDevice, testingRandom } from '../../testing.js';
import { testingSource } from '../../testing.js';
import { testingMigrations } from '../../testing/tampering.js';
import { approve, propose } from '../../testing/two-auditors.js';
import type { ReviewContext } from '../review-context.js';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (isRogatoryError(error) ? error.code : String(error)),
  );

eachEngine('notes of auditors', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(41);
  const [french, dutch] = ['fa', 'da'].map((byte) => byte.repeat(16) as AuthorityId) as [AuthorityId, AuthorityId];
  const [ours, theirs] = ['fe', 'de'].map((byte) => byte.repeat(16) as AuthorityId) as [AuthorityId, AuthorityId];
  const prosecutor = new TestingDevice(51, clock, { authority: french });
  const auditor = new TestingDevice(52, clock, { authority: ours });
  const colleague = new TestingDevice(53, clock, { authority: ours });
  const other = new TestingDevice(54, clock, { authority: theirs });
  const scopes = new Map([
    [ours, [french, ours]],
    [theirs, [dutch, theirs]],
  ]);
  const caseId = 'ce'.repeat(32) as CaseId;
  const { lawfulness, selfMonitoring, criminalProceedings } = auditPurposes;
  /** What a client sends; what is sealed is of no concern to a server. */
  const sealed = (byte: number) => ({
    opening: random(32),
    bytes: encodeWhy({
      ...{ legalBasis: legalBases.oversight, instrument: '' },
      ...{ kemCiphertext: new Uint8Array(sizes.kemCiphertext).fill(1), sealedText: new Uint8Array(64).fill(byte) },
    }),
  });
  let testing: TestingAudit;
  let recordId: ActId;

  const contextOf = (by: TestingDevice, received: ReviewContext['received'], purpose: AuditPurpose): ReviewContext => ({
    device: { id: by.id, signingKey: by.key.publicKey },
    ...{ who: by.who, source: testingSource, purpose, received },
    scope: { authorities: scopes.get(by.principal.authority) ?? [] },
  });
  const signed = (by: TestingDevice, thing: NotedThing, purpose: AuditPurpose = lawfulness) => {
    const { event, ...subject } = actSubjects.addNote(thing, utf8(auditNoteStatement(purpose)));
    return by.sign(event, { ...subject, why: sealed(7) });
  };
  const note = (by: TestingDevice, thing: NotedThing, purpose: AuditPurpose = lawfulness) =>
    testing.audit.addNote.run(contextOf(by, signed(by, thing, purpose), purpose), thing);
  const get = async (by: TestingDevice, id: ActId) => {
    const { event, ...subject } = actSubjects.viewRecord(id, utf8(auditViewStatement(lawfulness)));
    return testing.audit.getRecord.run(contextOf(by, by.sign(event, subject), lawfulness), id);
  };

  const recordCase = async (id: CaseId): Promise<ActId> => {
    const act = prosecutor.act('case.create', { caseId: id });
    const what = { ...nothingConcerned, caseId: id, ownerAuthorityId: french };
    const entry = allowedEntry(act, { who: prosecutor.who, source: testingSource, what });
    return (await at.database().write(prosecutor.principal, (w) => testing.audit.recorder.record(w, entry))).id;
  };

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    recordId = await recordCase(caseId);
    await testing.audit.worker.tick();
  });
  afterAll(async () => testing.close());

  it('show with the record to auditors of the own body, newest first, and to nobody else', async () => {
    const first = await note(auditor, { record: recordId });
    clock.advance(1_000);
    const second = await note(colleague, { record: recordId }, selfMonitoring);
    const { notes } = await get(auditor, recordId);
    expect(notes.map(({ id }) => id)).toEqual([second.recordId, first.recordId]);
    const [newest] = notes;
    expect(decodeWhy(newest?.groups.why?.bytes ?? new Uint8Array()).sealedText).toEqual(new Uint8Array(64).fill(7));
    expect(decodeAuditWhat(newest?.groups.what?.bytes ?? new Uint8Array())).toMatchObject({
      ...{ objectId: recordId, count: 1, detail: 'purpose=selfMonitoring note', recipients: [] },
    });
    const elsewhere = await get(other, recordId);
    expect([elsewhere.notes, Object.keys(elsewhere.groups)]).toEqual([[], []]);
    expect(Object.keys((await get(other, first.recordId)).groups)).toEqual([]);
  });

  it('are taken about what one reviews alone: another body, and what is not there, get one answer', async () => {
    expect(await codeOf(note(other, { record: recordId }))).toBe('audit/not-found');
    expect(await codeOf(note(other, { caseId }))).toBe('audit/not-found');
    expect(await codeOf(note(auditor, { record: '0'.repeat(32) as ActId }))).toBe('audit/not-found');
    expect(await codeOf(note(auditor, { caseId: '0'.repeat(64) as CaseId }))).toBe('audit/not-found');
    expect(await codeOf(note(auditor, { caseId }))).toBe('none');
    // A note on a case names no owner: the body that reviews the owner would read it otherwise.
    const about = await note(auditor, { caseId });
    const told = await get(auditor, about.recordId);
    expect(decodeAuditWhat(told.groups.what?.bytes ?? new Uint8Array()).ownerAuthorityId).toBeUndefined();
  });

  it('are taken on a case whose records still wait for a number, by who reviews it alone', async () => {
    const waiting = 'cf'.repeat(32) as CaseId;
    await recordCase(waiting);
    expect(await codeOf(note(auditor, { caseId: waiting }))).toBe('none');
    expect(await codeOf(note(other, { caseId: waiting }))).toBe('audit/not-found');
  });

  it('are refused when the act is of another record, purpose or note, and when it comes twice', async () => {
    const thing = { record: recordId };
    const run = (received: ReviewContext['received'], about: NotedThing, purpose: AuditPurpose) =>
      codeOf(testing.audit.addNote.run(contextOf(auditor, received, purpose), about));
    const act = signed(auditor, thing);
    expect(await run(act, thing, selfMonitoring)).toBe('audit/act');
    expect(await run(act, { caseId }, lawfulness)).toBe('audit/act');
    expect(await run(signed(colleague, thing), thing, lawfulness)).toBe('audit/act');
    expect(await run({ ...act, why: sealed(8) }, thing, lawfulness)).toBe('audit/act');
    expect(await run(act, thing, lawfulness)).toBe('none');
    expect(await run(act, thing, lawfulness)).toBe('audit/duplicate-act');
  });

  it('need a text, within the bounds of a reason', async () => {
    const thing = { record: recordId };
    const { event, ...subject } = actSubjects.addNote(thing, utf8(auditNoteStatement(lawfulness)));
    const empty = contextOf(auditor, auditor.sign(event, subject), lawfulness);
    expect(await codeOf(testing.audit.addNote.run(empty, thing))).toBe('audit/reason-missing');
    const given = sealed(9);
    const oversize = { ...given, bytes: Uint8Array.from([...given.bytes, ...new Uint8Array(17 * 1024)]) };
    const large = contextOf(auditor, auditor.sign(event, { ...subject, why: oversize }), lawfulness);
    expect(await codeOf(testing.audit.addNote.run(large, thing))).toMatch(/^codec\//);
  });

  it('on a restricted record are taken for its purpose alone', async () => {
    await testing.audit.worker.tick();
    const body = { audit: testing.audit, authorities: [french, ours] };
    const order: AuditOrder = {
      ...{ verb: 'restrict', shard: '2026h2', records: [{ first: 0, last: 0 }], purpose: criminalProceedings },
      ...{ reference: 'FR/2026-18', expiresMs: clock.nowMs() + 3_600_000 },
    };
    const id = 'ab'.repeat(16) as ObjectId;
    await propose(body, auditor, id, order);
    await approve(body, colleague, id, order);
    expect(await codeOf(note(auditor, { record: recordId }))).toBe('audit/not-found');
    expect(await codeOf(note(auditor, { record: recordId }, criminalProceedings))).toBe('none');
  });
});
