import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemRandom } from '@rogatory/kernel';

const program = fileURLToPath(new URL('../../apps/demo/dist/main.js', import.meta.url));
/** The demo runs what is built; the test command builds first. */
const itWhenBuilt = existsSync(program) ? it : it.skip;
const LONGEST_MS = 540_000;

describe('npm run demo', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rogatory-demo-files-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (words: readonly string[]): Promise<{ readonly exitCode: number; readonly text: string }> =>
    new Promise((done, fail) => {
      const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
      const said: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
      child.once('error', fail);
      child.once('close', (code) => done({ exitCode: code ?? 1, text: Buffer.concat(said).toString('utf8') }));
    });

  itWhenBuilt(
    'plays the whole exchange with given files, and every step holds',
    async () => {
      const files = ['statement.txt', 'picture.bin'].map((name) => join(folder, name));
      for (const [i, path] of files.entries()) await writeFile(path, systemRandom(10_000 * (i + 1)));
      const { exitCode, text } = await run(files);
      expect(text).not.toContain('✗');
      for (const claim of [
        '✓ "statement.txt" is byte-identical',
        '✓ "picture.bin" is byte-identical',
        '✓ the running download was aborted',
        '✓ all twelve are done and verified, on all three boards',
        'opened nothing',
        '✓ the gap stays closed',
        '✓ verification fails and names the record',
        '✓ XC: all ',
        'computed anew: exactly what the server proposes',
        '✓ the record still proves itself, and names the order that erased what it said',
        '✓ the six-monthly report is signed and recorded',
        '✓ the fork is proved',
        'Every step held',
      ]) {
        expect(text).toContain(claim);
      }
      expect(exitCode).toBe(0);
    },
    LONGEST_MS,
  );

  itWhenBuilt('refuses an option that is none, and says what there is', async () => {
    const { exitCode, text } = await run(['--yes']);
    expect(exitCode).toBe(2);
    expect(text).toContain('Usage: npm run demo');
  });
});
