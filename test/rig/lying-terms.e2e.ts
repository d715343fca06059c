import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  bytesSource,
  FetchTransport,
  MemoryStateStore,
  openClient,
  operations,
  unlockKeyStore,
} from '@rogatory/client';
import { padme } from '@rogatory/crypto/seal';
import { sealKeyStore } from '@rogatory/e2ee';
import { limits, Secret, systemRandom, toHex } from '@rogatory/kernel';
import { currentSuite, decodeKeyStoreFile, decodeSignedItem, encodeKeyStoreFile } from '@rogatory/protocol';
import { WebSocket } from 'ws';
import { onQuickest } from '../world/engines.js';
import type { JsonObject } from './evil-proxy.js';
import { ghostDevices } from './ghost-devices.js';
import { openable, sentBoxes } from './knowledge.js';
import { at, refusalOf, Rig } from './rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

/** Nonce, commitment and tag. */
const SEAL_BYTES = 72;
const headerWidths: readonly (readonly [string, number])[] = Object.entries({
  ...{ magic: 4, class: 1, flags: 1, suite: 2, case: 32, compartment: 32, object: 16, version: 4, epoch: 4, link: 32 },
  ...{ authority: 16, sender: 16, number: 8, voids: 2, previous: 32, directorySize: 8, directoryRoot: 32 },
  ...{ directoryTime: 8, logSize: 8, logRoot: 32, time: 8, zone: 2, length: 4 },
});
const signatureWidths = [
  ['signature R', 32],
  ['signature S', 32],
] as const;

const floor = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
const ceiling = { passes: limits.argon2CeilingPasses, memoryBytes: limits.argon2CeilingMemoryBytes };

it('S09: a key file of a cost outside the compiled bounds is refused before anything is derived from it', async () => {
  const { content } = rig.world.keysOf('judge-xc');
  const salt = systemRandom(16);
  const sealed = sealKeyStore({
    passphraseKey: new Secret(systemRandom(32)),
    header: { suite: currentSuite, ...floor, salt, generation: 1 },
    content,
    random: systemRandom,
  });
  const file = decodeKeyStoreFile(sealed);
  const passes = [0, floor.passes - 1, ceiling.passes + 1, 0xffff_ffff].map((value) => ({ passes: value }));
  const memory = [0, 1, 1_024, floor.memoryBytes - 1_024, floor.memoryBytes + 1, ceiling.memoryBytes + 1_024, 2 ** 52];
  // The larger ones would not end, and the machine has no memory for them: that an answer comes is the proof.
  for (const cost of [...passes, ...memory.map((memoryBytes) => ({ memoryBytes })), { passes: 0, memoryBytes: 0 }]) {
    const error = await refusalOf(unlockKeyStore(encodeKeyStoreFile({ ...file, ...cost }), 'a passphrase'));
    expect(error).toMatchObject({ family: 'codec', code: 'codec/cost' });
  }
  const short = Buffer.concat([sealed.subarray(0, 18), sealed.subarray(26)]);
  expect(await refusalOf(unlockKeyStore(short, 'a passphrase'))).toMatchObject({ family: 'codec' });
});

it.each([
  ['liaison-xb', { passes: 1, memoryBytes: 8, salt: '' }],
  ['liaison-xc', { passes: 0xffff_ffff, memoryBytes: 2 ** 52, salt: 'AAAA' }],
])('S09: what a server says of key derivation changes nothing of a login, nor of the key file (%s)', async (who, kdf) => {
  const terms = { ...kdf, iterations: kdf.passes, kdfIterations: kdf.passes, kdfMemory: kdf.memoryBytes };
  rig.proxy.lieEverywhere((answer) => {
    const grow = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const inner of Object.values(value)) grow(inner);
      if (!Array.isArray(value)) Object.assign(value, terms, { kdf: terms, prelogin: terms });
    };
    grow(answer);
    return answer;
  });
  const written: Uint8Array[] = [];
  const { fetch, webSocketImpl } = rig.proxy.route(rig.world.url);
  const client = await openClient({
    keys: rig.world.keysOf(who),
    keyStorage: { read: async () => undefined, replace: async (bytes) => void written.push(bytes) },
    stateStore: new MemoryStateStore(),
    transport: new FetchTransport({ server: rig.world.url, build: 'rogatory-test/1', fetch, webSocketImpl }),
  });
  await client.login();
  expect(written.length).toBeGreaterThan(0); // the first login publishes a prekey, which the file keeps
  for (const bytes of written) expect(decodeKeyStoreFile(bytes)).toMatchObject(floor);
});

