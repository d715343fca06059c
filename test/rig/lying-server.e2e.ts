import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BytesTarget, bytesSource, MemoryStateStore, rootOf } from '@rogatory/client';
import { systemRandom, toHex, utf8 } from '@rogatory/kernel';
import type { JsonObject } from './evil-proxy.js';
import { openable, sentBoxes } from './knowledge.js';
import { onQuickest } from '../world/engines.js';
import { at, flipped, refusalOf, Rig, justification } from './rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

const writing = new Set(['AppendLinks', 'PostItem', 'AddDocument', 'CreateCase', 'SendHeartbeat']);
const wrote = (): string[] => rig.proxy.asked.filter((operation) => writing.has(operation));

const eventsOf = (answer: JsonObject): JsonObject[] => at(answer, 'data', 'contentLog')['events'] as JsonObject[];

/** The judge reads what is new through a lie, is refused, and reads it when told the truth. */
async function refusedThenRead(work: () => Promise<unknown>, codes: RegExp): Promise<void> {
  const error = await refusalOf(work());
  expect(error.family).toMatch(/verification|codec|refused/);
  expect(error.code).toMatch(codes);
  expect(JSON.stringify(error)).not.toContain('sealed words');
}

it('S01: a recipient key in place of another person’s never gets a key, at the first share and at a later one', async () => {
  const stranger = rig.world.keysOf('judge-xc');
  const thief = await rig.client('judge-xc');
  const [planted] = (await thief.directory.prekeysOf([stranger.deviceId]))(stranger.deviceId);
  if (planted === undefined) throw new Error('the stranger has no prekey');
  rig.proxy.honest();
  rig.proxy.lie('Prekeys', (answer) => {
    for (const told of at(answer, 'data')['prekeys'] as JsonObject[])
      told['prekey'] = Buffer.from(planted).toString('base64');
    return answer;
  });
  const { open } = await rig.newCase();
  await rig.lead.cases.rotate(open, open.root.compartmentId);
  const boxes = sentBoxes(rig.proxy.seen);
  expect(boxes.length).toBeGreaterThan(4);
  expect(openable(boxes, stranger)).toBe(0);
  expect(openable(boxes, rig.world.keysOf('judge-xb'))).toBeGreaterThan(0);
});

it('S01: a certificate in the directory that is not the signed one ends the login before anything is sent', async () => {
  rig.proxy.lie('DirectoryEntries', (answer) => {
    const entries = at(answer, 'data', 'directoryEntries')['entries'] as JsonObject[];
    const last = entries.at(-1);
    if (last !== undefined) last['bytes'] = flipped(last['bytes'], 40);
    return answer;
  });
  const error = await refusalOf(rig.client('liaison-xa'));
  expect(['verification', 'codec']).toContain(error.family);
  expect(wrote()).toEqual([]);
});

