import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  abandon,
  checkLogs,
  copyLog,
  openStoppedServer,
  refillFrom,
  showLogs,
  turnLog,
  startServer,
  type StoppedServer,
} from '@rogatory/api';
import { type Client, operations } from '@rogatory/client';
import { parseActId, systemClock, systemRandom, toHex } from '@rogatory/kernel';
import { actSubjects, decodeAuditLeaf } from '@rogatory/protocol';
import { silentLog } from '@rogatory/platform-telemetry';
import { tilePath } from '@rogatory/tlog';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';

const drawn = { clock: systemClock, random: systemRandom };
let world: World;
let client: Client;
let backup: string;
let copy: string;

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** An act of the client's; resolves when a signed head covers it, and with it all proofs up to here. */
async function signedAct(): Promise<void> {
  const call = { variables: {}, subject: actSubjects.listCases() };
  const { recordId } = await client.gateway.tell(operations.casesOperation, call, () => undefined);
  await world.server.features.audit.gate.released(parseActId(String(recordId)), 'signed');
}

beforeAll(async () => {
  world = await World.start(await onEmbedded());
  backup = `${world.folder}-backup`;
  copy = `${world.folder}-copy`;
  client = await world.client('prosecutor-xa');
  await client.whoAmI();
  await world.restart(() => cp(join(world.folder, 'database'), backup, { recursive: true }));
  for (let reads = 0; reads < 5; reads++) await client.cases.list();
  await signedAct();
  const report = await client.audit.receipts();
  expect(report.overdue).toEqual([]);
  expect(report.proven.length).toBeGreaterThanOrEqual(1);
}, 120_000);

afterAll(async () => {
  await world.stop();
  await rm(backup, { recursive: true, force: true });
  await rm(copy, { recursive: true, force: true });
});

/** The database as it was at the time of the backup; signer and keys as they are. */
async function restore(from = backup): Promise<void> {
  const database = join(world.folder, 'database');
  await rm(database, { recursive: true });
  await cp(from, database, { recursive: true });
}

