import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, fromBase64Url, utf8 } from '@rogatory/kernel';
import { checkCommitment, isSignature } from '@rogatory/crypto/verify';
import {
  auditPurposes,
  auditQueryStatement,
  auditViewStatement,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeSignedReceiptPromise,
  signaturePurposes,
} from '@rogatory/protocol';
import { leafHash, openCheckpoint, parseTlogProof, verifyConsistency, verifyTlogProof } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, deniedEntry, nothingConcerned } from '../domain/audit-entry.js';
import type { RecordFilter, RecordPage } from '../domain/record-filter.js';
import { openFolderSigner } from '../folder-signer.js';
import {
  addedBy,
  anonymousContext,
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../testing.js';
import { testingMigrations } from '../testing/tampering.js';
import type { AuditEventCode } from '@rogatory/protocol';
import type { ReviewContext } from './review-context.js';
import { outcomeOf } from '../testing/recorded.js';
import { dutch, french, oversight } from '../testing/authorities.js';

eachEngine('review of the log', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(21);
  const prosecutor = new TestingDevice(31, clock, { authority: french });
  const judge = new TestingDevice(32, clock, { authority: dutch, state: 'NL' });
  const auditor = new TestingDevice(33, clock, { authority: oversight });
  const caseId = 'ce'.repeat(32) as CaseId;
  let testing: TestingAudit;

  const record = (device: TestingDevice, operation: AuditEventCode, owner?: AuthorityId, refusal?: string) => {
    const act = device.act(operation, { caseId });
    const ofOwner = owner === undefined ? {} : { ownerAuthorityId: owner };
    const facts = { who: device.who, source: testingSource, what: { ...nothingConcerned, caseId, ...ofOwner } };
    const entry = refusal === undefined ? allowedEntry(act, facts) : deniedEntry(act, facts, refusal);
    return at.database().write(device.principal, (writer) => testing.audit.recorder.record(writer, entry));
  };
  const context = (
    received: ReviewContext['received'],
    purpose: ReviewContext['purpose'] = auditPurposes.lawfulness,
  ) => ({
    device: { id: auditor.id, signingKey: auditor.key.publicKey },
    ...{ who: auditor.who, source: testingSource, scope: { authorities: [french] }, purpose, received },
  });
  const list = (filter: RecordFilter, page: RecordPage = { first: 100 }) => {
    const statement = auditQueryStatement(auditPurposes.lawfulness, filter, page);
    return testing.audit.listRecords.run(
      context(auditor.sign('audit.query', { payload: [utf8(statement)] })),
      filter,
      page,
    );
  };
  const get = (id: string) => {
    const statement = auditViewStatement(auditPurposes.lawfulness);
    const received = auditor.sign('audit.view', { objectId: id as never, payload: [utf8(statement)] });
    return testing.audit.getRecord.run(context(received), id as never);
  };
  const signers = async () => {
    const signer = await openFolderSigner({ folder: `${testing.folder}/signer`, origins: [testing.origin], random });
    return (note: Uint8Array) => openCheckpoint(note, { origin: testing.origin, logKeys: signer.keys(testing.origin) });
  };

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
    await record(prosecutor, 'case.create', french);
    clock.advance(1_000);
    await record(judge, 'doc.read', french);
    clock.advance(1_000);
    await record(judge, 'case.create', dutch);
    clock.advance(1_000);
    await record(judge, 'doc.read', french, 'access/refused');
    await testing.audit.worker.tick();
  });
  afterAll(async () => testing.close());

  it('shows own people and own cases with openings, everything else as leaves', async () => {
    const { records, nextBeforeIndex } = await list({});
    expect(records.map(({ index }) => index)).toEqual([3, 2, 1, 0]);
    expect(records.map(({ groups }) => Object.keys(groups).length)).toEqual([5, 0, 5, 4]);
    expect(nextBeforeIndex).toBeUndefined();
    for (const { leaf, groups } of records) {
      const { com } = decodeAuditLeaf(leaf);
      for (const [label, group] of Object.entries(groups)) {
        const commitment = fromBase64Url(com[label as keyof typeof com] ?? '');
        expect(() => checkCommitment({ label, ...group }, commitment)).not.toThrow();
      }
    }
  });

  it('filters by what the leaf says for all, by facts only within the scope', async () => {
    const indices = async (filter: RecordFilter) => (await list(filter)).records.map(({ index }) => index);
    const sinceFirst = { firstIndex: 0, lastIndex: 3 };
    expect(await indices({ ...sinceFirst, outcome: 'denied' })).toEqual([3]);
    expect(await indices({ ...sinceFirst, event: 'case.create' })).toEqual([2, 0]);
    expect(await indices({ ...sinceFirst, caseId })).toEqual([3, 1, 0]);
    expect(await indices({ ...sinceFirst, person: judge.principal.person })).toEqual([3, 1]);
    expect(await indices({ ...sinceFirst, authority: dutch })).toEqual([3, 1]);
    expect(await indices({ ...sinceFirst, legalBasis: 2 })).toEqual([3, 1]);
    const startMs = clock.nowMs() - 3_000;
    expect(await indices({ ...sinceFirst, fromMs: startMs + 1_000, beforeMs: startMs + 3_000 })).toEqual([2, 1]);
  });

  it('pages without a gap', async () => {
    const first = await list({ lastIndex: 3 }, { first: 3 });
    const second = await list({ lastIndex: 3 }, { first: 3, beforeIndex: first.nextBeforeIndex as number });
    expect([...first.records, ...second.records].map(({ index }) => index)).toEqual([3, 2, 1, 0]);
    expect(await outcomeOf(list({}, { first: 0 }))).toBe('audit/filter');
    expect(await outcomeOf(list({}, { first: 501 }))).toBe('audit/filter');
  });

  it('records every look-up with purpose and question, and answers none that was not signed', async () => {
    const before = await list({ event: 'audit.query' });
    await testing.audit.worker.tick();
    const after = await list({ event: 'audit.query' });
    expect(after.records.length).toBeGreaterThan(before.records.length);
    const statement = auditQueryStatement(auditPurposes.lawfulness, {}, { first: 9 });
    const received = auditor.sign('audit.query', { payload: [utf8(statement)] });
    const other = testing.audit.listRecords.run(context(received), { outcome: 'denied' }, { first: 9 });
    expect(await outcomeOf(other)).toBe('audit/act');
    const purpose = testing.audit.listRecords.run(context(received, auditPurposes.selfMonitoring), {}, { first: 9 });
    expect(await outcomeOf(purpose)).toBe('audit/act');
    await testing.audit.listRecords.run(context(received), {}, { first: 9 });
    const repeated = testing.audit.listRecords.run(context(received), {}, { first: 9 });
    expect(await outcomeOf(repeated)).toBe('audit/duplicate-act');
    const own = await at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryRows('SELECT id::text AS id FROM audit_event WHERE actor_device = $1', [auditor.id], (row) =>
          row.text('id'),
        ),
      );
    expect(own.length).toBeGreaterThan(10);
  });

  it('promises the record of every look-up', async () => {
    const promised = (receipt: { readonly recordId: string; readonly promise: Uint8Array }) => {
      const { promise } = decodeSignedReceiptPromise(receipt.promise);
      expect(promise.recordId).toBe(receipt.recordId);
      return receipt.recordId;
    };
    const { receipt, records } = await list({ event: 'case.create' });
    const { receipt: viewed } = await get(records[0]?.id ?? '');
    const own = await at
      .database()
      .read(auditor.principal, (reader) =>
        reader.queryRows(
          'SELECT id::text AS id, ev FROM audit_event WHERE id = ANY($1::uuid[]) ORDER BY ev',
          [[promised(receipt), promised(viewed)]],
          (row) => row.text('ev'),
        ),
      );
    expect(own).toEqual(['audit.query', 'audit.view']);
  });

  it('gives one record with a proof that a verifier accepts; absent and hidden are one answer', async () => {
    const [hidden, visible] = (await list({ event: 'case.create', lastIndex: 3 })).records;
    const proven = await get(visible?.id ?? '');
    const proof = parseTlogProof(proven.proof ?? new Uint8Array(0));
    const { index } = verifyTlogProof(proven.leaf, proof, await signers());
    expect(index).toBe(0);
    const tampered = Uint8Array.of(...proven.leaf.slice(0, -1), 0x20);
    const open = await signers();
    expect(() => verifyTlogProof(tampered, proof, open)).toThrow('the entry is not shown to be in the tree');
    const what = decodeAuditWhat(proven.groups.what?.bytes ?? new Uint8Array(0));
    expect(what).toMatchObject({ caseId, ownerAuthorityId: french });
    expect(Object.keys((await get(hidden?.id ?? '')).groups)).toEqual([]);
    expect(await outcomeOf(get('00'.repeat(16)))).toBe('audit/not-found');
  });

  it('promises at commit and proves after signing, to the device itself and to nobody else', async () => {
    const recorded = await record(prosecutor, 'msg.send');
    const { promise, signedBytes, signature } = decodeSignedReceiptPromise(testing.audit.promises.promise(recorded));
    expect(promise).toMatchObject({ logOrigin: testing.origin, recordId: recorded.id, leafHash: recorded.leafHash });
    const claim = { purpose: signaturePurposes.receiptPromise, publicKey: testing.audit.promises.publicKey };
    expect(isSignature({ ...claim, message: signedBytes, signature })).toBe(true);
    const ask = (device: TestingDevice, knownSize?: number) => {
      const entry = { outcome: 'allowed', reasonCode: 'ok', event: 'audit.receipt', source: testingSource } as const;
      const id = device.act('msg.send').act.actId;
      const principal = device.principal;
      return testing.audit.readReceipt.run(
        principal,
        { ...entry, id, who: device.who, what: nothingConcerned },
        recorded.id,
        knownSize,
      );
    };
    expect((await ask(prosecutor)).proof).toBeUndefined();
    await testing.audit.worker.tick();
    const receipt = await ask(prosecutor);
    expect(leafHash(receipt.leaf)).toEqual(promise.leafHash);
    const open = await signers();
    expect(() => verifyTlogProof(receipt.leaf, parseTlogProof(receipt.proof ?? new Uint8Array(0)), open)).not.toThrow();
    expect(await outcomeOf(ask(judge))).toBe('access/refused');
    const headOf = (given: typeof receipt) => open(parseTlogProof(given.proof ?? new Uint8Array(0)).checkpoint);
    const known = headOf(receipt);
    await testing.audit.worker.tick();
    const later = await ask(prosecutor, known.size);
    const head = headOf(later);
    expect(head.size).toBeGreaterThan(known.size);
    const heads = { firstSize: known.size, firstRoot: known.root, secondSize: head.size, secondRoot: head.root };
    expect(() => verifyConsistency({ ...heads, proof: later.consistency })).not.toThrow();
    expect((await ask(prosecutor, 2 ** 40)).consistency).toEqual([]);
  });

  it('leaves one record of a look-up that finds nothing, whoever hears of it', async () => {
    const nobody = '0'.repeat(32);
    const asks = [
      () => get(nobody),
      () => {
        const entry = { outcome: 'allowed', reasonCode: 'ok', event: 'audit.receipt', source: testingSource } as const;
        const id = prosecutor.act('msg.send').act.actId;
        const record = { ...entry, id, who: prosecutor.who, what: nothingConcerned };
        return testing.audit.readReceipt.run(prosecutor.principal, record, nobody as never);
      },
    ];
    for (const ask of asks) {
      const records = await addedBy(at.database(), async () => {
        try {
          await ask();
        } catch (error) {
          // As the edge of the server does with whatever it hears.
          await testing.audit.acts.recordRefusal(anonymousContext(), error);
          throw error;
        }
      });
      expect(records).toHaveLength(2);
    }
  });

  it('releases through the running worker, and stops with it', async () => {
    testing.audit.start();
    const recorded = await record(prosecutor, 'msg.send');
    await testing.audit.gate.released(recorded.id, 'signed');
    await testing.audit.stop();
    expect(testing.faults).toEqual([]);
  });
});
