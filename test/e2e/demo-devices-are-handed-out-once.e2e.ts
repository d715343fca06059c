import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeyStoreStorage, MemoryStateStore, openClient, FetchTransport, unlockKeyStore } from '@rogatory/client';
import { fromBase64 } from '@rogatory/kernel';
import { WebSocket } from 'ws';
import { onEmbedded } from '../world/engines.js';
import { asAdministrator, countOf } from '../world/rows.js';
import { World } from '../world/world.js';

interface Answer {
  readonly status: number;
  readonly text: string;
}

const OWN_PAGE = { 'sec-fetch-site': 'same-origin', 'rogatory-demo': 'yes' };

/** A request with these very headers: `fetch` would set some of them by itself. */
function ask(
  url: string,
  method: 'GET' | 'POST',
  headers: Readonly<Record<string, string>> = OWN_PAGE,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString() }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const codeOf = ({ status, text }: Answer) => `${status} ${/"code":"([^"]+)"/.exec(text)?.[1] ?? text}`;

describe('devices of the demonstration', () => {
  let world: World;
  const at = (path: string) => `${world.url}/demo/${path}`;

  beforeAll(async () => {
    world = await World.start(await onEmbedded(), { browserDevicesEach: 2 });
  }, 60_000);
  afterAll(() => world.stop());

  it('are of people who work on cases, by state, and nothing of them is a key', async () => {
    const { status, text } = await ask(at('people'), 'GET');
    const { people } = JSON.parse(text) as { people: readonly Record<string, unknown>[] };
    expect(status).toBe(200);
    expect(people).toHaveLength(12);
    const facts = {
      profile: 'judge-xb',
      postName: 'Investigating judge',
      postKind: 2,
      state: 'XB',
      stateName: 'Borealia',
    };
    expect(people).toContainEqual({ ...facts, personName: 'Blanca Bray', devices: 2 });
    expect(text).not.toMatch(/keyStore/);
  });

  it.each([
    ['a page of another site', { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }],
    ['a page of another port of this machine', { ...OWN_PAGE, 'sec-fetch-site': 'same-site' }],
    ['an address that somebody typed', { ...OWN_PAGE, 'sec-fetch-site': 'none' }],
    ['a browser that says nothing of where from', { 'rogatory-demo': 'yes' }],
    ['a form', { 'sec-fetch-site': 'same-origin' }],
    ['a name that was made to lead to this machine', { ...OWN_PAGE, host: 'evil.example' }],
    ['this machine by another name', { ...OWN_PAGE, host: 'localhost:1' }],
  ])('go not to %s', async (_, headers) => {
    const before = await ask(at('people'), 'GET');
    expect(codeOf(await ask(at('people'), 'GET', headers))).toBe('404 access/refused');
    expect(codeOf(await ask(at('devices/judge-xb'), 'POST', headers))).toBe('404 access/refused');
    expect(await ask(at('people'), 'GET')).toEqual(before);
  });

  it('are each handed out once, also to many at once, and then there are none', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(at('devices/judge-xc'), 'POST')));
    const given = answers.filter(({ status }) => status === 200).map(({ text }) => text);
    expect(new Set(given).size).toBe(2);
    expect(given).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(6);
    expect((await readdir(`${world.folder}/browser`)).filter((name) => name.startsWith('judge-xc'))).toEqual([]);
  });

  it('are recorded before they leave', async () => {
    let recorded = 0;
    await world.restart(async () => {
      await asAdministrator(world.configuration, async (administrator) => {
        recorded = await countOf(administrator, `SELECT 1 FROM audit_event WHERE ev = 'key.demo.device'`);
      });
    });
    expect(recorded).toBe(2);
  });

  it.each([
    'nobody',
    'auditor-xa',
    'people',
    '..%2fpassphrase',
    '%2e%2e',
    'judge-xb.1',
    'JUDGE-XB',
  ])('of %s are not there', async (profile) => {
    expect(codeOf(await ask(at(`devices/${profile}`), 'POST'))).toBe('404 access/refused');
  });

  it('are asked for without a body, and by POST alone', async () => {
    expect((await ask(at('devices/judge-xb'), 'GET')).status).toBe(404);
    const sent = await fetch(at('devices/judge-xb'), { method: 'POST', headers: OWN_PAGE, body: '{}' });
    expect(sent.ok).toBe(false);
  });

  it('sign in, and are of the person whom everybody knows', async () => {
    const { text } = await ask(at('devices/prosecutor-xa'), 'POST');
    const { keyStore } = JSON.parse(text) as { readonly keyStore: string };
    const keys = await unlockKeyStore(fromBase64(keyStore), 'rogatory demo');
    expect(keys.personId).toBe(world.keysOf('prosecutor-xa').personId);
    expect(keys.deviceId).not.toBe(world.keysOf('prosecutor-xa').deviceId);
    const keyStorage: KeyStoreStorage = { read: async () => undefined, replace: async () => undefined };
    const transport = new FetchTransport({ server: world.url, build: 'rogatory-test/1', webSocketImpl: WebSocket });
    const client = await openClient({ keys, keyStorage, stateStore: new MemoryStateStore(), transport });
    expect((await client.login()).postKind).toBe('prosecutor');
    await client.close();
  });

  it('are nowhere where the server was not told of a folder', async () => {
    const other = await World.start(await onEmbedded());
    try {
      expect(codeOf(await ask(`${other.url}/demo/people`, 'GET'))).not.toContain('200');
      expect((await ask(`${other.url}/demo/people`, 'GET')).status).toBe(404);
      expect((await ask(`${other.url}/demo/devices/judge-xb`, 'POST')).status).toBe(404);
    } finally {
      await other.stop();
    }
  }, 60_000);
});