async function onStopped<T>(work: (server: StoppedServer) => Promise<T>): Promise<T> {
  const server = await openStoppedServer(world.configuration, systemClock);
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

async function expectRefusal(details: object = {}): Promise<void> {
  const parts = { configuration: world.configuration, ...drawn, log: silentLog };
  const refused = await failureOf(startServer(parts));
  expect(refused).toMatchObject({ code: 'audit/log-set-back', details });
  expect(String(refused)).toContain('rogatory audit recover');
}

const headOf = ({ database, auditOrigin }: StoppedServer) =>
  database.read({ kind: 'job', job: 'audit-test' }, (reader) =>
    reader.queryOne('SELECT size, root FROM tlog_head WHERE origin = $1', [auditOrigin], (row) => ({
      size: row.integer('size'),
      root: toHex(row.bytes('root')),
    })),
  );

/** The leaves and opened facts of the newest records of an event, as the check of the operator's folder reads them. */
const leavesOf = ({ database, auditOrigin }: StoppedServer) =>
  database.read({ kind: 'job', job: 'audit-test' }, (reader) =>
    reader.queryRows(
      'SELECT leaf FROM audit_event WHERE shard = $1 AND seq IS NOT NULL ORDER BY seq',
      [auditOrigin.slice(auditOrigin.lastIndexOf('/') + 1)],
      (row) => decodeAuditLeaf(row.bytes('leaf')),
    ),
  );

it('puts the log back from a copy after an old backup was restored, and clients find what they were shown', async () => {
  await world.restart(async () => {
    const whole = await onStopped(headOf);
    await onStopped((server) => copyLog(server, copy));
    await restore();
    await expectRefusal();
    const short = await onStopped(headOf);
    expect(short?.size).toBeLessThan(whole?.size ?? 0);

    const partial = `${copy}-short`;
    await onStopped((server) => copyLog(server, partial));
    expect(await failureOf(onStopped((server) => refillFrom(server, partial, drawn)))).toMatchObject({
      code: 'audit/copy-short',
    });
    await rm(partial, { recursive: true });
    const path = join(copy, tilePath({ kind: 'entries', index: 0, width: whole?.size ?? 0 }));
    const bundle = await readFile(path);
    await writeFile(
      path,
      bundle.map((byte, at) => (at === bundle.length - 40 ? byte ^ 1 : byte)),
    );
    expect(await failureOf(onStopped((server) => refillFrom(server, copy, drawn)))).toMatchObject({
      code: 'audit/copy-differs',
    });
    expect(await onStopped(headOf)).toEqual(short);

    await writeFile(path, bundle);
    const refill = await onStopped((server) => refillFrom(server, copy, drawn));
    expect(refill).toMatchObject({ from: short?.size, size: whole?.size });
    expect(refill.lost).toBeGreaterThanOrEqual(5);
    const leaves = await onStopped(leavesOf);
    expect(leaves.slice(whole?.size).map(({ ev }) => ev)).toContain('log.recovery');
    const reports = await onStopped((server) => checkLogs(server, systemRandom, {}));
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
  });
  await signedAct();
  const report = await client.audit.receipts();
  expect(report.proven.length).toBeGreaterThanOrEqual(1);
  expect((await world.server.checks.run('whole')).findings).toBe(0);
}, 120_000);

it('gives a log up of which no copy is left: the next one begins with its last head, and clients follow it with an alarm', async () => {
  const lost = world.server.features.auditOrigin;
  await world.restart(async () => {
    await expect(onStopped((server) => abandon(server, drawn))).rejects.toMatchObject({ code: 'audit/not-abandoned' });
    await restore();
    await expectRefusal();
    const abandonment = await onStopped((server) => abandon(server, drawn));
    expect(abandonment).toMatchObject({ previousOrigin: lost, origin: `${lost}-2` });
    const [genesis, ...others] = await onStopped(leavesOf);
    expect(genesis?.ev).toBe('log.genesis');
    expect(others.map(({ ev }) => ev)).not.toContain('log.genesis');
    await expect(onStopped((server) => abandon(server, drawn))).rejects.toMatchObject({ code: 'audit/not-abandoned' });
    const reports = await onStopped((server) => checkLogs(server, systemRandom, {}));
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
  });
  expect(world.server.features.auditOrigin).toBe(`${lost}-2`);
  const again = await world.client('prosecutor-xa');
  expect((await again.server()).auditOrigin).toBe(`${lost}-2`);
  const [alarm, ...others] = again.alarms.list();
  expect([alarm?.kind, alarm?.code, others]).toEqual([
    'log-abandoned',
    expect.stringMatching(`^${lost.replaceAll('.', '\\.')} size=[0-9]+$`),
    [],
  ]);
  await again.cases.list();
}, 120_000);

it('ends a log by command, and begins the next one under the key that was shown before', async () => {
  const { auditOrigin: before } = world.server.features;
  await world.restart(async () => {
    const { past, current, next } = await onStopped((server) => showLogs(server, drawn));
    expect(past.map(({ origin }) => origin)).toEqual([before.replace(/-2$/, '')]);
    expect([current.origin, next.origin]).toEqual([before, before.replace(/-2$/, '-3')]);
    expect(await onStopped((server) => turnLog(server, drawn))).toMatchObject({
      ...{ previousOrigin: before, origin: next.origin },
    });
    const after = await onStopped((server) => showLogs(server, drawn));
    expect(after.current).toEqual(next);
    const reports = await onStopped((server) => checkLogs(server, systemRandom, {}));
    expect(reports.map(({ origin }) => origin).filter((origin) => origin.includes('/log/'))).toHaveLength(3);
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
  });
  const followed = await world.client('judge-xb');
  expect((await followed.server()).auditOrigin).toBe(before.replace(/-2$/, '-3'));
}, 120_000);

it('puts a log back that had ended since the backup, and the next one after it', async () => {
  const { auditOrigin: ended } = world.server.features;
  const [old, older] = [`${world.folder}-older`, `${copy}-ended`];
  const newer = `${copy}-next`;
  const next = ended.replace(/-3$/, '-4');
  const shard = next.slice(next.lastIndexOf('/') + 1);
  await world.restart(async () => {
    await cp(join(world.folder, 'database'), old, { recursive: true });
    expect(await onStopped((server) => turnLog(server, drawn))).toMatchObject({ origin: next });
  });
  client = await world.client('prosecutor-xa');
  await client.whoAmI();
  await signedAct();
  const shown = client.audit.receipts();
  expect((await shown).overdue).toEqual([]);
  await world.restart(async () => {
    await onStopped((server) => copyLog(server, older, ended.slice(ended.lastIndexOf('/') + 1)));
    await onStopped((server) => copyLog(server, newer));
    const whole = await onStopped(headOf);
    await restore(old);

    await expectRefusal();
    const before = await onStopped(leavesOf);
    expect(before.map(({ ev }) => ev)).not.toContain('log.shard.close');
    await expect(onStopped((server) => abandon(server, drawn))).rejects.toMatchObject({ code: 'audit/turned-since' });
    await expect(onStopped((server) => turnLog(server, drawn))).rejects.toMatchObject({ code: 'audit/log-set-back' });
    await expect(onStopped((server) => refillFrom(server, newer, drawn))).rejects.toMatchObject({
      code: 'audit/copy-unsigned',
    });
    expect(await onStopped(leavesOf)).toEqual(before);

    const first = await onStopped((server) => refillFrom(server, older, drawn));
    expect(first).toMatchObject({ from: before.length, nextShard: shard });
    expect(first.lost).toBeGreaterThanOrEqual(1);
    await expectRefusal({ shard, size: 0 });
    const second = await onStopped((server) => refillFrom(server, newer, drawn));
    expect(second).toMatchObject({ from: 0, size: whole?.size, lost: whole?.size, nextShard: undefined });

    const leaves = await onStopped(leavesOf);
    expect(leaves[0]?.ev).toBe('log.genesis');
    expect(leaves.slice(whole?.size).map(({ ev }) => ev)).toEqual(['log.recovery', 'log.recovery']);
    const reports = await onStopped((server) => checkLogs(server, systemRandom, {}));
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
  });
  expect(world.server.features.auditOrigin).toBe(next);
  await client.cases.list();
  expect((await client.audit.receipts()).overdue).toEqual([]);
  for (const folder of [old, older, newer]) await rm(folder, { recursive: true });
}, 120_000);