it('S06, S08: whatever is done to a wrapped key, the reader stores nothing, says one thing and does one thing', async () => {
  const { open, evidence } = await rig.newCase();
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(open.caseId);
  let elsewhere: JsonObject | undefined;
  rig.proxy.lie('Boxes', (answer) => {
    elsewhere = (at(answer, 'data', 'boxes')['boxes'] as JsonObject[]).at(-1);
    return answer;
  });
  await rig.lead.cases.rotate(open, rootOf(open.caseId));
  await theirs.root.sync();
  const lies: readonly ((box: JsonObject) => JsonObject)[] = [
    (box) => ({ ...box, bytes: flipped(box['bytes'], 3) }), // another recipient
    (box) => ({ ...box, bytes: flipped(box['bytes'], 20) }), // another prekey
    (box) => ({ ...box, bytes: flipped(box['bytes'], 100) }), // the encapsulation
    (box) => ({ ...box, bytes: flipped(box['bytes'], -40) }), // the sealed keys
    (box) => ({ ...box, bytes: flipped(box['bytes'], -1, 0x80) }), // the tag
    (box) => ({ ...box, bytes: elsewhere?.['bytes'] ?? '' }), // a box of another chain
    (box) => ({ ...box, ...elsewhere, seq: box['seq'] ?? 0 }),
  ];
  const reactions = new Set<string>();
  for (const lie of lies) {
    await rig.lead.cases.rotate(open, evidence);
    rig.proxy.honest();
    rig.proxy.lie('Boxes', (answer) => {
      const page = at(answer, 'data', 'boxes');
      page['boxes'] = (page['boxes'] as JsonObject[]).map(lie);
      return answer;
    });
    const before = judge.concerns.length;
    const { epoch } = (await theirs.compartment(evidence).sync()) && theirs.compartment(evidence).state;
    expect(theirs.compartment(evidence).keyring.canRead(epoch)).toBe(false);
    const said = judge.concerns.slice(before).map(({ kind, code }) => `${kind} ${code}`);
    reactions.add(JSON.stringify([said, rig.proxy.asked]));
    rig.proxy.honest();
    await open.sync();
    await rig.lead.members.answerComplaints(open, evidence);
    await theirs.compartment(evidence).sync();
    expect(theirs.compartment(evidence).keyring.canRead(epoch)).toBe(true);
  }
  expect([...reactions]).toHaveLength(1);
  expect([...reactions][0]).toContain('box-fault');
});