it('S09: no part of the interface could carry parameters of a derivation', () => {
  const names = Object.values(rig.world.server.schema.getTypeMap()).flatMap((type) =>
    'getFields' in type ? [type.name, ...Object.keys(type.getFields())] : [type.name],
  );
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => /kdf|salt|argon|iteration|passes|password|passphrase/i.test(name))).toEqual([]);
});

it('S04: a device that a server adds to a member is refused whoever else signed it, and no key reaches it', async () => {
  const { entries, keys } = ghostDevices(rig);
  const known = rig.lead.directory.view.devicesOf(keys.personId).map(({ deviceId }) => deviceId);
  for (const [name, entry] of Object.entries(entries)) {
    rig.proxy.honest();
    rig.proxy.lie('DirectoryEntries', (answer, { variables }) => {
      const page = at(answer, 'data', 'directoryEntries');
      const told = page['entries'] as JsonObject[];
      const index = Number(variables['from']) + told.length;
      page['entries'] = [...told, { index, bytes: Buffer.from(entry).toString('base64'), card: null }];
      return answer;
    });
    const error = await refusalOf(rig.lead.directory.sync());
    expect([name, error.family, error.code]).toEqual([name, 'verification', expect.stringMatching(/^directory\//)]);
    // A device that never logged in before does not get further either.
    expect(await refusalOf(rig.client('prosecutor-xc'))).toMatchObject({ family: 'verification' });
    expect(rig.proxy.asked).not.toContain('Cases');
    expect(rig.lead.directory.view.devicesOf(keys.personId).map(({ deviceId }) => deviceId)).toEqual(known);
  }
  // While the server goes on lying, what is shared and rotated is shared with the devices that are certified.
  rig.proxy.seen.length = 0;
  const { open } = await rig.newCase();
  await rig.lead.cases.rotate(open, open.root.compartmentId);
  const sent = sentBoxes(rig.proxy.seen);
  expect(openable(sent, keys)).toBe(0);
  expect(openable(sent, rig.world.keysOf('judge-xb'))).toBeGreaterThan(1);
});

/** Where the fields of an item lie (docs/spec/items.md 1), the sealed body and the signature by their parts. */
function fieldsOf(bytes: Uint8Array): { readonly name: string; readonly start: number; readonly length: number }[] {
  const { header, headerBytes } = decodeSignedItem(bytes);
  const body = [
    ['nonce', 24],
    ['commitment', 32],
    ['ciphertext', header.sealedLength - SEAL_BYTES],
    ['tag', 16],
  ] as const;
  let end = 0;
  const fields = [...headerWidths, ...body, ...signatureWidths].map(([name, length]) => {
    const start = end;
    end += length;
    return { name, start, length };
  });
  expect(end).toBe(bytes.length);
  expect(fields.find(({ name }) => name === 'nonce')?.start).toBe(headerBytes.length);
  return fields;
}

it('S11: no two fields of an item can be exchanged, nor one for that of another item', async () => {
  const mine = await rig.lead.cases.open(rig.caseId);
  const judge = await rig.judgeAgain();
  const compartment = (await judge.cases.open(rig.caseId)).compartment(rig.evidence);
  await rig.lead.messages.post(mine, rig.evidence, { text: 'the words of one' });
  await rig.lead.messages.post(mine, rig.evidence, { text: 'the other words!' });
  let events: JsonObject[] = [];
  rig.proxy.lie('ContentLog', (answer) => {
    events = structuredClone(at(answer, 'data', 'contentLog')['events'] as JsonObject[]);
    return { errors: [{ extensions: { code: 'unavailable', family: 'unavailable' } }] };
  });
  expect(await refusalOf(compartment.sync())).toMatchObject({ family: 'unavailable' });
  const [one, other] = events.map(({ bytes }) => Buffer.from(String(bytes), 'base64'));
  if (one === undefined || other === undefined) throw new Error('no two items were told');
  const fields = fieldsOf(one);
  expect(fieldsOf(other)).toEqual(fields);
  const spoiled: Buffer[] = [];
  const put = (copy: Buffer, { start, length }: { start: number; length: number }, from: Buffer, at: number): void => {
    from.copy(copy, start, at, at + length);
  };
  fields.forEach((field, i) => {
    const taken = Buffer.from(one);
    put(taken, field, other, field.start);
    spoiled.push(taken);
    for (const second of fields.slice(i + 1).filter(({ length }) => length === field.length)) {
      const swapped = Buffer.from(one);
      put(swapped, field, one, second.start);
      put(swapped, second, one, field.start);
      spoiled.push(swapped);
    }
  });
  const changed = spoiled.filter((copy) => !copy.equals(one));
  expect(changed.length).toBeGreaterThan(70);
  const before = compartment.replica.size;
  for (const copy of changed) {
    rig.proxy.lie('ContentLog', (answer) => {
      at(answer, 'data', 'contentLog', 'events', 0)['bytes'] = copy.toString('base64');
      return answer;
    });
    expect((await refusalOf(compartment.sync())).family).toMatch(/verification|refused/);
    expect(compartment.replica.size).toBe(before);
  }
  rig.proxy.honest();
  await compartment.sync();
  const texts = judge.messages.list(compartment).map(({ text }) => text);
  expect(texts.slice(-2)).toEqual(['the words of one', 'the other words!']);
});

/** Whether two byte strings have 16 bytes in common, at whatever places. */
function haveCommonPart(a: Uint8Array, b: Uint8Array): boolean {
  const parts = new Set<string>();
  for (let i = 0; i + 16 <= a.length; i += 16) parts.add(toHex(a.subarray(i, i + 16)));
  for (let i = 0; i + 16 <= b.length; i++) if (parts.has(toHex(b.subarray(i, i + 16)))) return true;
  return false;
}

it('S28: the same words and the same file twice give unrelated bytes, of a size that stands for many', async () => {
  const { open, evidence } = await rig.newCase();
  const compartment = open.compartment(evidence);
  const lengths = [0, 1, 9, 30, 200, 201, 210, 220, 230];
  const texts = lengths.map((length) => 'x'.repeat(length));
  const random = Buffer.from(systemRandom(100)).toString('hex');
  for (const text of [...texts, 'x'.repeat(200), random]) await rig.lead.messages.post(open, evidence, { text });
  const sealed = compartment.replica.items.slice(-texts.length - 2).map(({ signed }) => signed.sealed);
  const sizes = sealed.map(({ length }) => length - SEAL_BYTES);
  for (const size of sizes) expect(padme(size)).toBe(size);
  expect(new Set(sizes.slice(4, 9)).size).toBeLessThanOrEqual(3);
  // What compresses well is as long as what does not.
  expect(sizes.at(-1)).toBe(sizes[4]);
  expect(haveCommonPart(sealed[4] as Uint8Array, sealed.at(-2) as Uint8Array)).toBe(false);
  const files = [new Uint8Array(10_000), new Uint8Array(10_000), new Uint8Array(9_900), systemRandom(9_800)];
  const known = new Set((await blobs()).keys());
  for (const bytes of files) await rig.lead.documents.upload(open, evidence, bytesSource('a.txt', bytes));
  const stored = [...(await blobs())].filter(([path]) => !known.has(path)).map(([, bytes]) => bytes);
  expect(stored.length).toBeGreaterThanOrEqual(files.length);
  const largest = stored.filter(({ length }) => length > 9_000);
  expect(new Set(largest.map(({ length }) => length)).size).toBe(1);
  expect(largest).toHaveLength(files.length);
  largest.forEach((bytes, i) => {
    for (const later of largest.slice(i + 1))
      expect(haveCommonPart(bytes.subarray(64), later.subarray(64))).toBe(false);
  });
});

async function blobs(): Promise<Map<string, Buffer>> {
  const folder = join(rig.world.folder, 'blobs');
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

it('S28: nothing is compressed on the way, whoever asks for it', async () => {
  const answer = await fetch(`${rig.world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip, deflate, br, zstd' },
    body: JSON.stringify({ documentId: operations.serverOperation.id }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  expect(answer.headers.get('content-encoding')).toBeNull();
  const checkpoint = await fetch(`${rig.world.url}/directory/log/checkpoint`, {
    headers: { 'accept-encoding': 'gzip, br' },
  });
  expect([checkpoint.status, checkpoint.headers.get('content-encoding')]).toEqual([200, null]);
  await checkpoint.text();
  const socket = new WebSocket(`${rig.world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: true,
  });
  await new Promise<void>((resolve, fail) => socket.on('open', resolve).on('error', fail));
  expect(socket.extensions).toBe('');
  socket.terminate();
});
