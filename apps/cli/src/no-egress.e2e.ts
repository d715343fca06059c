import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Stage } from './testing/stage.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** What would be fetched by whatever follows links, previews files or looks for icons. */
const URL_TEXT = 'http://leak.invalid/secret ![x](http://leak.invalid/i.png) <img src="//leak.invalid/p.gif">';
const HOSTILE_FILES: Readonly<Record<string, string>> = {
  'page.html':
    '<html><link rel="icon" href="http://leak.invalid/f.ico"><script src="http://leak.invalid/s.js"></script></html>',
  'picture.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="http://leak.invalid/x.png"/></svg>',
  'order.pdf': '%PDF-1.7\n1 0 obj<</OpenAction<</S/URI/URI(http://leak.invalid/open)>>>>endobj\n%%EOF',
  'list.m3u8': '#EXTM3U\nhttp://leak.invalid/segment.ts\n',
};

let stage: Stage;
let server: ChildProcess;
beforeAll(async () => {
  if (!existsSync(program)) throw new Error('run "npm run build" first');
  stage = await Stage.open();
  const words = ['serve', '--demo', '--data', stage.path('data'), '--port', '0'];
  server = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const { stderr } = server;
  if (stderr === null) throw new Error('the server says nothing');
  await new Promise<void>((ready, fail) => {
    createInterface({ input: stderr }).on('line', (line) => line.startsWith('rogatory is ready') && ready());
    server.once('exit', () => fail(new Error('the server ended')));
  });
  stage.passphraseFile = stage.path('data/demo/passphrase.txt');
}, 60_000);
afterAll(async () => {
  if (server.exitCode === null) {
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
  }
  await stage.close();
}, 30_000);

/** Where this process connects to while something runs. */
async function reachedBy(work: () => Promise<void>): Promise<readonly string[]> {
  const connected = jest.spyOn(Socket.prototype, 'connect');
  try {
    await work();
    const places = connected.mock.calls.map(([first]: readonly unknown[]) => {
      const given: unknown = Array.isArray(first) ? first[0] : first;
      const named = typeof given === 'object' && given !== null ? given : {};
      return `${String(Reflect.get(named, 'host') ?? Reflect.get(named, 'path'))}:${String(Reflect.get(named, 'port'))}`;
    });
    return [...new Set(places)];
  } finally {
    connected.mockRestore();
  }
}

it('S30: opening a case, its messages and documents makes no request but those to the server', async () => {
  const profile = ['--profile', stage.path('data/demo/prosecutor-xa')];
  const as = (...words: readonly string[]) => stage.json([...words, ...profile]);
  const { server: origin } = JSON.parse(await readFile(stage.path('data/demo/prosecutor-xa/profile.json'), 'utf8')) as {
    readonly server: string;
  };
  await as('login');
  const { caseId } = await as('case', 'create', '--title', URL_TEXT, '--description', URL_TEXT);
  const id = String(caseId);
  await as('message', 'post', id, '--text', URL_TEXT, '--subject', URL_TEXT);
  for (const [name, text] of Object.entries(HOSTILE_FILES)) {
    await writeFile(stage.path(name), text);
    await as('document', 'add', id, stage.path(name), '--handling', 'H1');
  }
  const why = ['--legal-basis', 'trial', '--justification', URL_TEXT];
  const reached = await reachedBy(async () => {
    for (const words of [
      ['case', 'list'],
      ['case', 'show', id],
      ['message', 'list', id],
      ['document', 'list', id],
    ]) {
      await as(...words);
    }
    for (const [name, text] of Object.entries(HOSTILE_FILES)) {
      await as('document', 'get', id, name, '--out', stage.path(`got-${name}`), ...why);
      expect(await readFile(stage.path(`got-${name}`), 'utf8')).toBe(text);
    }
  });
  expect(reached).toEqual([new URL(origin).host]);
}, 60_000);
