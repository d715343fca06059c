import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operations } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { actSubjects, auditPurposes, FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES } from '@rogatory/protocol';
import { WebSocket } from 'ws';
import { onQuickest } from '../world/engines.js';
import { refusalOf, Rig } from './rig.js';

let rig: Rig;
let token: string;
beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
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

it('O01: a hundred tries at a login in one request are none; one by one they are counted, wherever they sit', async () => {
  rig.proxy.seen.length = 0;
  await (await rig.judgeAgain()).login();
  token = await rig.judge.gateway.accessToken();
  const variables = rig.proxy.seen.find(({ operation }) => operation === 'Login')?.variables;
  const tried = { documentId: operations.loginOperation.id, variables };
  const many = Array.from({ length: 100 }, (_, i) => `a${i}: login(statement: "AAAA") { accessToken }`);
  for (const body of [Array.from({ length: 100 }, () => tried), { query: `mutation { ${many.join(' ')} }` }]) {
    expect((await post(JSON.stringify(body))).status).toBeGreaterThanOrEqual(400);
  }
  // Statements that were used before: over HTTP, and over the socket, which takes none at all.
  const codes: string[] = [];
  for (let i = 0; i < limits.loginAttemptsPerMinute + 2; i++)
    codes.push(await codeOf(await post(JSON.stringify(tried))));
  expect(new Set(codes)).toEqual(new Set(['login/refused', 'login/too-many-attempts']));
  expect(codes.filter((code) => code === 'login/refused').length).toBeLessThanOrEqual(limits.loginAttemptsPerMinute);
  expect(await said({ query: '', extensions: { documentId: tried.documentId }, variables })).toContain(
    '"code":"request/invalid"',
  );
  // Whoever holds the key is let in nonetheless.
  await rig.judge.login();
  token = await rig.judge.gateway.accessToken();
});

