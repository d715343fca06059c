import { describe, expect, it, jest } from '@jest/globals';
import { decodeBox, itemClasses, legalBases } from '@rogatory/protocol';
import type { Client } from './client.js';
import { rootOf } from './cases/open-case.js';
import { bytesSource, BytesTarget } from './documents/file-ports.js';
import { fromBase64, limits, toHex } from '@rogatory/kernel';
import { unansweredError } from './client.errors.js';
import type { GraphqlRequest, Transport } from './transport/transport.js';
import { ClientWorld } from './testing/client-world.js';
import { twoInOneCase } from './testing/two-in-one-case.js';

/** Intervals alone stand still: what the client waits for is the server in memory. */
const realTimers = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
];
/** @throws when it does not come to be in many turns of the event loop. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns > 100_000) throw new Error('it did not come to be');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const none = new Uint8Array(0);
const justification = { legalBasis: legalBases.investigation, instrument: 'JIT-1', text: 'needed for the hearing' };

const textsOf = (client: Client, compartment: Parameters<Client['messages']['list']>[0]) =>
  client.messages.list(compartment).map(({ text }) => text);

describe('a client', () => {
  it('creates a case, admits a colleague with history, and both read each other', async () => {
    const { annClient, bobClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const first = await annClient.messages.post(open, root, { subject: 'Plan', text: 'We open on Monday.' });
    const theirs = await bobClient.cases.open(open.caseId);
    expect(bobClient.cases.info(theirs.root)?.title).toBe('Harbour');
    expect(textsOf(bobClient, theirs.root)).toEqual(['We open on Monday.']);
    await bobClient.messages.reply(theirs, root, first.objectId, { text: 'Agreed.' });
    await bobClient.messages.acknowledge(theirs, root, first.objectId);
    await open.sync();
    expect(textsOf(annClient, open.root)).toEqual(['We open on Monday.', 'Agreed.']);
    expect(annClient.messages.acknowledgements(open.root, first)).toHaveLength(1);
    expect(annClient.messages.threads(open.root)[0]?.messages).toHaveLength(2);
    expect([...annClient.concerns, ...bobClient.concerns]).toEqual([]);
  });

  it('goes on after a new start from what it saved', async () => {
    const { ann, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    await annClient.messages.post(open, root, { text: 'one' });
    await annClient.close();
    const again = await ann.open();
    await again.login();
    const reopened = await again.cases.open(open.caseId);
    await again.messages.post(reopened, root, { text: 'two' });
    expect(textsOf(again, reopened.root)).toEqual(['one', 'two']);
  });

  it('removes a member from every compartment; what follows stays closed to them', async () => {
    const { annClient, bobClient, bob, open, phones } = await twoInOneCase();
    const theirs = await bobClient.cases.open(open.caseId);
    await annClient.cases.remove(open, bob.person.id);
    const later = await annClient.messages.post(open, phones.compartmentId, { text: 'after' });
    expect(textsOf(annClient, phones)).toEqual(['after']);
    await expect(theirs.sync()).rejects.toMatchObject({ code: 'access/refused' });
    const compartment = theirs.compartment(phones.compartmentId);
    await compartment.sync();
    expect(compartment.replica.events[later.position]).toMatchObject({ kind: 'item' });
    expect(textsOf(bobClient, compartment)).toEqual([]);
  });

  it('sends an item again, byte for byte, when its answer was lost', async () => {
    const { world, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    let lost = 0;
    world.server.loseAnswer = (name) => name === 'PostItem' && lost++ === 0;
    await expect(annClient.messages.post(open, root, { text: 'once' })).rejects.toMatchObject({
      code: 'client/network',
    });
    await annClient.messages.post(open, root, { text: 'twice' });
    expect(textsOf(annClient, open.root)).toEqual(['once', 'twice']);
    const items = open.root.replica.items.filter(({ signed }) => signed.header.itemClass === itemClasses.message);
    expect(items.map(({ signed }) => signed.header.voids)).toEqual([0, 0]);
  });

  it('shares its storage with a second process: no number is used twice, every item arrives', async () => {
    const { ann, annClient, open, world } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const second = await ann.open();
    await second.login();
    const theirs = await second.cases.open(open.caseId);
    const write = async (client: Client, opened: typeof open, name: string): Promise<void> => {
      for (let i = 0; i < 4; i++) await client.messages.post(opened, root, { text: `${name}${i}` });
    };
    await Promise.all([write(annClient, open, 'a'), write(second, theirs, 'b')]);
    await open.sync();
    expect(textsOf(annClient, open.root).sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3']);
    expect(world.server.calls.filter((name) => name === 'PostItem').length).toBeGreaterThanOrEqual(8);
  });

  it('writes only on a history that somebody confirmed within a day', async () => {
    const { world, annClient, bobClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const theirs = await bobClient.cases.open(open.caseId);
    world.federation.nowMs += 25 * 3_600_000;
    const post = () => annClient.messages.post(open, root, { text: 'a day later' });
    await expect(post()).rejects.toMatchObject({ code: 'client/unanchored' });
    await bobClient.cases.open(theirs.caseId);
    await post();
    expect(textsOf(annClient, open.root)).toEqual(['a day later']);
  });

  it('renews the key of its own accord when a member device was revoked', async () => {
    const { world, bob, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const { epoch } = open.root.state;
    world.federation.standDevice(bob.device);
    world.federation.nowMs += 10 * 60_000;
    const sent = await annClient.messages.post(open, root, { text: 'not for a lost device' });
    expect(open.root.state.epoch).toBe(epoch + 1);
    expect(open.root.replica.items.at(-1)?.position).toBe(sent.position);
  });

  it('renews the key also when it heard of the revocation from nobody but the server that refused', async () => {
    const { world, bob, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    await annClient.messages.post(open, root, { text: 'before' });
    const { epoch } = open.root.state;
    world.federation.standDevice(bob.device);
    const sent = await annClient.messages.post(open, root, { text: 'not for a device that was lost a moment ago' });
    expect(open.root.state.epoch).toBe(epoch + 1);
    const item = open.root.replica.items.find(({ position }) => position === sent.position);
    expect(item?.signed.header.epoch).toBe(epoch + 1);
  });

  it('renews the key of an epoch that came of age after the directory head at hand', async () => {
    const { world, annClient, bobClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const { epoch, policy } = open.root.state;
    world.federation.nowMs += policy.rotateAfterMs - 1_000;
    await bobClient.cases.open(open.caseId);
    await annClient.messages.post(open, root, { text: 'the last of its epoch' });
    expect(open.root.state.epoch).toBe(epoch);
    world.federation.nowMs += 2_000;
    await annClient.messages.post(open, root, { text: 'the first of the next' });
    expect(open.root.state.epoch).toBe(epoch + 1);
  });

  it('publishes a new prekey before the old one ends; boxes name it from then on, and open', async () => {
    const { world, bob, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const prekeys = (): string[] => {
      const { boxes } = world.server.cases.boxes(root, 0, bob.device.id);
      return boxes.map(({ bytes }) => toHex(decodeBox(fromBase64(bytes)).prekeyHash));
    };
    const [before] = prekeys();
    world.federation.nowMs += 11 * 24 * 3_600_000;
    const again = await bob.open();
    await again.login();
    const theirs = await again.cases.open(open.caseId);
    await annClient.cases.rotate(open, root);
    const after = prekeys().at(-1);
    expect(new Set([before, after, '0'.repeat(64)]).size).toBe(3);
    await annClient.messages.post(open, root, { text: 'under the new key' });
    await theirs.sync();
    expect(textsOf(again, theirs.root)).toEqual(['under the new key']);
  });

  it('makes the rules of a compartment stricter, for everybody, and never looser', async () => {
    const { annClient, bobClient, open, phones } = await twoInOneCase();
    const { compartmentId } = phones;
    const { policy } = phones.state;
    const stricter = { headConfirmationMs: policy.headConfirmationMs / 2 };
    expect(await annClient.cases.tighten(open, compartmentId, stricter)).toEqual({ ...policy, ...stricter });
    const theirs = await bobClient.cases.open(open.caseId);
    expect(theirs.compartment(compartmentId).state.policy).toEqual({ ...policy, ...stricter });
    expect(theirs.root.state.policy).toEqual(policy);
    const looser = annClient.cases.tighten(open, compartmentId, policy);
    await expect(looser).rejects.toMatchObject({ code: 'chain/policy' });
    const many = annClient.cases.tighten(open, compartmentId, { minimumLeads: 2 });
    await expect(many).rejects.toMatchObject({ code: 'chain/policy' });
  });

  it('delivers live, in order, without gap or duplicate', async () => {
    const { annClient, bobClient, open } = await twoInOneCase();
    const { follow } = await import('./cases/following.js');
    const root = rootOf(open.caseId);
    const theirs = await bobClient.cases.open(open.caseId);
    const stop = new AbortController();
    const from = theirs.root.replica.size;
    const seen: number[] = [];
    const reading = (async () => {
      for await (const event of follow(bobClient.gateway, theirs.root, { signal: stop.signal, from })) {
        seen.push(event.position);
        if (seen.length === 5) stop.abort();
      }
    })();
    for (let i = 0; i < 5; i++) await annClient.messages.post(open, root, { text: `live ${i}` });
    await reading;
    expect(seen).toEqual([0, 1, 2, 3, 4].map((i) => from + i));
    expect(textsOf(bobClient, theirs.root)).toEqual([0, 1, 2, 3, 4].map((i) => `live ${i}`));
  });

  it('states its heads while it watches, so that the others may write on after a day', async () => {
    const { world, annClient, bobClient, open } = await twoInOneCase();
    const { follow } = await import('./cases/following.js');
    const root = rootOf(open.caseId);
    const theirs = await bobClient.cases.open(open.caseId);
    const stop = new AbortController();
    jest.useFakeTimers({ doNotFake: realTimers });
    let heard = 0;
    const reading = (async () => {
      for await (const event of follow(bobClient.gateway, theirs.root, { signal: stop.signal })) heard = event.position;
    })();
    try {
      for (let day = 0; day < 3; day++) {
        const { position } = await annClient.messages.post(open, root, { text: `day ${day}` });
        await until(() => heard >= position);
        world.federation.nowMs += limits.headConfirmationMs * 0.75;
        const before = world.server.cases.heartbeats(root)[0];
        jest.advanceTimersByTime(limits.heartbeatLookMs);
        await until(() => world.server.cases.heartbeats(root)[0] !== before);
      }
      // Nobody opened the case anew.
      const last = await annClient.messages.post(open, root, { text: 'the fourth day' });
      expect(last.text).toBe('the fourth day');
    } finally {
      jest.useRealTimers();
      stop.abort();
      await reading;
    }
  });

  it('stores a file of several parts sealed, and gives it back whole, ranged and after an interruption', async () => {
    const { world, annClient, bobClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const content = new Uint8Array(9_000_001).map((_, i) => (i * 7 + (i >> 9)) % 251);
    const document = await annClient.documents.upload(open, root, bytesSource('extract.bin', content));
    expect(document.manifest.trueSize).toBe(content.length);
    const theirs = await bobClient.cases.open(open.caseId);
    const [listed] = bobClient.documents.list(theirs.root);
    if (listed === undefined) throw new RangeError('not listed');
    const target = new BytesTarget();
    world.server.files.cutDownloadAt = 8_600_000;
    const wish = { justification };
    const cut = bobClient.documents.download(theirs.root, listed, target, wish);
    await expect(cut).rejects.toMatchObject({ code: 'client/interrupted' });
    expect(target.bytes).toBeUndefined();
    expect(await target.size()).toBeGreaterThan(0);
    world.server.files.cutDownloadAt = undefined;
    await bobClient.documents.download(theirs.root, listed, target, wish);
    expect(Buffer.compare(target.bytes ?? new Uint8Array(0), content)).toBe(0);
    const pieces: Uint8Array[] = [];
    const range = { justification, offset: 262_000, length: 600_000 };
    for await (const piece of bobClient.documents.read(theirs.root, listed, range)) pieces.push(piece);
    expect(Buffer.compare(Buffer.concat(pieces), content.subarray(262_000, 862_000))).toBe(0);
  });

  it('resumes an upload with the same bytes, and takes a new key when the source changed', async () => {
    const { world, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const content = new Uint8Array(9_000_000).fill(5);
    world.server.files.breakPart = (index) => index === 1;
    const source = bytesSource('scan.bin', content);
    await expect(annClient.documents.upload(open, root, source)).rejects.toMatchObject({ family: 'unavailable' });
    expect(await annClient.documents.interrupted()).toHaveLength(1);
    world.server.files.breakPart = () => false;
    const changed = content.slice();
    changed[8_999_999] = 6;
    await annClient.documents.upload(open, root, bytesSource('scan.bin', changed));
    expect(world.server.files.uploads.size).toBe(1);
    const [listed] = annClient.documents.list(open.root);
    if (listed === undefined) throw new RangeError('not listed');
    const target = new BytesTarget();
    await annClient.documents.download(open.root, listed, target, { justification });
    expect(Buffer.compare(target.bytes ?? new Uint8Array(0), changed)).toBe(0);
    expect(await annClient.documents.interrupted()).toEqual([]);
  });

  it('finds a document again whose acceptance it was never told, and does not take a changed source for it', async () => {
    const { world, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const content = new Uint8Array(100_000).fill(5);
    const upload = (name: string, bytes: Uint8Array) =>
      annClient.documents.upload(open, root, bytesSource(name, bytes));
    const isLost = (name: string): boolean => name === 'AddDocument';
    world.server.loseAnswer = isLost;
    await expect(upload('scan.bin', content)).rejects.toMatchObject({ code: 'client/network' });
    world.server.loseAnswer = () => false;
    const found = await upload('scan.bin', content);
    expect(annClient.documents.list(open.root).map(({ objectId }) => objectId)).toEqual([found.objectId]);
    expect(await annClient.documents.interrupted()).toEqual([]);
    world.server.loseAnswer = isLost;
    await expect(upload('other.bin', content)).rejects.toMatchObject({ code: 'client/network' });
    world.server.loseAnswer = () => false;
    const changed = content.slice().fill(6, 99_999);
    const other = await upload('other.bin', changed);
    expect(annClient.documents.list(open.root)).toHaveLength(3);
    const target = new BytesTarget();
    await annClient.documents.download(open.root, other, target, { justification });
    expect(Buffer.compare(target.bytes ?? new Uint8Array(0), changed)).toBe(0);
  });
});

describe('a client whose connections die', () => {
  it('asks again, as another act, and posts again in the same bytes', async () => {
    const { world, ann, open } = await twoInOneCase();
    const honest = world.server.transport();
    const sent = new Map<string, GraphqlRequest[]>();
    const request: Transport['request'] = async (asked) => {
      const earlier = sent.get(asked.operation.name) ?? [];
      sent.set(asked.operation.name, [...earlier, asked]);
      if (earlier.length === 0 && asked.operation.name !== 'Login')
        throw unansweredError(new TypeError('fetch failed'));
      return honest.request(asked);
    };
    world.server.transport = () => ({ ...honest, request });
    const client = await ann.open();
    await client.whoAmI();
    const again = await client.cases.open(open.caseId);
    await client.messages.post(again, rootOf(open.caseId), { text: 'still here' });
    expect(textsOf(client, again.root)).toEqual(['still here']);
    const actsOf = (name: string) => new Set((sent.get(name) ?? []).map(({ proof }) => toHex(proof.act ?? none)));
    expect([sent.get('PostItem')?.length, actsOf('PostItem').size]).toEqual([2, 1]);
    expect(actsOf('ContentLog').size).toBe(sent.get('ContentLog')?.length);
    expect(client.concerns).toEqual([]);
  });
});

describe('a client before a server that lies', () => {
  it.each([
    ['a changed byte of an entry', 'DirectoryEntries'],
    ['a changed root of the content log', 'ContentLog'],
    ['another own identity', 'WhoAmI'],
  ])('refuses %s', async (_, name) => {
    const world = new ClientWorld();
    const ann = world.actor('AA');
    const client = await ann.open();
    await client.login();
    const open = await client.cases.create({ title: 'Harbour' });
    world.federation.person(ann.person.authority);
    world.server.tamper = (operation, data) => (operation === name ? flipped(data) : data);
    const again = await ann.open();
    const work = async () => {
      await again.login();
      await again.cases.open(open.caseId);
    };
    await expect(work()).rejects.toMatchObject({ family: 'verification' });
  });

  it('refuses a history that is shorter than the one it verified before', async () => {
    const { ann, annClient, open, world } = await twoInOneCase();
    const root = rootOf(open.caseId);
    await annClient.messages.post(open, root, { text: 'one' });
    await annClient.messages.post(open, root, { text: 'two' });
    const again = await ann.open();
    await again.login();
    const state = world.server.cases.state(root);
    world.server.tamper = (name, data) => {
      if (name !== 'ContentLog') return data;
      const page = data['contentLog'] as { events: { position: number }[]; size: number; hasMore: boolean };
      const events = page.events.filter(({ position }) => position < 2);
      return { contentLog: { ...page, events, size: 2, hasMore: events.length > 0 && events.at(-1)?.position !== 1 } };
    };
    expect(state.content.size).toBeGreaterThan(2);
    await expect(again.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/history-rollback' });
  });

  it('refuses a state that was copied: its numbers are spent', async () => {
    const { ann, annClient, open } = await twoInOneCase();
    const copy = await copyOfStorage(ann.storage);
    await annClient.messages.post(open, rootOf(open.caseId), { text: 'by the original' });
    const clone = await ann.open(copy);
    await expect(clone.login()).rejects.toMatchObject({ code: 'client/device-state' });
  });
});

async function copyOfStorage(storage: Awaited<ReturnType<typeof twoInOneCase>>['ann']['storage']) {
  const { MemoryStateStore } = await import('./state/memory-state-store.js');
  const copy = new MemoryStateStore();
  for (const name of await storage.list()) {
    const bytes = await storage.read(name);
    if (bytes !== undefined) await copy.write(name, bytes);
  }
  return copy;
}

/** The answer with one bit of its longest text changed. */
function flipped(data: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(data);
  const longest = [...text.matchAll(/[A-Za-z0-9+/]{32,}/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (longest === undefined) return data;
  const at = longest.index + 20;
  const other = text[at] === 'A' ? 'B' : text[at] === 'a' ? 'b' : text[at] === '1' ? '2' : '1';
  return JSON.parse(text.slice(0, at) + other + text.slice(at + 1)) as Record<string, unknown>;
}
