import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { utf8 } from '@rogatory/kernel';
import {
  addCosignatures,
  encodeVerifierKey,
  openCheckpoint,
  parsePolicy,
  parseSignatureLine,
  parseVerifierKey,
  verifyCheckpoint,
} from '@rogatory/tlog';
import { GrowingLog } from './testing/growing-log.js';

const program = join(import.meta.dirname, '../dist/main.js');
const scratch = mkdtempSync(join(tmpdir(), 'rogatory-witness-program-'));
const folder = join(scratch, 'witness');
const log = new GrowingLog('log.example/audit');
let child: ChildProcess | undefined;

function call(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Starts the program and answers where it listens. */
async function run(): Promise<string> {
  const args = [program, 'run', '--folder', folder, '--listen', '127.0.0.1:0'];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  return url;
}

async function end(signal: NodeJS.Signals): Promise<unknown> {
  const ended = child;
  child = undefined;
  if (ended === undefined) return undefined;
  const exit = once(ended, 'exit');
  ended.kill(signal);
  return (await exit)[0];
}

const submit = async (url: string, body: Uint8Array) =>
  (await fetch(`${url}/add-checkpoint`, { method: 'POST', body: Buffer.from(body) })).status;

beforeAll(() => log.grow(30));
afterEach(() => end('SIGKILL'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the program of a witness', () => {
  it('is made with one line, follows a log with another, and says what is wrong', () => {
    expect(call()).toMatchObject({ status: 0, stdout: expect.stringContaining('rogatory-witness init') });
    expect(call('init')).toMatchObject({ status: 1, stderr: '--folder is missing (witness/arguments)\n' });
    expect(call('run', '--folder', folder)).toMatchObject({ status: 1 });
    const made = call('init', '--folder', folder, '--name', 'witness.example/fr');
    expect(made.status).toBe(0);
    expect(parseVerifierKey(made.stdout.trim()).name).toBe('witness.example/fr');
    expect(statSync(join(folder, 'key.seed')).mode & 0o777).toBe(0o600);
    const again = call('init', '--folder', folder, '--name', 'witness.example/fr');
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('witness/exists') });
    const key = encodeVerifierKey(log.signer.key);
    expect(call('follow', '--folder', folder, key)).toMatchObject({ status: 0 });
    expect(call('follow', '--folder', folder, key)).toMatchObject({ status: 1 });
    const directory = encodeVerifierKey(new GrowingLog('log.example/directory', 2).signer.key);
    const replayed = ['--directory', 'http://127.0.0.1:1/directory/replay/', '--federation', 'ab'.repeat(32)];
    const follow = ['follow', '--folder', folder, directory];
    expect(call(...follow)).toMatchObject({ status: 1, stderr: expect.stringContaining('witness/directory') });
    expect(call(...follow, ...replayed.slice(0, 2))).toMatchObject({ status: 1 });
    expect(call(...follow, ...replayed.slice(0, 3), 'AB')).toMatchObject({ status: 1 });
    expect(call('run', '--folder', folder, ...replayed)).toMatchObject({ status: 1 });
    expect(call(...follow, ...replayed)).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'directories'), 'utf8').split('\n').at(-2)).toBe(
      `directory log.example/directory ${'ab'.repeat(32)} http://127.0.0.1:1/directory/replay`,
    );
    expect(
      readFileSync(join(folder, 'logs'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('log ')),
    ).toEqual([`log ${key}`, `log ${directory}`]);
  });

  it('forgets nothing that it vouched for when it is killed at any moment', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) {
      const url = await run();
      const known = await fetch(`${url}/add-checkpoint`, {
        method: 'POST',
        body: Buffer.from(await log.request(0, 1)),
      });
      const held = known.status === 200 ? 1 : Number(await known.text());
      expect(held).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = held;
      const killed = end('SIGKILL');
      for (let size = held; size < held + 4; size++) {
        const status = await submit(url, await log.request(size, size + 1)).catch(() => undefined);
        if (status === undefined) break;
        expect(status).toBe(200);
        acknowledged = size + 1;
      }
      await killed;
    }
    expect(acknowledged).toBeGreaterThanOrEqual(1);
  });

  it('signs with a post-quantum key as well once it has one, and a policy can count that line alone', async () => {
    const own = readFileSync(join(folder, 'witness.vkey'), 'utf8').trim();
    const made = call('post-quantum', '--folder', folder);
    expect(made.status).toBe(0);
    expect(statSync(join(folder, 'key-ml-dsa.seed')).mode & 0o777).toBe(0o600);
    expect(call('post-quantum', '--folder', folder)).toMatchObject({ status: 1 });
    const url = await run();
    const held = Number(
      await (
        await fetch(`${url}/add-checkpoint`, { method: 'POST', body: Buffer.from(await log.request(0, 1)) })
      ).text(),
    );
    const answer = await fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      body: Buffer.from(await log.request(held, held + 1)),
    });
    expect(answer.status).toBe(200);
    const lines = (await answer.text()).trimEnd().split('\n').map(parseSignatureLine);
    const keys = [own, made.stdout.trim()].map(parseVerifierKey);
    expect(lines.map(({ keyId }) => keyId)).toEqual(keys.map(({ keyId }) => keyId));
    const trust = { origin: log.origin, logKeys: [log.signer.key], witnessKeys: keys };
    const note = addCosignatures(openCheckpoint(log.head(held + 1), trust), lines, keys);
    const logLine = `log ${encodeVerifierKey(log.signer.key)}`;
    const policy = parsePolicy(utf8(`${logLine}\nwitness fr ${made.stdout.trim()}\nquorum fr\n`));
    expect(verifyCheckpoint(note, policy).quorum.fulfilled).toBe(true);
  });

  it('ends well when asked to, and refuses a key that is not its own', async () => {
    await run();
    expect(await end('SIGTERM')).toBe(0);
    writeFileSync(join(folder, 'key.seed'), Buffer.alloc(32, 1), { mode: 0o600 });
    expect(call('run', '--folder', folder)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('witness/key'),
    });
  });
});
