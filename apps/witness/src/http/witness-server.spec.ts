import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '@rogatory/kernel';
import { silentLog } from '@rogatory/platform-telemetry';
import { MAX_ADD_CHECKPOINT_BYTES, openCheckpoint } from '@rogatory/tlog';
import { type RunningWitness, startWitness } from '../run-witness.js';
import { originHash } from '../storage/folder-heads.js';
import { followLog, makeWitness } from '../storage/witness-folder.js';
import { GrowingLog } from '../testing/growing-log.js';

const folder = mkdtempSync(join(tmpdir(), 'rogatory-witness-http-'));
const log = new GrowingLog('log.example/audit');
let witness: RunningWitness;

beforeAll(async () => {
  await log.grow(20);
  await makeWitness(folder, 'witness.example/fr', systemRandom);
  await followLog(folder, log.signer.key);
  witness = await start();
});
afterAll(async () => {
  await witness.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = () =>
  startWitness({ folder, host: '127.0.0.1', port: 0, clock: systemClock, random: systemRandom, log: silentLog });

async function submit(body: Uint8Array | string, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body), headers };
  const response = await fetch(`${witness.url}/add-checkpoint`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** The size that it shows to monitors. */
async function held(): Promise<number> {
  const shown = await fetch(`${witness.url}/${originHash(log.origin)}/checkpoint`);
  return Number((await shown.text()).split('\n')[1]);
}

describe('a witness over HTTP', () => {
  it('T12, T15: gives the answers of tlog-witness, in its content types', async () => {
    const [first, grown, stale] = [await log.request(0, 5), await log.request(5, 9), await log.request(3, 9)];
    expect(await submit(first)).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
    expect(await submit(stale)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '5\n' });
    const answer = await submit(grown, { 'content-type': 'application/octet-stream' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^— witness\.example\/fr [A-Za-z0-9+/=]+\n$/);
    const forged = new GrowingLog(log.origin, 2);
    await forged.grow(12);
    expect(await submit(await forged.request(9, 12))).toMatchObject({ status: 403 });
    const other = new GrowingLog('log.example/other', 3);
    await other.grow(1);
    expect(await submit(await other.request(0, 1))).toMatchObject({ status: 404 });
    expect(await submit('old 9\n\n')).toMatchObject({ status: 400 });
    const rewritten = new GrowingLog(log.origin);
    await rewritten.grow(12, 'rewritten');
    expect(await submit(await rewritten.request(9, 12))).toMatchObject({ status: 422 });
  });

  it('shows monitors the last cosigned head, and nothing of other logs', async () => {
    const response = await fetch(`${witness.url}/${originHash(log.origin)}/checkpoint`);
    const note = new Uint8Array(await response.arrayBuffer());
    const trust = { origin: log.origin, logKeys: [log.signer.key], witnessKeys: [witness.key] };
    const head = openCheckpoint(note, trust);
    expect([response.status, head.size, head.signatures.length]).toEqual([200, 9, 2]);
    for (const path of [`${originHash('log.example/other')}/checkpoint`, 'checkpoint', '../key.seed', 'key.seed']) {
      expect((await fetch(`${witness.url}/${path}`)).status).toBe(404);
    }
  });

  it('refuses what is too large or no submission, and goes on', async () => {
    const huge = await submit('x'.repeat(MAX_ADD_CHECKPOINT_BYTES + 1));
    expect(huge).toMatchObject({ status: 413, text: 'the request is malformed\n' });
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(404);
    expect((await fetch(`${witness.url}/add-checkpoint`, { method: 'POST' })).status).toBe(400);
    expect(await (await fetch(`${witness.url}/health`)).text()).toBe('ready\n');
  });

  it('holds its folder alone, and goes on from its head after a restart', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'files/folder-in-use' });
    await witness.stop();
    witness = await start();
    expect(await submit(await log.request(5, 9))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '9\n' });
    expect(await submit(await log.request(9, 20))).toMatchObject({ status: 200 });
  });

  it('T15: an old checkpoint or proof that comes again changes nothing, and is told the size', async () => {
    await log.grow(30);
    const [grown, old] = [await log.request(20, 25), await log.request(0, 5)];
    expect(await submit(grown)).toMatchObject({ status: 200 });
    for (const replayed of [grown, old, await log.request(5, 9)]) {
      expect(await submit(replayed)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '25\n' });
      expect(await held()).toBe(25);
    }
  });

  it('T16: of 100 races between two growths none ends below what was cosigned', async () => {
    const further = 3;
    for (let race = 0, size = 25; race < 100; race++, size = await held()) {
      await log.grow(size + 1 + further);
      const bodies = [await log.request(size, size + 1), await log.request(size, size + 1 + further)];
      // Which of them comes first changes; which one wins is the witness's affair.
      const answers = await Promise.all((race % 2 === 0 ? bodies : bodies.toReversed()).map((body) => submit(body)));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      // The loser was told what the winner brought, and that stays.
      const told = Number(answers.find(({ status }) => status === 409)?.text);
      expect([size + 1, size + 1 + further]).toContain(told);
      expect(await held()).toBe(told);
    }
  });
});
