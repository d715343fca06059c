import { type RunningServer, startServer } from '@rogatory/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '@rogatory/kernel';
import { type Client, type OpenCase, rootOf, verifyForkFile } from '@rogatory/client';
import { silentLog } from '@rogatory/platform-telemetry';
import { findForkHashes, leafHash, parseVerifierKey, TileHashReader, verifyForkProof } from '@rogatory/tlog';
import { asAdministrator } from '../world/rows.js';
import { AuditView } from './audit-view.js';
import { ghostDevices } from './ghost-devices.js';
import type { LogCopy } from './log-copy.js';
import type { JsonObject } from './evil-proxy.js';
import { RawMember } from './raw-member.js';
import { at, refusalOf, Rig } from './rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterAll(() => rig.stop());

it('M10: a head of the audit log that a member made up convicts nobody and keeps no message from being read', async () => {
  const { open, evidence } = await rig.newCase();
  const theirs = await rig.judge.cases.open(open.caseId);
  const judge = new RawMember(rig.judge, rig.world.keysOf('judge-xb'));
  const carried = await rig.judge.gateway.carriedHead();
  if (carried === undefined) throw new Error('no head was verified');
  const mine = theirs.compartment(evidence);
  const forged = { ...carried, root: systemRandom(32), signature: systemRandom(64) };
  for (const auditHead of [forged, { ...forged, size: 2 ** 48 }, { ...forged, keyId: '00000000' }]) {
    await mine.sync();
    const { bytes, header } = judge.message(mine, `carries ${auditHead.size} of ${auditHead.keyId}`, auditHead);
    expect(await judge.post(bytes, header)).toBe('ItemPosted');
    await open.compartment(evidence).sync();
    await rig.lead.cases.list();
    expect(rig.lead.messages.list(open.compartment(evidence)).at(-1)?.text).toBe(
      `carries ${auditHead.size} of ${auditHead.keyId}`,
    );
  }
  for (let asked = 0; asked < 3; asked++) await rig.lead.cases.list();
  const told = rig.lead.concerns.filter(({ kind }) => kind === 'peer-head' || kind === 'fork');
  expect(told.map(({ kind, code, deviceId }) => [kind, code, deviceId === judge.keys.deviceId])).toEqual([
    ['peer-head', 'tlog/signature', true],
    ['peer-head', 'tlog/unknown-signer', true],
  ]);
  expect(await rig.lead.audit.forkProof()).toBeUndefined();
});

it('S19, T13: two histories shown to two members are found as soon as one meets the other’s, and prove themselves', async () => {
  const { open: mine, evidence } = await rig.newCase();
  await (await rig.judgeAgain()).cases.open(mine.caseId);
  const fork = await rig.world.fork();
  try {
    await rig.lead.messages.post(mine, evidence, { text: 'shown to the lead only' });
    await mine.compartment(evidence).beat(true);
    const ours = await (await AuditView.of(await rig.client('auditor-xa'))).copy();
    rig.proxy.target = fork.url;
    const judge = await rig.judgeAgain();
    const theirs = await judge.cases.open(mine.caseId);
    await judge.messages.post(theirs, evidence, { text: 'shown to the judge only' });
    const relayed = await saidInTheFork(fork, { judge, theirs });
    const view = await AuditView.of(await rig.client('auditor-xb'));
    const shown = await view.copy();
    rig.proxy.target = rig.world.url;
    expect(await refusalOf(theirs.compartment(evidence).sync())).toMatchObject({ family: 'verification' });
    expect(await refusalOf(theirs.compartment(evidence).readHeartbeats())).toMatchObject({ code: 'client/fork' });
    expect(judge.concerns.map(({ kind }) => kind)).toContain('fork');
    await provesFork(view, ours, shown);
    await oneMessageCrosses(relayed, judge);
  } finally {
    rig.proxy.target = rig.world.url;
    await fork.stop();
  }
});

/** Each log is sound by itself; both together convict whoever signed them, before anybody who knows the log's key. */
async function provesFork(view: AuditView, one: LogCopy, other: LogCopy): Promise<void> {
  for (const log of [one, other]) expect(await view.verified(log)).toMatchObject({ isSound: true });
  const [small, large] = one.size <= other.size ? [one, other] : [other, one];
  expect(await view.failure(large, { earlier: [small.checkpoint] })).toMatchObject({ claim: 'earlier-heads' });
  const [first, second] = [small.checkpoint, large.checkpoint];
  const hashes = await findForkHashes(view.open(first), view.open(second), new TileHashReader(large, large.size));
  if (hashes === undefined) throw new Error('no fork');
  expect(verifyForkProof({ first, second, hashes }, view.open)).toMatchObject({ first: { size: small.size } });
  expect(() => verifyForkProof({ first, second: first, hashes: [] }, view.open)).toThrow();
}

