import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BytesTarget, bytesSource, follow, type OpenCase, operations, rootOf } from '@rogatory/client';
import { type CompartmentId, isRogatoryError, limits } from '@rogatory/kernel';
import { testPostgresUrl } from '@rogatory/platform-database/testing';
import pg from 'pg';
import { onQuickest } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { SetClock } from '../world/set-clock.js';
import { justification, refusalOf, Rig } from './rig.js';

/** What needs somebody else at the database. */
const onPostgres = testPostgresUrl() === undefined ? it.skip : it;

/** What Node's file handles do, before anything is put in its place. */
async function fileHandles(): Promise<{ datasync: () => Promise<void>; sync: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rogatory-handle-'));
  const handle = await open(join(folder, 'probe'), 'w');
  await handle.close();
  await rm(folder, { recursive: true });
  return Object.getPrototypeOf(handle) as Awaited<ReturnType<typeof fileHandles>>;
}

describe('faults of what the server stands on', () => {
  let rig: Rig;
  let mine: OpenCase;
  let root: CompartmentId;

  beforeAll(async () => {
    rig = await Rig.start(await onQuickest());
    mine = await rig.lead.cases.open(rig.caseId);
    root = rootOf(rig.caseId);
  }, 120_000);
  afterAll(() => rig.stop());

  const texts = async (): Promise<string[]> => {
    const theirs = await rig.judge.cases.open(rig.caseId);
    return rig.judge.messages.list(theirs.root).map(({ text }) => text);
  };
  /** Posts until it is answered. @returns whether the first try was. */
  const insist = async (text: string): Promise<boolean> => {
    for (let tries = 0; ; tries++) {
      try {
        await rig.lead.messages.post(mine, root, { text });
        return tries === 0;
      } catch (error) {
        const isPassing = isRogatoryError(error) && (error.family === 'unavailable' || error.code === 'client/network');
        if (!isPassing || tries > 100) throw error;
        await pause(20);
      }
    }
  };

  it.each([
    'EIO',
    'ENOSPC',
  ])('F03: a disk that fails (%s) makes no false acknowledgement, reads go on, and nothing has to be repaired', async (code) => {
    const handles = await fileHandles();
    const honest = { datasync: handles.datasync, sync: handles.sync };
    let faults = 0;
    const fail = async (): Promise<never> => {
      faults++;
      throw Object.assign(new Error(code), { code });
    };
    const bytes = new Uint8Array(200_000).fill(7);
    const source = bytesSource(`of ${code}.bin`, bytes);
    const before = await texts();
    handles.datasync = fail;
    try {
      const error = await refusalOf(rig.lead.documents.upload(mine, root, source));
      expect(error).toMatchObject({
        family: 'unavailable',
        code: code === 'EIO' ? 'blob/unavailable' : 'blob/no-space',
      });
      expect(await texts()).toEqual(before);
    } finally {
      Object.assign(handles, honest);
    }
    expect(faults).toBeGreaterThan(0);
    const document = await rig.lead.documents.upload(mine, root, source);
    const target = new BytesTarget();
    await rig.lead.documents.download(mine.root, document, target, { justification });
    expect(target.bytes !== undefined && Buffer.compare(target.bytes, bytes)).toBe(0);
    expect(rig.lead.documents.list(mine.root).filter(({ manifest }) => manifest.name === source.name)).toHaveLength(1);
  }, 60_000);

  it('F04: a clock that is set back gives no token a longer life and no record an earlier time; one set ahead ends early', async () => {
    const clock = new SetClock();
    await rig.world.restart(undefined, { clock });
    await rig.lead.login();
    await rig.judge.login();
    const token = await rig.judge.gateway.accessToken();
    const whoAmI = async (): Promise<string> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const body = JSON.stringify({ documentId: operations.whoAmIOperation.id });
      return (await fetch(`${rig.world.url}/graphql`, { method: 'POST', headers, body })).text();
    };
    clock.stepMs = -2 * 3_600_000;
    // Known, but without the statement that the operation asks for.
    expect(await whoAmI()).not.toContain('"code":"login/session"');
    expect(await insist('after a step back')).toBe(true);
    clock.aheadMs = limits.accessTokenMs + limits.clockLagMs;
    expect(await whoAmI()).toContain('"code":"login/session"');
    const earlier = `SELECT ev, newest - t AS by_ms FROM (
        SELECT ev, t, max(t) OVER (ORDER BY seq) AS newest FROM audit_event WHERE seq IS NOT NULL) AS x
      WHERE t < newest - ${2 * limits.clockLagMs}`;
    const ahead = new SetClock();
    await rig.world.restart(
      () => asAdministrator(rig.world.configuration, async (ask) => expect(await ask(earlier)).toEqual([])),
      { clock: ahead },
    );
    await rig.judge.login();
    ahead.stepMs = 2 * 3_600_000;
    expect(await refusalOf(rig.judge.login())).toMatchObject({ code: 'login/clock' });
    await rig.world.restart();
    await rig.judge.login();
    await rig.lead.login();
    expect(await texts()).toContain('after a step back');
  }, 60_000);

  onPostgres(
    'F06: a bus with made-up wakes that is cut again and again costs no event and brings none twice',
    async () => {
      await rig.judge.login();
      await rig.lead.login();
      const theirs = await rig.judge.cases.open(rig.caseId);
      const [stop, positions] = [new AbortController(), [] as number[]];
      const from = theirs.root.replica.size;
      const reading = (async () => {
        for await (const { position } of follow(rig.judge.gateway, theirs.root, { signal: stop.signal, from })) {
          positions.push(position);
        }
      })();
      await administrate(rig, async (client) => {
        for (let i = 0; i < 12; i++) {
          for (const text of ['', 'no wake', 'x cases.grown not-an-id', 'x * *', `x cases.grown ${root}`]) {
            await client.query('SELECT pg_notify($1, $2)', ['rogatory', text]);
          }
          if (i % 4 === 1) await client.query(`${CUT} AND application_name = 'rogatory-bus'`);
          await insist(`woken ${i}`);
        }
      });
      while (from + positions.length < mine.root.replica.size) await pause(10);
      stop.abort();
      await reading;
      expect(positions).toEqual(positions.map((_, i) => from + i));
      const seen = (await texts()).filter((text) => text.startsWith('woken '));
      expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `woken ${i}`));
    },
    60_000,
  );

  onPostgres(
    'F08: locks that nobody lets go refuse in their time; when every connection is cut, nothing that was answered is lost',
    async () => {
      const posted: string[] = [];
      const post = async (text: string): Promise<unknown> =>
        rig.lead.messages.post(mine, root, { text }).then(
          () => posted.push(text),
          (error: unknown) => error,
        );
      await administrate(rig, async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE compartment IN ACCESS EXCLUSIVE MODE');
        const reads = Array.from({ length: 12 }, () => rig.judge.cases.list().catch((error: unknown) => error));
        const asked = await Promise.all([post('while locked'), ...reads]);
        for (const error of asked) expect(error).toMatchObject({ family: 'unavailable' });
        await client.query('ROLLBACK');
        expect(await insist('after the lock')).toBe(true);
        for (let i = 0; i < 10; i++) {
          const sent = post(`cut ${i}`);
          if (i % 3 === 0) await client.query(CUT);
          await sent;
        }
      });
      // More at once than there are connections: none of them was left behind.
      const lists = await Promise.all(Array.from({ length: 20 }, () => rig.judge.cases.list()));
      expect(new Set(lists.map((found) => found.length)).size).toBe(1);
      expect(await insist('at the end')).toBe(true);
      const seen = await texts();
      expect(posted.filter((text) => seen.filter((other) => other === text).length !== 1)).toEqual([]);
    },
    60_000,
  );
});

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** Works on the database of a running server as its administrator. */
async function administrate(rig: Rig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const { database } = rig.world.configuration;
  if (database.kind !== 'postgres') throw new Error('nobody else can work on the embedded database');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
