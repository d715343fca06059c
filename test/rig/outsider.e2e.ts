import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operations } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { WebSocket } from 'ws';
import { refusalOf, Rig } from './rig.js';

let rig: Rig;
let token: string;
beforeAll(async () => {
  rig = await Rig.start();
  token = await rig.judge.gateway.accessToken();
}, 120_000);
afterAll(() => rig.stop());

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${rig.world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const bearer = (): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function codeOf(answer: Response): Promise<string> {
  const text = await answer.text();
  expect(text).not.toMatch(/stack|node_modules|SELECT |Did you mean|__schema/);
  return /"code":"([^"]*)"/.exec(text)?.[1] ?? `status ${answer.status}`;
}

/** How a socket that says these things ends. */
function closed(protocol: string, options: object, path: string, says: readonly string[]): Promise<string> {
  const socket = new WebSocket(`${rig.world.url.replace('http', 'ws')}${path}`, protocol, options);
  return new Promise((resolve) => {
    socket.on('open', () => says.forEach((text) => socket.send(text)));
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      resolve(`status ${response.statusCode}`);
    });
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('message', (data: Buffer) => {
      if (data.toString().includes('"type":"next"')) resolve('answered');
    });
  });
}

it('O06: only documents of the list are answered: no introspection, no free text, no unknown hash, no suggestion', async () => {
  const asked = [
    { query: '{ __schema { types { name } } }' },
    { query: '{ whoAmI { deviceId } }' },
    { query: '{ whoAmIx }' },
    { documentId: 'a'.repeat(64) },
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }, query: '{ __typename }' },
    { documentId: ['x'] },
    [{ documentId: operations.whoAmIOperation.id }],
    null,
  ];
  for (const body of asked) {
    const answer = await post(JSON.stringify(body), bearer());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await codeOf(answer)).toMatch(/^(request|codec|access)\/|^status 4/);
  }
});

it('O05: requests of other sites and of other forms than JSON by POST are not answered', async () => {
  const body = JSON.stringify({ documentId: operations.serverOperation.id });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ]) {
    expect((await post(body, { 'content-type': type })).status).toBeGreaterThanOrEqual(400);
  }
  for (const query of [`?documentId=${operations.serverOperation.id}`, '?query={server{version}}']) {
    expect((await fetch(`${rig.world.url}/graphql${query}`)).status).toBeGreaterThanOrEqual(400);
  }
  const foreign = await post(body, { origin: 'https://evil.invalid' });
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  expect(foreign.headers.get('access-control-allow-credentials')).toBeNull();
  for (const origin of [
    'https://evil.invalid',
    'null',
    `${rig.world.url}.evil.invalid`,
    `${rig.world.url}@evil.invalid`,
  ]) {
    expect(await closed('graphql-transport-ws', { headers: { origin } }, '/graphql', [])).toBe('status 404');
  }
});

it('O04: nothing is subscribed before a session stands, by an old protocol, or by an address with a query', async () => {
  const id = operations.noticesOperation.id;
  const subscribe = JSON.stringify({
    id: '1',
    type: 'subscribe',
    payload: { query: '', extensions: { documentId: id } },
  });
  const init = (accessToken: unknown): string => JSON.stringify({ type: 'connection_init', payload: { accessToken } });
  expect(await closed('graphql-transport-ws', {}, '/graphql', [subscribe])).toBe('closed 4401');
  for (const wrong of [undefined, 7, 'x', `${token}x`]) {
    expect(await closed('graphql-transport-ws', {}, '/graphql', [init(wrong), subscribe])).toMatch(/^closed 44/);
  }
  expect(await closed('graphql-ws', {}, '/graphql', [init(token), subscribe])).not.toBe('answered');
  expect(await closed('graphql-transport-ws', {}, `/graphql?accessToken=${token}`, [subscribe])).toBe('status 404');
  expect(await closed('graphql-transport-ws', {}, '/other', [subscribe])).toBe('status 404');
});

it('X04: bodies and frames beyond their bound are not read', async () => {
  const pad = 'x'.repeat(limits.maxLinkBodyBytes + 1);
  const answers = await Promise.all(
    [post(JSON.stringify({ pad }), bearer()), post(JSON.stringify({ pad }))].map((sent) =>
      sent.then(codeOf, () => 'cut off'),
    ),
  );
  for (const answer of answers) expect(answer).toMatch(/codec\/too-long|request\/|access\/|cut off|status 4/);
  const frame = 'x'.repeat(limits.maxFrameBytes + 1);
  expect(await closed('graphql-transport-ws', {}, '/graphql', [frame])).toBe('closed 1009');
});

it('O02: what does not exist and what is forbidden are one answer', async () => {
  const stranger = await rig.client('prosecutor-xc');
  const forbidden = await refusalOf(stranger.cases.open(rig.caseId));
  const absent = await refusalOf(stranger.cases.open('ab'.repeat(32) as typeof rig.caseId));
  expect([absent.code, absent.message, absent.family]).toEqual([forbidden.code, forbidden.message, forbidden.family]);
  expect(absent.details).toEqual(forbidden.details);
});

it('O11, O12, O15: text that is no id, fields that no input has, and paths that lead elsewhere are refused by form', async () => {
  const id = operations.caseOperation.id;
  for (const caseId of [
    "' OR 1=1 --",
    '{"$ne":1}',
    '../../etc/passwd',
    'a\u0000b',
    '%00',
    'x'.repeat(5_000),
    { toString: 1 },
    ['a'],
    7,
    null,
  ]) {
    const answer = await post(JSON.stringify({ documentId: id, variables: { caseId } }), bearer());
    expect(await codeOf(answer)).toMatch(/^(codec|request|access|audit|usage|kernel)\/|^status 4/);
  }
  const extra = { caseId: rig.caseId, role: 'lead', authorityId: 'x', isClosed: false };
  const ignored = await post(JSON.stringify({ documentId: id, variables: extra, role: 'lead' }), bearer());
  expect(await codeOf(ignored)).not.toBe('status 200');
  for (const path of [
    '/uploads/../../etc/passwd/content',
    '/uploads/%2e%2e%2f%2e%2e/content',
    '/directory/log/tile/../../x',
    '/audit/log/x%00/checkpoint',
  ]) {
    const answer = await fetch(`${rig.world.url}${path}`, { headers: bearer() });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    await answer.text();
  }
});
