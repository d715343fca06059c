import { describe, expect, it } from '@jest/globals';
import { isRogatoryError, Secret, utf8 } from '@rogatory/kernel';
import { applyItem, applyLink, linkContext } from '@rogatory/chain';
import { decodeSignedItem, itemClasses, type KeyEntry, keyKinds, type SignedItem } from '@rogatory/protocol';
import fc from 'fast-check';
import { composeRotate } from '../compose/renewal.js';
import { openItem, sealItem } from '../items/item-sealing.js';
import { openKeyBox } from '../keys/boxes.js';
import { epochBook, newestEpochRecord } from '../keys/epoch-book.js';
import { EpochKeyring, type EpochRecord } from '../keys/epoch-keyring.js';
import { commitmentsOf, isChainKey, isReadKey, openArchive } from '../keys/key-schedule.js';
import { resigned } from '../testing/adversary.js';
import type { CaseDevice } from '../testing/case-device.js';
import { histories, History, pick } from '../testing/history.js';
import { propertyTimeoutMs, runs } from '../testing/runs.js';

const throws = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (isRogatoryError(error)) return true;
    throw error;
  }
};

/** Every key that the device ever saw, with everything that all archives ever published give with them. */
function everythingEverHeld(history: History, device: CaseDevice): KeyEntry[] {
  const held = device.everyKeyEverReceived(history.id);
  const book = epochBook(history.state);
  for (let epoch = 1; epoch <= book.newestEpoch; epoch++) {
    const record = book.epoch(epoch);
    if (record === undefined || record.archive.length === 0) continue;
    for (const { key } of [...held]) {
      const open = () => openArchive(record.archive, new Secret(key.slice()), record);
      if (throws(open)) continue;
      held.push({ kind: keyKinds.chain, epoch: record.baseEpoch, key: open().use((bytes) => bytes) });
    }
  }
  return held;
}

/** Whether any of the keys, taken as any kind, is a key of this epoch or opens the item. */
function breaks(keys: readonly KeyEntry[], epoch: EpochRecord): boolean {
  return keys.some(({ key }) => {
    const secret = new Secret(key.slice());
    return isChainKey(secret, epoch, epoch) || isReadKey(secret, epoch, epoch);
  });
}

/** Boxes of others, opened with every private key of the device. */
function opensForeignBox(history: History, device: CaseDevice, fromSeq: number): boolean {
  return history.world.server.log(history.id).some((entry) => {
    if (entry.kind !== 'link' || entry.applied.signed.link.seq < fromSeq) return false;
    const contextHash = linkContext(entry.applied.signed.contextBytes);
    return [...entry.boxes.values()].some(({ decoded }) => {
      const asOwn = { ...decoded, deviceId: device.id };
      const withKeys = [decoded.prekeyHash, new Uint8Array(32)].map((prekeyHash) => ({ ...asOwn, prekeyHash }));
      return withKeys.some((box) => !throws(() => openKeyBox(box, device.keys, contextHash)));
    });
  });
}

/** An item for the newest public place, rightly signed, under a key of the device's own making. */
function lateItem(history: History, device: CaseDevice): Uint8Array {
  const { state } = history;
  const newest = newestEpochRecord(state);
  const key = new Secret(device.random(32));
  const epoch = { ...newest, ...commitmentsOf(key, newest) };
  const keyring = new EpochKeyring();
  const entry = { kind: keyKinds.chain, epoch: epoch.epoch, key: key.use((bytes) => bytes) };
  keyring.learn([entry], { newestEpoch: epoch.epoch, epoch: () => epoch });
  const { id: deviceId, signing: signingKey, person } = device.world;
  const logHead = { size: state.content.size, root: state.content.root };
  const last = state.senders.get(deviceId);
  return sealItem({
    author: { deviceId, authorityId: person.authority.id, signingKey },
    place: { epoch, linkHash: state.head.linkHash, directoryHead: device.directoryHead, logHead },
    keyring,
    number: {
      senderSeq: (last?.senderSeq ?? 0) + 1,
      voids: 0,
      previousSenderHash: last?.itemHash ?? new Uint8Array(32),
    },
    itemClass: itemClasses.message,
    objectId: '5a'.repeat(16) as SignedItem['header']['objectId'],
    version: 1,
    plaintext: utf8('late'),
    time: history.world.federation.time,
    random: device.random,
  }).bytes;
}

/** A note by somebody who may write, so that there is something to shut out from. */
function lastWord(history: History): SignedItem[] {
  const [writer] = history.writers();
  return writer === undefined ? [] : [decodeSignedItem(writer.post(history.id, utf8('last word')).bytes)];
}

interface Anchor {
  readonly epoch: number;
  readonly seq: number;
  readonly items: number;
}

function expectShutOut(history: History, device: CaseDevice, anchor: Anchor): void {
  const keys = everythingEverHeld(history, device);
  const book = epochBook(history.state);
  for (let epoch = anchor.epoch; epoch <= book.newestEpoch; epoch++) {
    expect(breaks(keys, book.epoch(epoch) as EpochRecord)).toBe(false);
  }
  const keyring = new EpochKeyring();
  keyring.learn(keys, book);
  for (const item of history.items.slice(anchor.items)) {
    expect(throws(() => openItem(item, book.epoch(item.header.epoch) as EpochRecord, keyring))).toBe(true);
  }
  expect(opensForeignBox(history, device, anchor.seq)).toBe(false);
  const { state: directory, nowMs } = history.world.federation;
  const moments = [{ directory }, { directory, reception: { receivedAtMs: nowMs } }];
  const item = lateItem(history, device);
  const [lead] = history.leads();
  if (lead === undefined) throw new RangeError('a case without a lead');
  const { link } = composeRotate(lead.scene(history.id)).signed;
  const late = resigned(device.scene(history.id), { ...link, signerDevice: device.id }).linkBytes;
  for (const facts of moments) {
    expect(throws(() => applyItem(history.state, item, facts))).toBe(true);
    expect(throws(() => applyLink(history.state, late, facts))).toBe(true);
  }
}

describe('property 3: after a removal or revocation', () => {
  it(
    'nothing made later is by, or readable to, the device that went',
    () => {
      const plan = fc.record({
        before: histories(8),
        after: histories(8),
        victim: fc.nat({ max: 99 }),
        isRevoked: fc.boolean(),
      });
      let laterItems = 0;
      fc.assert(
        fc.property(plan, ({ before, after, victim, isRevoked }) => {
          const history = new History(before.seed);
          for (const command of before.commands) history.play(command);
          const [founder] = history.world.persons;
          const targets = history.memberDevices().filter(({ personId }) => personId !== founder?.id);
          if (targets.length === 0) return;
          const device = pick(targets, victim);
          history.banned = device.personId;
          history.world.tick(1);
          if (isRevoked) history.world.revoke(device);
          if (isRevoked) history.rotate(pick(history.leads(), victim));
          else history.remove(device.personId, victim);
          const anchor = { epoch: history.state.epoch, seq: history.state.head.seq, items: history.items.length };
          for (const command of after.commands) history.play(command);
          history.world.tick(1);
          history.items.push(...lastWord(history));
          expectShutOut(history, device, anchor);
          laterItems += history.items.length - anchor.items;
        }),
        { seed: 3, numRuns: runs(60) },
      );
      expect(laterItems).toBeGreaterThan(0);
    },
    propertyTimeoutMs,
  );
});
