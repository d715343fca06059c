import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type Client,
  follow,
  type OpenCase,
  openMessage,
  rootOf,
  serverLogSource,
  verifyAuditLog,
} from '@rogatory/client';
import { type PassingRecord, verifyExport } from '@rogatory/evidence';
import { type DeviceId, limits, type PersonId } from '@rogatory/kernel';
import { auditPurposes, caseRoles } from '@rogatory/protocol';
import { parseVerifierKey } from '@rogatory/tlog';
import { onEachEngine } from '../world/engines.js';
import { World } from '../world/world.js';

const POSTS = 20;

onEachEngine('a member reads live and keeps receipts', (open) => {
  let world: World;
  let prosecutor: Client;
  let judge: Client;
  let mine: OpenCase;
  let theirs: OpenCase;
  const judgeId = (): PersonId => world.keysOf('judge-xb').personId;

  beforeAll(async () => {
    world = await World.start(await open());
    prosecutor = await world.client('prosecutor-xa');
    judge = await world.client('judge-xb');
    mine = await prosecutor.cases.create({ title: 'Live' });
    await prosecutor.contacts.accept(judgeId());
    const terms = { role: caseRoles.contributor, history: { kind: 'all' } } as const;
    await prosecutor.invitations.invite(mine, { invited: { personId: judgeId() }, ...terms });
    const [offer] = await judge.invitations.received();
    if (offer === undefined) throw new Error('no invitation arrived');
    await judge.invitations.accept(offer);
    const [answered] = await prosecutor.invitations.ofCase(mine);
    if (answered === undefined) throw new Error('no answer arrived');
    await prosecutor.invitations.admit(mine, answered, { personId: judgeId() });
    theirs = await judge.cases.open(mine.caseId);
  }, 60_000);
  afterAll(() => world.stop());

  it('sees every post once, in order, while two write at once', async () => {
    const root = rootOf(mine.caseId);
    const compartment = theirs.compartment(root);
    const stop = new AbortController();
    const from = compartment.replica.size;
    const texts: string[] = [];
    const positions: number[] = [];
    const reading = (async () => {
      for await (const event of follow(judge.gateway, compartment, { signal: stop.signal, from })) {
        positions.push(event.position);
        const message = event.kind === 'item' ? openMessage(compartment, event.item) : undefined;
        if (message !== undefined) texts.push(message.text);
        if (texts.length === 2 * POSTS) stop.abort();
      }
    })();
    const write = async (client: Client, opened: OpenCase, name: string): Promise<void> => {
      for (let i = 0; i < POSTS; i++) await client.messages.post(opened, root, { text: `${name} ${i}` });
    };
    await Promise.all([write(prosecutor, mine, 'a'), write(judge, theirs, 'b'), reading]);
    expect(positions).toEqual(positions.map((_, i) => from + i));
    for (const name of ['a', 'b']) {
      const own = texts.filter((text) => text.startsWith(name));
      expect(own).toEqual(Array.from({ length: POSTS }, (_, i) => `${name} ${i}`));
    }
  });

  it('gets a proof for every promise', async () => {
    const proven = new Set<string>();
    const dueMs = Date.now() + limits.receiptDeadlineMs;
    for (let waiting = 1; waiting > 0 && Date.now() < dueMs; ) {
      const report = await prosecutor.audit.receipts();
      for (const { recordId } of report.proven) proven.add(recordId);
      expect(report.overdue).toEqual([]);
      waiting = report.waiting;
    }
    expect(proven.size).toBeGreaterThan(POSTS);
    expect(prosecutor.concerns).toEqual([]);
    expect(judge.concerns).toEqual([]);
  });

  it('is cut off from the live stream within a second of a removal', async () => {
    const compartment = theirs.compartment(rootOf(mine.caseId));
    const stop = new AbortController();
    let isLive = (): void => undefined;
    const live = new Promise<void>((resolve) => {
      isLive = resolve;
    });
    const onLink = (isUp: boolean): void => (isUp ? isLive() : undefined);
    const reading = (async () => {
      let last: unknown;
      for await (const event of follow(judge.gateway, compartment, { signal: stop.signal, onLink })) last = event;
      return last;
    })();
    const ended = reading.then(
      () => undefined,
      (error: unknown) => error,
    );
    await live;
    await prosecutor.cases.remove(mine, judgeId());
    const removedMs = Date.now();
    const error = await ended;
    expect(error).toMatchObject({ code: 'access/refused' });
    expect(Date.now() - removedMs).toBeLessThan(10 * limits.cutOffMs);
  });

  it('and an auditor verifies the whole log from the served files', async () => {
    const auditor = await world.client('auditor-xa');
    const { auditOrigin: origin, logKeys, promiseKey } = await auditor.server();
    const prefix = `audit/log/${origin.slice(origin.lastIndexOf('/') + 1)}`;
    const source = serverLogSource(auditor.gateway.transport, prefix, () => auditor.gateway.accessToken());
    const trust = { origin, logKeys: logKeys.map(parseVerifierKey), promiseKey };
    const report = await verifyAuditLog({ source, ...trust, nowMs: Date.now() });
    expect(report.claims.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    expect(report.isSound).toBe(true);
    expect(report.events.get('msg.send')).toBe(2 * POSTS);
    const lying = {
      readCheckpoint: () => source.readCheckpoint(),
      readTile: async (path: string) => {
        const bytes = await source.readTile(path);
        if (bytes === undefined || !path.startsWith('tile/entries/')) return bytes;
        const changed = bytes.slice();
        changed[40] = (changed[40] as number) ^ 1;
        return changed;
      },
    };
    const verdict = await verifyAuditLog({ source: lying, ...trust, nowMs: Date.now() });
    expect(verdict.isSound).toBe(false);
    expect(verdict.claims.find(({ claim }) => claim === 'tree')).toMatchObject({ outcome: 'fails', firstBadIndex: 0 });
  });

  it('lets an auditor take the log away: every leaf, the openings in scope, a proof of the whole', async () => {
    const auditor = await world.client('auditor-xa');
    const lines: Uint8Array[] = [];
    const write = async (line: Uint8Array): Promise<void> => void lines.push(line.slice());
    const end = await auditor.auditExports.fetch({ purpose: auditPurposes.lawfulness }, { first: 0, write });
    const { auditOrigin: origin, logKeys } = await auditor.server();
    const { view } = auditor.directory;
    const devices = { signingKey: (id: DeviceId) => view.device(id)?.certificate.signingKey };
    const trust = { origin, logKeys: logKeys.map(parseVerifierKey), nowMs: Date.now(), devices };
    const open = new Set<string>();
    const onRecord = ({ openings, groups: { who } }: PassingRecord): void => {
      if (openings !== undefined) open.add(who?.authorityId ?? 'system');
    };
    const report = await verifyExport({ ...trust, chunks: lines, onRecord });
    expect(report).toMatchObject({ isSound: true, first: 0, end, size: end });
    const outcomes = Object.fromEntries(report.claims.map(({ claim, outcome }) => [claim, outcome]));
    const held = { tree: 'holds', leaves: 'holds', openings: 'holds', devices: 'holds', erasures: 'holds' };
    expect(outcomes).toMatchObject(held);
    expect(report.claims.find(({ claim }) => claim === 'leaves')?.count).toBe(end);
    // Those of the other state are open where the case is of this one, and only there.
    const own = world.keysOf('auditor-xa').authorityId;
    expect(report.scope).toContain(own);
    expect(report.scope).not.toContain(world.keysOf('judge-xb').authorityId);
    expect(open.size).toBeGreaterThan(1);
    const counters = report.claims.find(({ claim }) => claim === 'counters');
    expect(counters).toMatchObject({ outcome: 'holds', findings: 0 });
  });

  it('goes on with an export where it broke off, and puts both parts together', async () => {
    const auditor = await world.client('auditor-xa');
    const lines: Uint8Array[] = [];
    const write = async (line: Uint8Array): Promise<void> => void lines.push(line.slice());
    const review = { purpose: auditPurposes.lawfulness };
    await auditor.auditExports.fetch(review, { first: 3, end: 20, write });
    const broken = lines.slice(0, -6);
    lines.length = 0;
    await auditor.auditExports.fetch(review, { first: 3 + broken.length - 1, end: 30, isContinued: true, write });
    const { auditOrigin: origin, logKeys } = await auditor.server();
    const trust = { origin, logKeys: logKeys.map(parseVerifierKey), nowMs: Date.now() };
    const report = await verifyExport({ ...trust, chunks: [...broken, ...lines] });
    expect(report).toMatchObject({ isSound: true, first: 3, end: 30 });
    expect((await verifyExport({ ...trust, chunks: broken })).isSound).toBe(false);
  });

  it('records each export with its range before it is answered, and gives none to a member', async () => {
    const auditor = await world.client('auditor-xa');
    const review = { purpose: auditPurposes.lawfulness };
    const write = async (): Promise<void> => undefined;
    const { records } = await auditor.audit.list(review, { event: 'audit.export' }, { first: 10 });
    expect(records.map(({ groups }) => groups.what?.detail)).toEqual([
      'purpose=lawfulness end=30 first=15 to=30',
      'purpose=lawfulness end=20 first=3 to=20',
      expect.stringMatching(/^purpose=lawfulness first=0 to=\d+$/),
    ]);
    expect(records.every(({ isSigned, groups }) => isSigned && groups.why !== undefined)).toBe(true);
    const refused = prosecutor.auditExports.fetch(review, { first: 0, write });
    await expect(refused).rejects.toMatchObject({ code: 'access/refused' });
    const behind = auditor.auditExports.fetch(review, { first: 2 ** 40, write });
    await expect(behind).rejects.toMatchObject({ code: 'audit/filter' });
  });
});
