import { describe, expect, it } from '@jest/globals';
import { type ItemClass, itemClasses } from '@rogatory/protocol';
import { type ObjectId, toHex } from '@rogatory/kernel';
import { bytesSource } from '../documents/file-ports.js';
import { readMessage } from '../messages/messages.js';
import { twoInOneCase } from '../testing/two-in-one-case.js';
import { contentOf } from './item-content.js';
import { rootOf } from './open-case.js';

describe('an item that its author made unreadable', () => {
  it('stands alone: every list, find, upload and title goes on, and one concern names who signed it', async () => {
    const { annClient, bobClient, bob, open, theirs } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const document = await annClient.documents.upload(open, root, bytesSource('a.txt', new Uint8Array(9)));
    const message = await annClient.messages.post(open, root, { text: 'before' });
    const spoil = async (itemClass: ItemClass, ...plaintext: number[]): Promise<number> => {
      const objectId = toHex(new Uint8Array(16).fill(itemClass)) as ObjectId;
      const draft = { itemClass, objectId, version: 1, plaintext: new Uint8Array(plaintext) };
      return (await bobClient.cases.post(theirs, root, () => draft)).position;
    };
    const positions = [
      await spoil(itemClasses.withdrawal, 1, 2, 3),
      await spoil(itemClasses.message, 9),
      await spoil(itemClasses.acknowledgement),
      await spoil(itemClasses.document, 7, 7),
    ];
    await open.sync();
    const { root: compartment } = open;
    expect(annClient.documents.list(compartment).map(({ objectId }) => objectId)).toEqual([document.objectId]);
    expect(annClient.messages.list(compartment).map(({ text }) => text)).toEqual(['before']);
    expect(annClient.messages.sealed(compartment)).toEqual([]);
    expect(annClient.messages.acknowledgements(compartment, message)).toEqual([]);
    await annClient.documents.upload(open, root, bytesSource('b.txt', new Uint8Array(3)));
    expect(annClient.documents.list(compartment)).toHaveLength(2);
    expect(annClient.messages.unreadable(compartment)).toMatchObject([
      { position: positions[1], author: { personId: bob.person.id }, code: 'codec/truncated' },
    ]);
    expect(annClient.documents.unreadable(compartment)).toMatchObject([{ position: positions[3] }]);
    const [, spoiled] = compartment.replica.items.filter(
      ({ signed }) => signed.header.itemClass === itemClasses.message,
    );
    expect(spoiled && readMessage(compartment, spoiled)).toMatchObject({ kind: 'unreadable' });
    const told = annClient.concerns.filter(({ kind }) => kind === 'bad-item');
    expect(told).toHaveLength(positions.length);
    expect(new Set(told.map(({ position }) => position))).toEqual(new Set(positions));
    expect(told[0]).toMatchObject({ personId: bob.person.id, deviceId: bob.device.id });
  });

  it('does not hide the title before it, nor does a box of another key', async () => {
    const { annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const [info] = open.root.replica.items;
    if (info === undefined) throw new RangeError('no title');
    const objectId = toHex(new Uint8Array(16)) as ObjectId;
    const bad = { itemClass: itemClasses.caseInfo, objectId, version: 2, plaintext: new Uint8Array([1]) };
    await annClient.cases.post(open, root, () => bad);
    expect(annClient.cases.info(open.root)?.title).toBe('Harbour');
    const sealed = info.signed.sealed.slice();
    sealed[30] = (sealed[30] as number) ^ 1;
    const broken = { ...info, signed: { ...info.signed, sealed } };
    expect(contentOf(open.root, broken, () => 'read')).toMatchObject({ kind: 'unreadable' });
    expect(annClient.concerns.at(-1)).toMatchObject({ kind: 'bad-item', position: info.position });
  });
});

describe('the times of an item', () => {
  it('show the receipt when it is far off, and a time that lies before what the author had seen', async () => {
    const { world, annClient, open } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const prompt = await annClient.messages.post(open, root, { text: 'now' });
    expect(prompt.times).toMatchObject({ isLate: false, isBackdated: false });
    const real = annClient.gateway.acts.time.bind(annClient.gateway.acts);
    annClient.gateway.acts.time = () => ({ ...real(), timeMs: world.federation.nowMs - 3_600_000 });
    const early = await annClient.messages.post(open, root, { text: 'an hour ago, I say' });
    expect(early.times).toEqual({
      saidAtMs: world.federation.nowMs - 3_600_000,
      receivedAtMs: world.federation.nowMs,
      isLate: true,
      isBackdated: true,
    });
  });
});