it('O09: what a caller without a session is told says nothing about who or what exists', async () => {
  const known = rig.world.keysOf('judge-xc').deviceId;
  const ids = [known, 'ab'.repeat(16), '00'.repeat(16)];
  const shapeOf = async (answer: Response): Promise<unknown> => {
    const headers = [...answer.headers].filter(([name]) => name !== 'date');
    // Random bytes of one length: what is left is the form.
    return [
      answer.status,
      headers,
      (await answer.text())
        .replace(/"[A-Za-z0-9+/]{40,}={0,2}"/g, '"bytes"')
        .replace(/\d{13}/g, 'time')
        .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'request'),
    ];
  };
  const documents = [
    ...ids.map((deviceId) => ({ documentId: operations.requestChallengeOperation.id, variables: { deviceId } })),
  ];
  const shapes = await Promise.all(documents.map(async (body) => shapeOf(await post(JSON.stringify(body)))));
  expect(shapes).toEqual([shapes[0], shapes[0], shapes[0]]);
  for (const operation of [
    operations.prekeysOperation,
    operations.directoryEntriesOperation,
    operations.casesOperation,
  ]) {
    const asked = ids.map((id) => ({ documentId: operation.id, variables: { deviceIds: [id], from: 0, first: 1 } }));
    const refused = await Promise.all(asked.map(async (body) => shapeOf(await post(JSON.stringify(body)))));
    expect(refused).toEqual([refused[0], refused[0], refused[0]]);
    expect(JSON.stringify(refused[0])).toMatch(/access\/refused|login\/session|request\//);
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

it('O14: an address that an untrusted peer claims is not believed: the limit hits, and the record has the true one', async () => {
  const { deviceId } = rig.world.keysOf('judge-xa');
  // Twice the bound, since its minute may end meanwhile.
  const asked: string[] = [];
  while (asked.length <= 2 * limits.loginChallengesPerMinute && asked.at(-1) !== 'login/too-many-attempts') {
    const claimed = `203.0.113.${asked.length}`;
    const headers = {
      ...{ 'x-forwarded-for': claimed, 'x-real-ip': claimed, 'cf-connecting-ip': claimed },
      ...{ forwarded: `for=${claimed};proto=https`, 'x-forwarded-host': 'evil.invalid', 'x-forwarded-proto': 'https' },
    };
    const body = JSON.stringify({ documentId: operations.requestChallengeOperation.id, variables: { deviceId } });
    asked.push(await codeOf(await post(body, headers)));
  }
  expect(asked.length).toBeGreaterThan(limits.loginChallengesPerMinute);
  expect([asked.at(-2), asked.at(-1)]).toEqual(['status 200', 'login/too-many-attempts']);
  const auditor = await rig.client('auditor-xb');
  const spoofed = await post(JSON.stringify({ documentId: operations.whoAmIOperation.id }), {
    ...{ ...bearer(), 'x-forwarded-for': '203.0.113.77', 'rogatory-client': 'spoofed/1' },
  });
  expect(spoofed.status).toBe(200);
  const review = { purpose: auditPurposes.integrityAndSecurity };
  const filter = { event: 'auth.whoami', device: rig.world.keysOf('judge-xb').deviceId } as const;
  let sources: (string | undefined)[] = [];
  while (sources.length === 0) {
    const { records } = await auditor.audit.list(review, filter, { first: 5 });
    sources = records.flatMap(({ groups: { src } }) => (src?.client === 'spoofed/1' ? [src.address] : []));
  }
  expect(sources).toEqual(['127.0.0.1']);
});

it('X05: nobody takes more room than the bound, however many ask at once; what is never finished is gone and its room free', async () => {
  const { open, evidence } = await rig.newCase();
  const judge = await rig.judgeAgain();
  await judge.cases.open(open.caseId);
  const segments = limits.maxFileBytes / limits.fileSegmentBytes;
  const largest = FILE_HEADER_BYTES + segments * FILE_SEALED_SEGMENT_BYTES;
  const begin = (sealedBytes: number): Promise<string> => {
    const call = { variables: { compartmentId: evidence, sealedBytes }, subject: actSubjects.beginUpload(evidence) };
    return judge.gateway.call(operations.beginUploadOperation, call, (told) => told.beginUpload.uploadId);
  };
  expect(await refusalOf(begin(largest + 1))).toMatchObject({ code: 'documents/size' });
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => begin(largest).catch((error: unknown) => error)));
  const begun = outcomes.filter((outcome) => typeof outcome === 'string');
  expect(begun).toHaveLength(Math.floor(limits.maxUploadBytesPerPerson / largest));
  const refused = outcomes.filter((outcome) => typeof outcome !== 'string');
  expect(new Set(refused.map((error) => Object(error) as { code: string }).map(({ code }) => code))).toEqual(
    new Set(['documents/quota']),
  );
  const small = await begin(112);
  const authorization = `Bearer ${await judge.gateway.accessToken()}`;
  const put = (bytes: number, part = 0): Promise<Response> =>
    fetch(`${rig.world.url}/uploads/${small}/parts/${part}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
    });
  // More than was announced is taken neither as the part nor as a further one.
  expect([(await put(113)).status, (await put(112, 1)).status, (await put(112)).status]).toEqual([400, 404, 204]);
  const blob = join(rig.world.folder, 'blobs', 'objects');
  const stored = async (): Promise<boolean> => (await readdir(blob, { recursive: true })).join(' ').includes(small);
  expect(await stored()).toBe(true);
  await rig.edit(['UPDATE upload SET expires_at = 1 WHERE NOT is_bound']);
  while ((await rig.world.server.features.documents.removeOrphans.run()) > 0);
  await judge.login();
  expect(await judge.gateway.call(operations.uploadsOperation, ownUploads(), (told) => told.uploads)).toEqual([]);
  expect(await stored()).toBe(false);
  const again = await Promise.all(begun.map(() => begin(largest)));
  expect(new Set(again).size).toBe(begun.length);
  token = await rig.judge.gateway.accessToken();
});

function ownUploads() {
  return { variables: {}, subject: actSubjects.listUploads() };
}

/** The shapes of a query that cost without end where nobody bounds them. */
const bombs: Readonly<Record<string, () => string>> = {
  'depth 500': () => `{ whoAmI ${'{ a '.repeat(500)}${'}'.repeat(500)} }`,
  '5,000 aliases of a root field': () =>
    `{ ${Array.from({ length: 5_000 }, (_, i) => `a${i}: server { demo }`).join(' ')} }`,
  '5,000 aliases of a field': () =>
    `{ server { ${Array.from({ length: 5_000 }, (_, i) => `a${i}: demo`).join(' ')} } }`,
  '10,000 directives': () => `{ server { demo ${'@skip(if: false) '.repeat(10_000)} } }`,
  '10,000 unknown directives': () => `{ server { demo ${'@x'.repeat(10_000)} } }`,
  '10,000 duplicate fields': () => `{ server { ${'demo '.repeat(10_000)} } }`,
  'a chain of 2,000 fragments': () =>
    `{ server { ...F0 } } ${Array.from({ length: 2_000 }, (_, i) => `fragment F${i} on ServerInfo { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F2000 on ServerInfo { demo }`,
  'a doubling chain within the tokens': () =>
    `{ server { ...F0 } } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on ServerInfo { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F60 on ServerInfo { demo }`,
  '200 times 100 inline fragments': () =>
    `{ server { ${`${'... on ServerInfo { '.repeat(100)}demo ${'} '.repeat(100)}`.repeat(200)} } }`,
  'a literal 20,000 deep': () => `{ prekeys(deviceIds: ${'['.repeat(20_000)}${']'.repeat(20_000)}) { prekey } }`,
  'an object literal 20,000 deep': () =>
    `{ auditRecords(filter: ${'{a:'.repeat(20_000)}1${'}'.repeat(20_000)}) { hasMore } }`,
};
/** What our own bounds say; the validation of the library, which costs, says something else. */
const bounded =
  /"message":"(not a GraphQL document, or too long|one root field to an operation|too many (aliases|directives)|query is too deep|query asks for too many fields)"/;

it('X01: no query bomb reaches the parser of a server that runs the documents of the list alone', async () => {
  for (const make of Object.values(bombs)) {
    expect(await codeOf(await post(JSON.stringify({ query: make() }), bearer()))).toBe('request/unknown-document');
  }
});

it('X01: where any document runs, every query bomb is refused by its own bound before it is validated, over both channels', async () => {
  await rig.world.restart(undefined, { admitsAnyDocument: true });
  await rig.judge.login();
  token = await rig.judge.gateway.accessToken();
  for (const [name, make] of Object.entries(bombs)) {
    const text = await (await post(JSON.stringify({ query: make() }), bearer())).text();
    expect([name, text]).toEqual([name, expect.stringMatching(bounded)]);
    // Longer frames are cut off unread (X04).
    const query = make().replace('{', 'subscription {');
    if (query.length > limits.maxFrameBytes - 1_000) continue;
    expect([name, await said({ query })]).toEqual([
      name,
      expect.stringMatching(/"code":"request\/(invalid|too-complex)"/),
    ]);
  }
  // Small enough for every bound: the type of the argument refuses it.
  const literal = `{ prekeys(deviceIds: ${'['.repeat(400)}${']'.repeat(400)}) { prekey } }`;
  expect(await codeOf(await post(JSON.stringify({ query: literal }), bearer()))).toBe('request/invalid');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const body = `{"documentId":"${operations.prekeysOperation.id}","variables":{"deviceIds":${deep}}}`;
  expect(await codeOf(await post(body, bearer()))).toBe('request/invalid');
  expect((await post(JSON.stringify({ documentId: operations.serverOperation.id }))).status).toBe(200);
}, 60_000);

/** What the server answers to one subscription of this session. */
function said(payload: object): Promise<string> {
  const socket = new WebSocket(`${rig.world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: token } })));
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.includes('connection_ack')) return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      resolve(text);
      return socket.close();
    });
    socket.on('error', reject);
    socket.on('close', (code) => resolve(`closed ${code}`));
  });
}