it('S10, S13, S16: an event whose version, suite, place, author or content was changed is never taken in', async () => {
  const mine = await rig.lead.cases.open(rig.caseId);
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(rig.caseId);
  const compartment = theirs.compartment(rig.evidence);
  const before = compartment.replica.size;
  await rig.lead.messages.post(mine, rig.evidence, { subject: 'Plan', text: 'the sealed words' });
  let length = 0;
  const lieAt = (index: number, mask: number): void =>
    rig.proxy.lie('ContentLog', (answer) => {
      for (const event of eventsOf(answer)) {
        length = Buffer.from(String(event['bytes']), 'base64').length;
        event['bytes'] = flipped(event['bytes'], index, mask);
      }
      return answer;
    });
  // Every byte of the header one after the other, then bytes all over.
  for (let index = 0; index < 260; index += 9) {
    lieAt(index, 1 << (index % 8));
    await refusedThenRead(() => compartment.sync(), /^(chain|codec|crypto|client)\//);
  }
  for (let index = 260; index < length; index += Math.ceil(length / 12)) {
    lieAt(index, 0x10);
    await refusedThenRead(() => compartment.sync(), /^(chain|codec|crypto|client)\//);
  }
  expect(compartment.replica.size).toBe(before);
  rig.proxy.honest();
  await compartment.sync();
  expect(judge.messages.list(compartment).at(-1)?.text).toBe('the sealed words');
});

it('S16, S20: events that are repeated, swapped, left out, moved or foreign are refused, and nothing is shown twice', async () => {
  const mine = await rig.lead.cases.open(rig.caseId);
  const { open: other, evidence: otherEvidence } = await rig.newCase();
  const foreign = await rig.lead.messages.post(other, otherEvidence, { subject: 'Other', text: 'of another case' });
  const foreignEvent = other.compartment(otherEvidence).replica.events[foreign.position];
  if (foreignEvent?.kind !== 'item') throw new Error('no item');
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(rig.caseId);
  const compartment = theirs.compartment(rig.evidence);
  const renumbered = (events: JsonObject[], from: number): JsonObject[] =>
    events.map((event, i) => ({ ...event, position: from + i }));
  const lies: readonly ((events: JsonObject[], from: number) => JsonObject[])[] = [
    (events, from) => renumbered([...events, ...events.slice(-1)], from),
    (events, from) => renumbered(events.toReversed(), from),
    (events) => events.slice(1),
    (events) => events.slice(0, -1),
    (events, from) => renumbered(events.slice(1), from),
    (events, from) => renumbered([events[0] as JsonObject, ...events], from),
    (events) => events.map((event) => ({ ...event, isLink: true })),
    (events, from) => [
      { ...(events[0] as JsonObject), position: from, bytes: Buffer.from(foreignBytes).toString('base64') },
    ],
  ];
  let foreignBytes: Uint8Array = utf8('');
  rig.proxy.lie('ContentLog', (answer, { variables }) => {
    if (variables['compartmentId'] === otherEvidence) {
      foreignBytes = Buffer.from(String(eventsOf(answer).at(-1)?.['bytes']), 'base64');
    }
    return answer;
  });
  await judge.cases.open(other.caseId);
  expect(foreignBytes.length).toBeGreaterThan(100);
  for (const lie of lies) {
    rig.proxy.honest();
    for (const text of ['one', 'two', 'three']) await rig.lead.messages.post(mine, rig.evidence, { text });
    rig.proxy.lie('ContentLog', (answer, { variables }) => {
      const page = at(answer, 'data', 'contentLog');
      const events = page['events'] as JsonObject[];
      if (events.length > 0) page['events'] = lie(events, Number(variables['from']));
      return answer;
    });
    const error = await refusalOf(compartment.sync());
    expect(error.family).toMatch(/verification|refused/);
    rig.proxy.honest();
    await compartment.sync();
    const read = judge.messages.list(compartment).slice(-4);
    expect(read.map(({ text }) => text).slice(1)).toEqual(['one', 'two', 'three']);
  }
  const shown = judge.messages.list(compartment).filter(({ text }) => ['one', 'two', 'three'].includes(text));
  expect(shown).toHaveLength(3 * lies.length);
});

it('S14, S26: stored bytes that were changed, cut, moved or of another file never become a file', async () => {
  const mine = await rig.lead.cases.open(rig.caseId);
  const bytes = new Uint8Array(3 * 1024 * 1024 + 77).fill(7);
  const first = await rig.lead.documents.upload(mine, rig.evidence, bytesSource('extract one.bin', bytes));
  const second = await rig.lead.documents.upload(mine, rig.evidence, bytesSource('extract two.bin', bytes));
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(rig.caseId);
  const compartment = theirs.compartment(rig.evidence);
  const stored: Buffer[] = [];
  for (const { objectId } of [first, second]) {
    const chunks: Buffer[] = [];
    rig.proxy.lieAboutFiles((file, start) => {
      chunks[start] = Buffer.from(file);
      return file;
    });
    const target = new BytesTarget();
    await judge.documents.download(compartment, judge.documents.find(compartment, objectId), target, { justification });
    expect(target.bytes && toHex(target.bytes.subarray(-4))).toBe('07070707');
    const whole = Buffer.alloc(Math.max(...chunks.map((chunk, start) => start + chunk.length).filter(Number.isFinite)));
    chunks.forEach((chunk, start) => chunk.copy(whole, start));
    stored.push(whole);
  }
  const [one, two] = [stored[0] as Buffer, stored[1] as Buffer];
  expect(one.length).toBe(two.length); // S28: the same bytes twice: one padded size, nothing else in common
  const same = one.subarray(64).filter((byte, i) => byte === two[64 + i]).length;
  expect(same / one.length).toBeLessThan(0.01);
  const middle = Math.floor(one.length / 2);
  const swapped = Buffer.concat([one.subarray(0, 100), one.subarray(middle), one.subarray(100, middle)]);
  const lies: readonly (() => Buffer)[] = [
    () => Buffer.from(two),
    () => Buffer.concat([one.subarray(0, middle), two.subarray(middle)]),
    () => swapped,
    () => Buffer.concat([one.subarray(0, middle), one.subarray(0, middle), one.subarray(2 * middle)]),
    () => one.subarray(0, one.length - 65_552),
    () => Buffer.alloc(one.length),
    ...[0, 20, 63, 64, 70_000, middle, one.length - 1].map((at) => () => {
      const flip = Buffer.from(one);
      flip[at] = (flip[at] as number) ^ 1;
      return flip;
    }),
  ];
  for (const lie of lies) {
    rig.proxy.lieAboutFiles((file, start) => lie().subarray(start, start + file.length));
    const target = new BytesTarget();
    const document = judge.documents.find(compartment, first.objectId);
    const error = await refusalOf(judge.documents.download(compartment, document, target, { justification }));
    expect(error.family).toMatch(/verification|unavailable|codec/);
    expect(target.bytes).toBeUndefined();
  }
  rig.proxy.honest();
  rig.proxy.lie('OpenDocument', (answer, { variables }) => {
    expect(variables['objectId']).toBe(first.objectId);
    return { ...answer, data: { openDocument: { ...at(answer, 'data', 'openDocument'), ...confused } } };
  });
  for (const lie of [
    { sealedBytes: one.length - 1 },
    { sealedBytes: 1 },
    { grant: 'x\r\ny: z' },
    { uploadId: '../..' },
  ]) {
    confused = lie;
    const target = new BytesTarget();
    const document = judge.documents.find(compartment, first.objectId);
    await refusalOf(judge.documents.download(compartment, document, target, { justification }));
    expect(target.bytes).toBeUndefined();
  }
});
let confused: JsonObject = {};

it('S22: a challenge of any other form is not signed, and a signed one serves for nothing else', async () => {
  const link = rig.lead;
  expect(link.concerns.filter(({ kind }) => kind === 'fork')).toEqual([]);
  for (const challenge of [utf8('too short'), systemRandom(33), systemRandom(4_096), new Uint8Array(0)]) {
    rig.proxy.honest();
    rig.proxy.lie('RequestChallenge', (answer) => {
      at(answer, 'data', 'requestChallenge')['challenge'] = Buffer.from(challenge).toString('base64');
      return answer;
    });
    const error = await refusalOf(rig.client('judge-xb'));
    expect(error.family).toMatch(/codec|verification|usage/);
    expect(rig.proxy.asked).not.toContain('Login');
  }
  rig.proxy.honest();
  rig.proxy.lie('RequestChallenge', (answer) => {
    at(answer, 'data', 'requestChallenge')['challenge'] = Buffer.from(systemRandom(32)).toString('base64');
    return answer;
  });
  // Of the right form but not the server's: signed as a login, and refused as one.
  expect(await refusalOf(rig.client('judge-xb'))).toMatchObject({ family: 'refused' });
});

it('S02, S27: keys, recoveries, policies and flags that a server adds to its answers change nothing', async () => {
  const planted = { recoveryKey: 'AAAA', escrow: true, resetPassword: { publicKey: 'AAAA' }, requireBackup: true };
  rig.proxy.lieEverywhere((answer) => {
    const grow = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const inner of Object.values(value)) grow(inner);
      if (!Array.isArray(value)) Object.assign(value, planted);
    };
    grow(answer['data']);
    return answer;
  });
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(rig.caseId);
  await judge.messages.post(theirs, rig.evidence, { text: 'as always' });
  const known = new Set([
    ...['Server', 'RequestChallenge', 'Login', 'DirectoryEntries', 'WhoAmI', 'Case', 'ContentLog', 'Boxes'],
    ...['SendHeartbeat', 'Heartbeats', 'PostItem', 'PublishPrekeys'],
  ]);
  expect(rig.proxy.asked.filter((operation) => !known.has(operation))).toEqual([]);
  expect(sentBoxes(rig.proxy.seen)).toEqual([]);
});

