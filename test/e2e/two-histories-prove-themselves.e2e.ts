import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RunningServer } from '@rogatory/api';
import { type Client, operations, verifyForkFile } from '@rogatory/client';
import { isRogatoryError } from '@rogatory/kernel';
import { parseVerifierKey } from '@rogatory/tlog';
import { WebSocket } from 'ws';
import { onEmbedded } from '../world/engines.js';
import { type ClientWay, World } from '../world/world.js';

let world: World;
let fork: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rogatory-fork-'));
  world = await World.start(await onEmbedded());
}, 120_000);
afterAll(async () => {
  await fork?.stop();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A way that the operator can lead to either server; `seen` counts what the answers say of the log. */
function way() {
  const led = { to: world.url, heads: 0, views: 0, bytes: 0 };
  const follow: typeof fetch = async (input, init) => {
    const url = String(input).replace(world.url, led.to);
    if (new Headers(init?.headers).has('rogatory-head')) led.heads += 1;
    const response = await fetch(url, init);
    if (url.endsWith('/graphql')) {
      const text = await response.clone().text();
      const view: unknown = (JSON.parse(text) as { extensions?: { view?: unknown } }).extensions?.view;
      if (view !== undefined) {
        led.views += 1;
        led.bytes = JSON.stringify(view).length;
      }
    }
    return response;
  };
  const route: NonNullable<ClientWay['route']> = { fetch: follow, webSocketImpl: WebSocket };
  return { led, route };
}

const sizeOf = async ({ features: { audit } }: RunningServer) => (await audit.reader.published())?.size ?? 0;

/** Acts until the published log of a server is larger than a size. */
async function growBeyond(client: Client, server: RunningServer, size: number): Promise<void> {
  for (let acts = 0; (await sizeOf(server)) <= size; acts++) {
    if (acts > 500) throw new Error('the log does not grow');
    await client.cases.list();
  }
}

it('a stated head moves nothing for whoever proves nobody', async () => {
  const head = `1:${Buffer.alloc(32, 7).toString('base64')}`;
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'rogatory-head': head },
    body: JSON.stringify({ documentId: operations.serverOperation.id }),
  });
  const { data, extensions } = (await answer.json()) as { data: unknown; extensions?: { view?: unknown } };
  expect(data).toHaveProperty('server');
  expect(extensions?.view).toBeUndefined();
});

it('a client that is led to another history refuses it and keeps the proof', async () => {
  const { led, route } = way();
  const judge = await world.client('judge-xb', { route });
  const prosecutor = await world.client('prosecutor-xa');
  await growBeyond(judge, world.server, 10);
  await judge.cases.list();
  expect(led.heads).toBeGreaterThan(0);
  expect(led.views).toBe(led.heads);
  expect(judge.alarms.list()).toEqual([]);

  fork = await world.fork();
  await growBeyond(prosecutor, world.server, (await sizeOf(world.server)) + 2);
  for (let asked = 0; asked < 3; asked++) await judge.cases.list();
  await judge.audit.receipts();

  const other = way();
  other.led.to = fork.url;
  const misled = await world.client('prosecutor-xb', { route: other.route });
  await growBeyond(misled, fork, (await sizeOf(world.server)) + 3);

  led.to = fork.url;
  let refusal: unknown;
  for (let asked = 0; refusal === undefined && asked < 500; asked++) {
    refusal = await judge.cases.list().then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  expect(isRogatoryError(refusal) && refusal.code).toBe('client/fork');
  expect(judge.alarms.list().map(({ kind }) => kind)).toContain('fork');

  const proof = await judge.audit.forkProof();
  if (proof === undefined) throw new Error('no proof');
  await writeFile(join(folder, 'fork-proof.json'), proof);
  const { auditOrigin: origin, logKeys } = await prosecutor.server();
  const keys = logKeys.map(parseVerifierKey);
  expect(verifyForkFile({ origin, logKeys: keys, proof }).isSound).toBe(true);
  const elsewhere = { origin: `${origin}-other`, logKeys: keys, proof };
  expect(verifyForkFile(elsewhere).isSound).toBe(false);

  led.to = world.url;
  await judge.cases.list();
  expect(await judge.audit.forkProof()).toEqual(proof);
}, 180_000);
