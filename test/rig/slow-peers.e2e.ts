import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { follow, rootOf } from '@rogatory/client';
import { isRogatoryError } from '@rogatory/kernel';
import { WebSocket } from 'ws';
import { SlowPeer, slowCrowd } from '../fault/slow-peers.js';
import { Rig } from './rig.js';

const PEERS = 500;
const isLong = process.env['ROGATORY_LONG'] === '1';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterAll(() => rig.stop());

it(`X06: ${PEERS} peers that are slow at every phase stop nobody, and each is let go of in its time`, async () => {
  const port = rig.world.configuration.listen.port;
  const token = await rig.judge.gateway.accessToken();
  const { early, late } = slowCrowd(PEERS, { url: rig.world.url, port, token });
  try {
    const mine = await rig.lead.cases.open(rig.caseId);
    const theirs = await rig.judge.cases.open(rig.caseId);
    for (let i = 0; i < 15; i++) {
      await rig.lead.messages.post(mine, rootOf(rig.caseId), { text: `while others dawdle ${i}` });
      await theirs.root.sync();
    }
    expect(rig.judge.messages.list(theirs.root)).toHaveLength(15);
    await Promise.all(early.map(({ ended }) => ended));
    if (isLong) await Promise.all(late.map(({ ended }) => ended));
    expect((await fetch(`${rig.world.url}/health`)).status).toBe(200);
  } finally {
    for (const peer of [...early, ...late]) peer.leave();
  }
}, 120_000);

it('F12: a server that is told to stop ends by itself, with sockets, a slow body and a transfer open; nothing is lost or doubled', async () => {
  const root = rootOf(rig.caseId);
  const port = rig.world.configuration.listen.port;
  const idle = Array.from({ length: isLong ? 1_000 : 200 }, () => new SlowPeer(port, '', ''));
  const body = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{`;
  const slow = new SlowPeer(port, body, ' ');
  const silent = new WebSocket(`${rig.world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  silent.on('error', () => undefined);
  await new Promise((resolve) => silent.once('open', resolve));
  // A peer that does not answer a goodbye.
  silent.pause();
  const theirs = await rig.judge.cases.open(rig.caseId);
  const stop = new AbortController();
  const from = theirs.root.replica.size;
  const positions: number[] = [];
  const reading = (async () => {
    const following = follow(rig.judge.gateway, theirs.root, { signal: stop.signal, from });
    for await (const { position } of following) positions.push(position);
  })();
  const mine = await rig.lead.cases.open(rig.caseId);
  const acked: string[] = [];
  const write = async (text: string): Promise<boolean> => {
    try {
      await rig.lead.messages.post(mine, root, { text });
      acked.push(text);
      return true;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      return false;
    }
  };
  for (let i = 0; i < 5; i++) await write(`before ${i}`);
  const meanwhile = [write('during')];
  await rig.world.restart();
  await Promise.all(meanwhile);
  await Promise.all([...idle, slow].map(({ ended }) => ended));
  silent.terminate();
  for (let i = 0; i < 5; i++) while (!(await write(`after ${i}`)));
  while (positions.length === 0 || from + positions.length < mine.root.replica.size) await pause(10);
  stop.abort();
  await reading;
  expect(positions).toEqual(positions.map((_, i) => from + i));
  const texts = rig.judge.messages.list(theirs.root).map(({ text }) => text);
  expect(acked.filter((text) => texts.filter((other) => other === text).length !== 1)).toEqual([]);
}, 120_000);
