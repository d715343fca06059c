import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allowedEntry, nothingConcerned } from '@rogatory/audit';
import { TestingDevice, testingSource } from '@rogatory/audit/testing';
import {
  type ClaimVerdict,
  type Client,
  type LogSource,
  MemoryStateStore,
  type OpenCase,
  operations,
} from '@rogatory/client';
import { verifyExport } from '@rogatory/evidence';
import { type ActId, isRogatoryError, limits, parseActId, systemClock, toBase64, toHex, utf8 } from '@rogatory/kernel';
import { testPostgresUrl } from '@rogatory/platform-database/testing';
import { actSubjects, auditPurposes, decodeSignedReceiptPromise, legalBases } from '@rogatory/protocol';
import { leafHash, openPolicyCheckpoint } from '@rogatory/tlog';
import type pg from 'pg';
import { AuditView } from '../rig/audit-view.js';
import type { JsonObject } from '../rig/evil-proxy.js';
import { ghostDevices } from '../rig/ghost-devices.js';
import { at, refusalOf } from '../rig/rig.js';
import { asAdministrator } from '../world/rows.js';
import { SetClock } from '../world/set-clock.js';
import { besideTheServer, recordAsOperator } from './operators-hands.js';
import { eventually, states, WatchedRig } from './watched-rig.js';

/** What needs a second hand at the database. */
const onPostgres = testPostgresUrl() === undefined ? it.skip : it;
const review = {
  purpose: auditPurposes.lawfulness,
  justification: { legalBasis: legalBases.oversight, instrument: '', text: 'what the operator may have done' },
};
const QUARTER_MS = 15 * 60_000;