it('S07, D07: a server that shows other keys, another federation or another clock than was pinned is left at once', async () => {
  const otherLog = (server: JsonObject) => (server['auditOrigin'] = `${String(server['auditOrigin'])}-9`);
  const lies: readonly ((server: JsonObject) => void)[] = [
    otherLog,
    // Beside the directory that it tells of: one server has both under one name.
    (server) => (server['auditOrigin'] = 'elsewhere.invalid/audit/log/2026h2'),
    (server) => (server['promiseKey'] = Buffer.from(rig.world.keysOf('judge-xc').signing.publicKey).toString('base64')),
    (server) => (server['logKeys'] = (server['logKeys'] as string[]).slice(0, 1)),
    (server) => (server['federationRoot'] = flipped(server['federationRoot'], 30)),
    (server) => (server['suite'] = 0),
    (server) => (server['suite'] = 2),
    (server) => (server['timeMs'] = 1),
  ];
  for (const lie of lies) {
    rig.proxy.honest();
    rig.proxy.lie('Server', (answer) => {
      lie(at(answer, 'data', 'server'));
      return answer;
    });
    const error = await refusalOf(rig.client('judge-xb'));
    expect(error.family).toMatch(/verification|codec/);
    // Another log may follow the pinned one: then the server has to show how, and is asked nothing else.
    expect(rig.proxy.asked).toEqual(lie === otherLog ? ['Server', 'LogSuccession'] : ['Server']);
  }
});

