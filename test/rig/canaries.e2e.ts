import { readdir } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BytesTarget,
  bytesSource,
  type Client,
  type Compartment,
  follow,
  type OpenCase,
  operations,
  type UnlockedKeyStore,
} from '@rogatory/client';
import { systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { serverProgram, ServerProcess } from '../fault/server-process.js';
import { asAdministrator } from '../world/rows.js';
import { Canaries } from './canaries.js';
import type { JsonObject } from './evil-proxy.js';
import { at, furtherOf, justification, Rig } from './rig.js';

/** Linux shows the memory of a process to whoever started it, unless it was told not to. */
const canReadMemory = existsSync('/proc/self/mem') && ptraceScope() < (process.getuid?.() === 0 ? 3 : 2);
const isBuilt = existsSync(serverProgram);
const whenBuilt = isBuilt ? describe : describe.skip;

const word = toHex(systemRandom(12));
/** What only members may read: in every field that a person writes. */
const marked = (field: string): string => `${word} ${field}`;
/** What a person tells the server, which keeps it sealed: the reason for opening a file. */
const reason = `reason ${toHex(systemRandom(12))}`;
/** What an outsider sends in clear, hoping that it is written down somewhere. */
const thrown = `thrown-${toHex(systemRandom(12))}`;

/** Secrets by where they must not be. */
interface Lookouts {
  /** Contents and private keys: nowhere outside the members' devices. */
  readonly contents: Canaries;
  /** Tokens and grants, which a server sees but must not keep or write down. */
  readonly tokens: Canaries;
  /** Sealed where it is kept. */
  readonly reasons: Canaries;
}

const everything = ({ contents, tokens, reasons }: Lookouts): Canaries[] => [contents, tokens, reasons];

interface Stored {
  readonly table: string;
  readonly column: string;
  readonly bytes: Uint8Array;
}

whenBuilt('what is left behind of a day’s work on a server', () => {
  let rig: Rig;
  let looked: Lookouts;
  let memory: { readonly found: string[]; readonly bytes: number; readonly control: string[] } | undefined;
  let rows: readonly Stored[];
  let errors: string;
  const logFile = (): string => join(rig.world.folder, 'server.log');

  beforeAll(async () => {
    rig = await Rig.start();
    await rig.world.restart(async () => {
      const options = { logFile: logFile(), logLevel: 'debug' } as const;
      const server = await ServerProcess.start(rig.world.configuration, options);
      try {
        looked = await work(rig);
        errors = await throwThings(rig.world.url);
        if (canReadMemory) memory = await remembered(server.pid, looked.contents);
      } finally {
        await server.stop();
      }
      rows = await dumped(rig);
    });
  }, 120_000);
  afterAll(() => rig.stop());

  it('D05: the look-out finds what is there, in each form that it may take', () => {
    const bytes = systemRandom(32);
    const canaries = new Canaries();
    canaries.add('key', bytes);
    const before = systemRandom(7);
    const forms = [
      bytes,
      utf8(toHex(bytes)),
      utf8(toHex(bytes).toUpperCase()),
      ...[0, 1, 2].map((n) => utf8(Buffer.concat([before.subarray(0, n), bytes, before]).toString('base64'))),
      ...[0, 1, 2].map((n) => utf8(Buffer.concat([before.subarray(0, n), bytes, before]).toString('base64url'))),
    ];
    for (const form of forms) expect(canaries.in(Buffer.concat([before, form, before]))).not.toEqual([]);
    expect(canaries.in(systemRandom(10_000))).toEqual([]);
    expect(looked.contents.size).toBeGreaterThan(150);
    expect(looked.tokens.size).toBeGreaterThan(30);
  });

  it('D05: no row holds a content, a key, a token or a reason in clear', () => {
    const tables = new Set(rows.map(({ table }) => table));
    expect([...tables]).toEqual(
      expect.arrayContaining(['content_entry', 'box', 'audit_opening', 'login_refresh', 'upload']),
    );
    const all = Canaries.of(...everything(looked));
    for (const { table, column, bytes } of rows) {
      expect([table, column, all.in(bytes)]).toEqual([table, column, []]);
    }
  });

  it('D05: no file of the server does either: database, stored files, keys, heads, log', async () => {
    const found = await readdir(rig.world.folder, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    for (const part of ['database', 'blobs', 'keys', 'signer', 'server.log']) {
      expect(files.some((path) => path.startsWith(join(rig.world.folder, part)))).toBe(true);
    }
    const all = Canaries.of(...everything(looked));
    const hits: unknown[] = [];
    for (const path of files) {
      const inFile = await all.inFile(path);
      if (inFile.length > 0) hits.push([path.slice(rig.world.folder.length), inFile]);
    }
    expect(hits).toEqual([]);
  });

  it('D05, S23: what outsiders throw at the server stands neither in its log nor in its answers', async () => {
    const canaries = new Canaries();
    canaries.add('thrown', thrown);
    expect(errors.length).toBeGreaterThan(200);
    expect(canaries.in(utf8(errors))).toEqual([]);
    expect(await canaries.inFile(logFile())).toEqual([]);
  });

  it('S23: no address and no header but those for tokens carries a secret, and no request names where it comes from', () => {
    const { lines } = rig.proxy;
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.some((line) => line.includes('/content'))).toBe(true);
    for (const line of lines) {
      const [address = '', ...headers] = line.split('\n');
      expect(address).toMatch(/^(GET|POST|PUT) \/[a-z0-9/.-]*$/);
      const shown = headers
        .filter((header) => !/^(authorization|rogatory-grant|rogatory-why):/.test(header))
        .join('\n');
      for (const canaries of everything(looked)) expect(canaries.in(utf8(`${address}\n${shown}`))).toEqual([]);
      for (const canaries of [looked.contents, looked.reasons]) expect(canaries.in(utf8(address))).toEqual([]);
      expect(shown).not.toMatch(/^referer:/m);
    }
  });

  (canReadMemory ? it : it.skip)('D05: the memory of the running server holds no content and no private key', () => {
    expect(memory?.control).not.toEqual([]);
    expect(memory?.bytes).toBeGreaterThan(32 * 1024 * 1024);
    expect(memory?.found).toEqual([]);
  });

  it('D05: nothing that lies in the rows of sessions is a token', async () => {
    const columns = new Set(['token_hash', 'id', 'session', 'challenge']);
    const kept = rows.filter(({ table, column }) => table.startsWith('login_') && columns.has(column)).slice(-9);
    expect(kept).toHaveLength(9);
    const forms = (bytes: Uint8Array): string[] => {
      const plain = Buffer.from(bytes);
      return [plain.toString('base64url'), plain.toString('hex'), plain.toString('base64'), plain.toString('latin1')];
    };
    for (const token of kept.flatMap(({ bytes }) => forms(bytes)).filter((form) => /^[\x21-\x7e]{8,}$/.test(form))) {
      const { refreshSessionOperation, whoAmIOperation } = operations;
      const refreshed = await ask(rig.world.url, refreshSessionOperation.id, { refreshToken: token });
      const recognised = await ask(rig.world.url, whoAmIOperation.id, {}, token);
      for (const answer of [refreshed, recognised]) {
        expect(answer).toMatch(/"code":"/);
        expect(answer).not.toMatch(/accessToken|deviceId/);
      }
    }
  });
});

function ptraceScope(): number {
  const path = '/proc/sys/kernel/yama/ptrace_scope';
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

/** A case with a word of ours in everything that people write, and what of it is secret. */
async function work(rig: Rig): Promise<Lookouts> {
  const looked: Lookouts = { contents: new Canaries(), tokens: new Canaries(), reasons: new Canaries() };
  rig.proxy.honest();
  const noteTokens =
    (field: string) =>
    (answer: JsonObject): JsonObject => {
      for (const [name, value] of Object.entries(at(answer, 'data', field))) {
        const isToken = /token$|grant$/i.test(name) && typeof value === 'string';
        if (isToken) looked.tokens.add(`${field}.${name}`, value);
      }
      return answer;
    };
  rig.proxy.lie('Login', noteTokens('login'));
  rig.proxy.lie('OpenDocument', noteTokens('openDocument'));
  const { lead } = rig;
  await lead.login();
  const judge = await rig.judgeAgain();
  const open = await lead.cases.create({ title: marked('title'), compartments: [marked('compartment')] });
  await rig.admit(open, 'judge-xb', judge);
  const evidence = furtherOf(open);
  const { objectId } = await lead.messages.post(open, evidence, { subject: marked('subject'), text: marked('text') });
  const content = utf8(marked('content ').repeat(2_000));
  const added = await lead.documents.upload(open, evidence, bytesSource(marked('name.pdf'), content));
  const theirs = await judge.cases.open(open.caseId);
  const compartment = theirs.compartment(evidence);
  await judge.messages.reply(theirs, evidence, objectId, { text: marked('reply') });
  await judge.messages.acknowledge(theirs, evidence, objectId);
  await followed(judge, compartment, () => lead.messages.post(open, evidence, { text: marked('live') }));
  const target = new BytesTarget();
  const document = judge.documents.find(compartment, added.objectId);
  await judge.documents.download(compartment, document, target, { justification: { ...justification, text: reason } });
  expect(target.bytes !== undefined && Buffer.compare(target.bytes, content)).toBe(0);
  await lead.documents.withdraw(open, evidence, { objectId: added.objectId, version: 0, reason: marked('withdrawn') });
  await lead.cases.rotate(open, evidence);
  looked.contents.add('word', word);
  looked.reasons.add('reason', reason);
  for (const [who, client] of [
    ['prosecutor-xa', lead],
    ['judge-xb', judge],
  ] as const) {
    addKeys(looked.contents, who, rig.world.keysOf(who));
    addEpochs(looked.contents, who, await client.cases.open(open.caseId));
  }
  return looked;
}

/** One event by subscription. */
async function followed(reader: Client, compartment: Compartment, write: () => Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  let isLive = (): void => undefined;
  const live = new Promise<void>((resolve) => {
    isLive = resolve;
  });
  const reading = (async () => {
    const following = { signal: stop.signal, onLink: isLive };
    for await (const event of follow(reader.gateway, compartment, following)) if (event.kind === 'item') stop.abort();
  })();
  await live;
  await write();
  await reading;
}

function addKeys(canaries: Canaries, who: string, { content }: UnlockedKeyStore): void {
  const { signingSeed, kemSeed, localStateKey, prekeys } = content;
  signingSeed.use((bytes) => canaries.add(`${who} signing key`, bytes));
  kemSeed.use((bytes) => canaries.add(`${who} sealing key`, bytes));
  localStateKey.use((bytes) => canaries.add(`${who} key of the local state`, bytes));
  prekeys.forEach(({ seed }, i) => seed.use((bytes) => canaries.add(`${who} prekey ${i}`, bytes)));
}

function addEpochs(canaries: Canaries, who: string, open: OpenCase): void {
  for (const { compartmentId, keyring } of open.compartments) {
    for (const { kind, epoch, key } of keyring.exportEntries()) {
      canaries.add(`${who} ${compartmentId.slice(0, 6)} epoch ${epoch} (${kind})`, key);
    }
  }
}

/** Requests of nobody in particular, with a word in every place; and all that was answered. */
async function throwThings(url: string): Promise<string> {
  const json = { 'content-type': 'application/json' };
  const { caseOperation, loginOperation } = operations;
  const bodies = [
    { documentId: 'a'.repeat(64), variables: { thrown } },
    { documentId: thrown },
    { query: `{ ${thrown.replaceAll('-', '_')} }` },
    { documentId: caseOperation.id, variables: { caseId: thrown } },
    { documentId: caseOperation.id, variables: { [thrown]: 1 } },
    { documentId: loginOperation.id, variables: { statement: Buffer.from(thrown).toString('base64') } },
  ];
  const names = ['rogatory-act', 'rogatory-why', 'rogatory-client', 'x-request-id', 'referer', 'user-agent', 'origin'];
  const asked: [string, RequestInit][] = [
    ...bodies.map((body): [string, RequestInit] => [
      '/graphql',
      { method: 'POST', headers: json, body: JSON.stringify(body) },
    ]),
    [
      '/graphql',
      { method: 'POST', headers: { ...json, authorization: `Bearer ${thrown}` }, body: JSON.stringify(bodies[3]) },
    ],
    ['/graphql', { method: 'POST', headers: json, body: `{"documentId": ${thrown}` }],
    ...names.map((name): [string, RequestInit] => [
      '/graphql',
      { method: 'POST', headers: { ...json, [name]: thrown }, body: JSON.stringify(bodies[0]) },
    ]),
    [`/uploads/${thrown}/content`, { headers: { 'rogatory-grant': thrown } }],
    [`/directory/log/tile/${thrown}`, {}],
    [`/${thrown}?token=${thrown}`, {}],
  ];
  const told: string[] = [];
  for (const [path, init] of asked) {
    const answer = await fetch(`${url}${path}`, init);
    told.push(`${answer.status}`, ...[...answer.headers].map((header) => header.join(': ')), await answer.text());
  }
  return told.join('\n');
}

/** What of these is in the memory of the server, and whether something that has to be there is. */
async function remembered(pid: number, contents: Canaries) {
  const known = new Canaries();
  known.add('name of the log', 'demo.invalid/audit');
  const { found, bytes } = await Canaries.of(contents, known).inMemory(pid);
  const isKnown = (name: string): boolean => name.startsWith('name of the log');
  return { found: found.filter((name) => !isKnown(name)), control: found.filter(isKnown), bytes };
}

/** Every value of every row that is not a number. */
async function dumped(rig: Rig): Promise<readonly Stored[]> {
  return asAdministrator(rig.world.configuration, async (query) => {
    const tables = await query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
    const stored: Stored[] = [];
    for (const { name } of tables) {
      for (const row of await query(`SELECT * FROM "${String(name)}"`)) {
        for (const [column, value] of Object.entries(row)) {
          const bytes =
            value instanceof Uint8Array
              ? value
              : utf8(typeof value === 'string' ? value : (JSON.stringify(value, asText) ?? ''));
          stored.push({ table: String(name), column, bytes });
        }
      }
    }
    return stored;
  });
}

const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

async function ask(url: string, documentId: string, variables: object, bearer?: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ documentId, variables }),
  });
  return answer.text();
}
