import { startServer } from '@rogatory/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '@rogatory/kernel';
import { silentLog } from '@rogatory/platform-telemetry';
import { findForkHashes, leafHash, TileHashReader, verifyForkProof } from '@rogatory/tlog';
import { asAdministrator } from '../world/rows.js';
import { AuditView } from './audit-view.js';
import { ghostDevices } from './ghost-devices.js';
import type { LogCopy } from './log-copy.js';
import { refusalOf, Rig } from './rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterAll(() => rig.stop());

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
    const view = await AuditView.of(await rig.client('auditor-xb'));
    const shown = await view.copy();
    rig.proxy.target = rig.world.url;
    expect(await refusalOf(theirs.compartment(evidence).sync())).toMatchObject({ family: 'verification' });
    expect(await refusalOf(theirs.compartment(evidence).readHeartbeats())).toMatchObject({ code: 'client/fork' });
    expect(judge.concerns.map(({ kind }) => kind)).toContain('fork');
    await provesFork(view, ours, shown);
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