it('D07: a forged receipt is noticed, and the act that it was for is named', async () => {
  const judge = await rig.judgeAgain();
  rig.proxy.lie('Cases', (answer) => {
    const receipt = at(answer, 'extensions', 'receipt');
    receipt['promise'] = flipped(receipt['promise'], -1);
    return answer;
  });
  await judge.cases.list();
  expect(judge.concerns.at(-1)).toMatchObject({ kind: 'receipt-wrong', recordId: expect.any(String) });
  rig.proxy.lie('Cases', ({ data }) => ({ data: data ?? null }));
  await judge.cases.list();
  expect(judge.concerns.at(-1)).toMatchObject({ kind: 'receipt-missing' });
});

it('S29: a device whose state was copied or set back cannot write again with it', async () => {
  const mine = await rig.lead.cases.open(rig.caseId);
  await rig.lead.messages.post(mine, rig.evidence, { text: 'before the copy' });
  const original = new MemoryStateStore();
  const owner = await rig.world.client('prosecutor-xb', { stateStore: original });
  await owner.cases.list();
  const copy = new MemoryStateStore();
  for (const name of await original.list()) {
    const value = await original.read(name);
    if (value !== undefined) await copy.write(name, value);
    for (const record of await original.readRecords(name)) await copy.append(name, record);
  }
  await owner.cases.list();
  await owner.cases.list();
  const clone = await rig.world.opened('prosecutor-xb', { stateStore: copy });
  expect(await refusalOf(clone.login().then(() => clone.cases.list()))).toMatchObject({ code: 'client/device-state' });
});

it('S29: what is posted again after a lost answer is the same bytes, and stands once', async () => {
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(rig.caseId);
  rig.proxy.lie('PostItem', () => ({ errors: [{ extensions: { code: 'unavailable', family: 'unavailable' } }] }));
  expect(await refusalOf(judge.messages.post(theirs, rig.evidence, { text: 'lost answer' }))).toMatchObject({
    family: 'unavailable',
  });
  const again = await rig.judgeAgain();
  const open = await again.cases.open(rig.caseId);
  const sentBefore = rig.proxy.seen.filter(({ operation }) => operation === 'PostItem');
  rig.proxy.lie('PostItem', (answer) => answer);
  await again.messages.post(open, rig.evidence, { text: 'after it' });
  const texts = again.messages.list(open.compartment(rig.evidence)).map(({ text }) => text);
  expect(texts.filter((text) => text === 'lost answer')).toHaveLength(1);
  expect(texts.at(-1)).toBe('after it');
  const items = rig.proxy.seen
    .filter(({ operation }) => operation === 'PostItem')
    .map(({ variables }) => variables['item']);
  const nonces = items.map((item) => String(item));
  expect(new Set(nonces).size).toBe(sentBefore.length + 1);
});