/** A message in the root compartment by somebody who is shown the other history, and the content of that log. */
async function saidInTheFork(
  { features: { audit } }: RunningServer,
  { judge, theirs }: { readonly judge: Client; readonly theirs: OpenCase },
) {
  const before = (await audit.reader.published())?.size ?? 0;
  for (let asked = 0; (await sizeShownTo(judge)) <= before; asked++) {
    if (asked > 500) throw new Error('the log of the fork does not grow');
    await judge.cases.list();
  }
  await judge.messages.post(theirs, rootOf(theirs.caseId), { text: 'from the other side' });
  const told: JsonObject[] = [];
  rig.proxy.lie('ContentLog', (answer, { variables }) => {
    if (variables['compartmentId'] === theirs.caseId) told.push(at(answer, 'data'));
    return answer;
  });
  await (await rig.judgeAgain()).cases.open(theirs.caseId);
  rig.proxy.honest();
  const [data] = told;
  if (data === undefined) throw new Error('nothing was read');
  return { data, caseId: theirs.caseId, size: await sizeShownTo(judge) };
}

/**
 * The operator passes on what members of the two groups say, and else shows each its own audit log: the head inside the
 * first message that crosses convicts it, and nobody is kept from reading what it says.
 */
async function oneMessageCrosses({ data, caseId, size }: Awaited<ReturnType<typeof saidInTheFork>>, judge: Client) {
  const lead = await rig.client('prosecutor-xa');
  for (let asked = 0; (await sizeShownTo(lead)) <= size; asked++) {
    if (asked > 500) throw new Error('the log does not grow');
    await lead.cases.list();
  }
  rig.proxy.lie('ContentLog', (answer, { variables }) =>
    variables['compartmentId'] === caseId ? { ...answer, data } : answer,
  );
  rig.proxy.lie('SendHeartbeat', () => ({ data: { sendHeartbeat: true } }));
  const open = await lead.cases.open(caseId);
  rig.proxy.honest();
  await lead.cases.list();
  expect(lead.messages.list(open.compartment(rootOf(caseId))).at(-1)?.text).toBe('from the other side');
  const deviceId = rig.world.keysOf('judge-xb').deviceId;
  expect(lead.alarms.list()).toContainEqual(expect.objectContaining({ kind: 'fork', code: 'tlog/fork', deviceId }));
  const proof = await lead.audit.forkProof();
  if (proof === undefined) throw new Error('no proof');
  const { auditOrigin: origin, logKeys } = await judge.server();
  expect(verifyForkFile({ origin, logKeys: logKeys.map(parseVerifierKey), proof })).toMatchObject({ isSound: true });
}

/** Size of the newest head of the audit log that a client verified. */
async function sizeShownTo({ gateway }: Client): Promise<number> {
  return (await gateway.carriedHead())?.size ?? 0;
}

it('S04: a server whose directory rows hold a device that nobody certified does not start', async () => {
  const entry = ghostDevices(rig).entries['signed by the registrars of another state'];
  const { configuration } = rig.world;
  const unbound = "SET session_replication_role = 'replica'";
  await rig.world.restart(async () => {
    await asAdministrator(configuration, async (ask) => {
      await ask(unbound);
      await ask(
        `INSERT INTO directory_entry (idx, bytes, leaf_hash, received_at, audit_id)
          SELECT max(idx) + 1, $1, $2, $3, gen_random_uuid() FROM directory_entry`,
        [entry, leafHash(entry), systemClock.nowMs()],
      );
    });
    const parts = { configuration, clock: systemClock, random: systemRandom, log: silentLog };
    expect(await refusalOf(startServer(parts))).toMatchObject({ code: 'directory/stored-log' });
    await asAdministrator(configuration, async (ask) => {
      await ask(unbound);
      await ask('DELETE FROM directory_entry WHERE idx = (SELECT max(idx) FROM directory_entry)');
    });
  });
});