describe('an operator with all keys but those of the witnesses', () => {
  let watched: WatchedRig;
  let auditor: Client;
  let mine: OpenCase;
  /** A head that the witnesses cosigned twenty minutes ago by their clock, and the newest that somebody kept. */
  let old: Uint8Array;
  let known: Uint8Array;

  beforeAll(async () => {
    watched = await WatchedRig.start();
    auditor = await watched.rig.client('auditor-xa');
    mine = await watched.rig.lead.cases.open(watched.rig.caseId);
  }, 120_000);
  afterAll(() => watched.stop());

  const post = (text: string) => watched.rig.lead.messages.post(mine, watched.rig.evidence, { text });
  const witnessed = async () => ({ policy: watched.policy, witnessedSinceMs: systemClock.nowMs() - QUARTER_MS });

  it('the log that is served is sound, and a quorum vouches for it lately', async () => {
    watched.clock.stepMs = -20 * 60_000;
    await post('long ago');
    old = (await watched.vouched()).note;
    watched.clock.stepMs = 0;
    await post('lately');
    known = (await watched.vouched()).note;
    const view = await AuditView.of(auditor);
    const report = await view.verified(view.served, { ...(await witnessed()), earlier: [old, known] });
    expect(report.claims.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    expect(report.claims.find(({ claim }) => claim === 'witnesses')).toMatchObject({ outcome: 'holds' });
  });

  it('T08: openings exchanged between two records open neither for an auditor', async () => {
    const { lead } = watched.rig;
    const filter = { person: watched.rig.personOf('prosecutor-xa'), event: 'msg.send' } as const;
    expect((await auditor.audit.list(review, filter)).records.length).toBeGreaterThanOrEqual(2);
    for (const name of ['who', 'what', 'act']) {
      watched.rig.proxy.lie('AuditRecords', (answer) => {
        const [first, second] = [0, 1].map((n) => groupOf(at(answer, 'data', 'auditRecords', 'records', n), name));
        if (first === undefined || second === undefined) throw new Error(`no ${name}`);
        [first['opening'], second['opening']] = [second['opening'] ?? null, first['opening'] ?? null];
        [first['bytes'], second['bytes']] = [second['bytes'] ?? null, first['bytes'] ?? null];
        return answer;
      });
      expect(await refusalOf(auditor.audit.list(review, filter))).toMatchObject({ family: 'verification' });
    }
    watched.rig.proxy.honest();
    expect(lead.concerns).toEqual([]);
  });

  /** Lets work commit its record and takes it away before it has a number. @returns its id and the promise for it. */
  async function dropped(operation: string, work: () => Promise<unknown>): Promise<{ id: ActId; promise: Uint8Array }> {
    let promise = new Uint8Array(0);
    watched.rig.proxy.lie(operation, (answer) => {
      promise = new Uint8Array(Buffer.from(String(at(answer, 'extensions', 'receipt')['promise']), 'base64'));
      return answer;
    });
    let id: ActId | undefined;
    await besideTheServer(watched, async (client) => {
      await client.query('BEGIN');
      // Whoever holds the sequencer's lock decides what it will find.
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [watched.origin]);
      await work();
      id = decodeSignedReceiptPromise(promise).promise.recordId;
      await client.query('DELETE FROM audit_opening WHERE event_id = $1', [id]);
      const { rowCount } = await client.query('DELETE FROM audit_event WHERE id = $1 AND seq IS NULL', [id]);
      expect(rowCount).toBe(1);
      await client.query('COMMIT');
    });
    watched.rig.proxy.honest();
    if (id === undefined) throw new Error('nothing was recorded');
    return { id, promise };
  }

  /** What an export says of the numbers in which devices count their acts. */
  async function countersInExport(): Promise<ClaimVerdict | undefined> {
    const lines: Uint8Array[] = [];
    await auditor.auditExports.fetch(review, { first: 0, write: async (line) => void lines.push(line) });
    const { trust } = await AuditView.of(auditor);
    const told = await verifyExport({ ...trust, nowMs: systemClock.nowMs(), chunks: lines });
    expect(told.isSound).toBe(true);
    return told.claims.find(({ claim }) => claim === 'counters');
  }

  onPostgres(
    'T02, T25: a record dropped before it has a number is missed by its promise and by its number',
    async () => {
      const { rig } = watched;
      expect(await countersInExport()).toMatchObject({ outcome: 'holds', findings: 0 });
      const { id, promise } = await dropped('PostItem', () => post('what nobody is to know of'));
      await post('and the next one');
      await watched.vouched();
      const later = new SetClock();
      later.stepMs = limits.receiptDeadlineMs + 1_000;
      const lead = await rig.client('prosecutor-xa', { clock: later });
      // By this clock everything is due at once; all but one is proven as soon as the witnesses spoke.
      const overdue = await eventually(async () => {
        const receipts = await lead.audit.receipts();
        return receipts.overdue.length === 1 ? receipts.overdue : undefined;
      });
      expect(overdue).toEqual([expect.objectContaining({ recordId: id })]);
      expect(Buffer.from(overdue[0]?.signedPromise ?? []).equals(promise)).toBe(true);
      expect(lead.concerns).toContainEqual({ kind: 'receipt-overdue', recordId: id });
      const view = await AuditView.of(auditor);
      const found = await view.failure(view.served, { receipts: [{ promise }] });
      expect(found).toMatchObject({ claim: 'receipts', code: 'promised-record-missing', firstBadRecord: id });
      expect(await countersInExport()).toMatchObject({ findings: 1, code: 'counter-gap' });
      // An auditor's own look-up that is not kept on record is one number less in the auditor's own chain.
      await dropped('AuditRecords', () => auditor.audit.list(review, { event: 'msg.send' }));
      await auditor.audit.list(review, { event: 'msg.send' });
      await watched.vouched();
      expect(await countersInExport()).toMatchObject({ findings: 2, code: 'counter-gap' });
    },
  );

  onPostgres('T05: an act made up for a user is shown to no auditor as an act of that user', async () => {
    const { rig } = watched;
    const keys = rig.world.keysOf('judge-xb');
    const { personId: person, authorityId: authority, deviceId: id } = keys;
    const post = rig.lead.directory.view.person(person)?.certificate.postId;
    if (post === undefined) throw new Error('no such person');
    // All that the operator knows of the judge; the key of the judge's device is not among it.
    const forged = new TestingDevice(1, systemClock, { id, person, authority, post, state: 'XB' });
    const facts = { who: forged.who, what: nothingConcerned, source: testingSource };
    const used = allowedEntry(forged.act('directory.read'), facts);
    expect(await refusalOf(recordAsOperator(watched, forged.principal, [used]))).toMatchObject({
      code: 'audit/counter-reused',
    });
    // With numbers that the judge's device has not come to yet, the database has nothing to say.
    for (let ahead = 0; ahead < 1_000; ahead++) forged.sign('directory.read');
    const [first, second] = [forged.act('directory.read'), forged.act('directory.read')];
    await recordAsOperator(watched, forged.principal, [allowedEntry(first, facts), allowedEntry(second, facts)]);
    await watched.vouched();
    const foreign = await rig.client('auditor-xb');
    for (const { act } of [first, second]) {
      const recordId = parseActId(act.actId);
      expect(await refusalOf(foreign.audit.get(review, recordId))).toMatchObject({ family: 'verification' });
    }
    expect(await refusalOf(foreign.audit.list(review, { device: id, event: 'directory.read' }))).toMatchObject({
      family: 'verification',
    });
    // The judge's own acts before stand as they were.
    const { records } = await foreign.audit.list(review, { device: id, event: 'member.accept' });
    expect(records.map(({ isSigned }) => isSigned)).toEqual([true]);
  });

  onPostgres('T22: where no record can be written, no act is done and no read is answered', async () => {
    const { rig } = watched;
    const before = mine.compartment(rig.evidence).replica.size;
    const read = { subject: actSubjects.readCompartment(rig.evidence) };
    const reads = () => [
      rig.lead.cases.list(),
      rig.lead.gateway.call(
        operations.contentLogOperation,
        { variables: { compartmentId: rig.evidence, from: 0 }, ...read },
        () => 'told',
      ),
      auditor.audit.list(review, { event: 'msg.send' }),
    ];
    const rows = async (client: pg.Client) => {
      const told = await client.query('SELECT FROM content_entry WHERE compartment_id = $1', [
        Buffer.from(rig.evidence, 'hex'),
      ]);
      return told.rows.length;
    };
    await besideTheServer(watched, async (client) => {
      await client.query('REVOKE INSERT ON audit_event FROM rogatory_app');
      for (const work of [post('unrecorded'), ...reads()]) {
        expect(['unavailable', 'internal', 'refused']).toContain((await refusalOf(work)).family);
      }
      expect(await rows(client)).toBe(before);
      await client.query('GRANT INSERT ON audit_event TO rogatory_app');
    });
    await Promise.all(reads());
    // As PostgreSQL refuses with a full disk, and as a copy that is for reading alone.
    await besideTheServer(watched, async (client) => {
      for (const code of ['53100', '25006']) {
        await client.query(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'no record can be stored' USING ERRCODE = '${code}'; END $$`);
        await client.query('CREATE TRIGGER no_room BEFORE INSERT ON audit_event EXECUTE FUNCTION no_room()');
        for (const work of [post('unrecorded'), ...reads()]) {
          expect(['unavailable', 'internal', 'refused']).toContain((await refusalOf(work)).family);
        }
        expect(await rows(client)).toBe(before);
        await client.query('DROP FUNCTION no_room CASCADE');
      }
    });
    await Promise.all(reads());
    await post('recorded');
    // The journal of the sender tries the refused one again: then it is there once, with a record.
    const texts = rig.lead.messages.list(mine.compartment(rig.evidence)).map(({ text }) => text);
    expect(texts.filter((text) => ['unrecorded', 'recorded'].includes(text)).length).toBeLessThanOrEqual(2);
    expect(texts.at(-1)).toBe('recorded');
  });

  it('T22: with all witnesses silent the last head stays in force, and no act is called proven', async () => {
    const { head } = await watched.vouched();
    for (const state of states) await watched.silence(state);
    await post('while nobody looks');
    const receipts = await watched.rig.lead.audit.receipts();
    expect(receipts.proven.map(({ treeSize }) => treeSize <= head.size)).toEqual(receipts.proven.map(() => true));
    expect(receipts.waiting).toBeGreaterThan(0);
    expect(openPolicyCheckpoint((await watched.shown()) ?? new Uint8Array(0), watched.policy).size).toBe(head.size);
    for (const state of states) await watched.wake(state);
    expect((await watched.vouched()).head.size).toBeGreaterThan(head.size);
  });

  it('T11: the tail cut off under an old checkpoint is found by a newer head, and by the age of its witnesses’ words', async () => {
    const view = await AuditView.of(auditor);
    watched.rig.proxy.lieAboutFiles((bytes, _start, path) => (path.endsWith('/checkpoint') ? Buffer.from(old) : bytes));
    const since = await witnessed();
    expect(await view.failure(view.served, since)).toMatchObject({ claim: 'witnesses', code: 'witnessed-long-ago' });
    const cut = { claim: 'earlier-heads', code: 'truncated' };
    expect(await view.failure(view.served, { policy: watched.policy, earlier: [known] })).toMatchObject(cut);
    // Nothing but its age speaks against it: who has no clock and no head sees a sound log.
    expect(await view.verified(view.served, { policy: watched.policy })).toMatchObject({ isSound: true });
    watched.rig.proxy.honest();
  });

  it('T12: a history rewritten and signed with the real key finds no witness, no quorum and no reader', async () => {
    const { rig, origin, shard } = watched;
    const { head: before } = await watched.vouched();
    const { configuration } = rig.world;
    const head = join(configuration.audit.signerFolder, `${toHex(utf8(origin))}.head`);
    const derived = ['tlog_tile', 'tlog_head', 'tlog_checkpoint', 'tlog_witnessed'];
    await rig.world.restart(async () => {
      await asAdministrator(configuration, async (ask) => {
        await ask("SET session_replication_role = 'replica'");
        await ask(`UPDATE audit_event SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '"ms":"XA"', '"ms":"XC"'), 'UTF8')
          WHERE shard = '${shard}' AND ev = 'msg.send'`);
        await ask(`UPDATE audit_event SET seq = NULL WHERE shard = '${shard}'`);
        for (const table of derived) await ask(`DELETE FROM ${table} WHERE origin = '${origin}'`);
      });
      // A signer that never signed takes up a log that was never signed.
      await rm(head);
    });
    for (const state of states) await eventually(async () => (await watched.evidenceOf(state)).at(0));
    expect(await watched.shown()).toBeUndefined();
    for (const state of states) {
      const held = openPolicyCheckpoint(await watched.heldBy(state), watched.policy);
      expect([state, held.size, toHex(held.root)]).toEqual([state, before.size, toHex(before.root)]);
    }
    const view = await AuditView.of(await rig.client('auditor-xa'));
    expect(await view.failure(view.served)).toMatchObject({ claim: 'checkpoint', code: 'checkpoint-missing' });
    const own = await rig.world.server.features.audit.reader.checkpoint();
    const told: LogSource = {
      readCheckpoint: async () => own?.note,
      readTile: (path) => view.served.readTile(path),
    };
    // By itself a sound log under the right key, and that is all that can be said for it.
    expect(await view.verified(told)).toMatchObject({ isSound: true });
    expect(await view.failure(told, { policy: watched.policy })).toMatchObject({
      claim: 'witnesses',
      code: 'no-quorum',
    });
    const broken = { claim: 'earlier-heads', code: 'earlier-mismatch' };
    expect(await view.failure(told, { earlier: [known] })).toMatchObject(broken);
    // Acts go on, and nobody is told that they are proven.
    await rig.lead.cases.list();
    expect((await rig.lead.audit.receipts()).proven).toEqual([]);
  });

  onPostgres(
    'T28: a directory with an entry against the rules, signed by its log, is vouched for by no witness and believed by no device',
    async () => {
      const { rig } = watched;
      const { directory, directoryOrigin } = rig.world.server.features;
      const { entries, keys } = ghostDevices(rig);
      const ghost = entries['signed by the registrars of another state'];
      const device = await rig.client('registrar-xa', { stateStore: new MemoryStateStore() });
      await device.trustWitnesses(utf8(watched.policyText));
      let honest: JsonObject = {};
      rig.proxy.lie('DirectoryEntries', (answer) => (honest = structuredClone(answer)));
      await device.directory.sync();
      const { size } = device.directory.view;
      await besideTheServer(watched, async (client) => {
        const columns = '(idx, bytes, leaf_hash, received_at, audit_id)';
        const values = [size, ghost, leafHash(ghost), systemClock.nowMs()];
        await client.query(`INSERT INTO directory_entry ${columns} VALUES ($1, $2, $3, $4, gen_random_uuid())`, values);
      });
      const signed = await eventually(async () => {
        directory.worker.wake();
        const head = await directory.log.checkpoint();
        return head !== undefined && head.size > size ? head : undefined;
      });
      for (const state of states) {
        const files = await eventually(async () => {
          const found = await watched.evidenceOf(state, directoryOrigin);
          return found.some((name) => name.endsWith('.tlog-proof')) ? found : undefined;
        });
        const kept = await Promise.all(files.filter((name) => name.endsWith('.entry')).map((name) => readFile(name)));
        expect([state, kept.map((bytes) => bytes.equals(ghost))]).toEqual([state, [true]]);
        expect(openPolicyCheckpoint(await watched.heldBy(state, directoryOrigin), watched.policy).size).toBe(size);
      }
      const inForce = openPolicyCheckpoint((await watched.shown('directory/log')) ?? new Uint8Array(0), watched.policy);
      expect(inForce.size).toBe(size);
      // The server hands the ghost out all the same, under the head that its log did sign.
      const checkpoint = new TextDecoder().decode(signed.note);
      const { root } = openPolicyCheckpoint(signed.note, watched.policy);
      const words = [
        { witnessed: at(honest, 'data', 'directoryEntries')['witnessed'] ?? null, code: 'none' },
        { witnessed: checkpoint, code: 'client/unwitnessed' },
      ];
      for (const { witnessed, code } of words) {
        rig.proxy.lie('DirectoryEntries', () => {
          const page = at(structuredClone(honest), 'data', 'directoryEntries');
          const entry = { index: size, bytes: toBase64(ghost), receivedAtMs: systemClock.nowMs(), card: null };
          const head = { ...at(page, 'head'), size: size + 1, root: toBase64(root), checkpoint };
          return { ...honest, data: { directoryEntries: { ...page, entries: [entry], head, witnessed } } };
        });
        const refusal = await device.directory.sync().then(
          () => 'none',
          (error: unknown) => (isRogatoryError(error) ? error.code : 'internal'),
        );
        expect([refusal, device.directory.view.size]).toEqual([code, size]);
        expect(device.directory.view.device(keys.deviceId)).toBeUndefined();
      }
      rig.proxy.honest();
    },
  );
});

/** A group of a told record, to be written to. */
function groupOf(record: ReturnType<typeof at>, name: string): ReturnType<typeof at> | undefined {
  const groups = record['groups'];
  if (!Array.isArray(groups)) return undefined;
  return groups.map((group) => at(group)).find((group) => group['name'] === name);
}
