import { describe, expect, it } from '@jest/globals';
import { fromHex, isRogatoryError, type PersonId, Secret, toHex } from '@rogatory/kernel';
import {
  applyItem,
  applyLink,
  type AppliedLink,
  type ChainState,
  complaintHash,
  linkContext,
  verifyBoxes,
  verifyHeartbeat,
} from '@rogatory/chain';
import { KemKey } from '@rogatory/crypto/seal';
import * as e2ee from '@rogatory/e2ee';
import { applyEntry, caseFingerprint, type DirectoryState, emptyDirectory, personFingerprint } from '@rogatory/pki';
import { decodeBox, decodeSignedComplaint, decodeSignedItem, type KeyEntry } from '@rogatory/protocol';
import { type DeviceSeeds, history, type ItemEntry, type LinkEntry } from './vector-files.js';

const rootEntries = history.compartments[0]?.entries ?? [];
const complaint = fromHex(history.complaint.bytes);
const complained = toHex(complaintHash(decodeSignedComplaint(complaint).signedBytes));

const directory = history.federation.entries.reduce<DirectoryState>(
  (state, entry) => applyEntry(state, fromHex(entry)),
  emptyDirectory(fromHex(history.federation.rootHash)),
);
const facts = {
  directory,
  complaint: (hash: Uint8Array) => (toHex(hash) === complained ? complaint : undefined),
};

interface Replayed {
  readonly state: ChainState;
  readonly links: readonly { readonly applied: AppliedLink; readonly boxes: readonly Uint8Array[] }[];
}

function replay(entries: readonly (LinkEntry | ItemEntry)[], root?: ChainState): Replayed {
  let state: ChainState | undefined;
  const links: { applied: AppliedLink; boxes: readonly Uint8Array[] }[] = [];
  for (const entry of entries) {
    const place = { ...facts, ...(root && { root }) };
    if (entry.kind === 'item') {
      if (state === undefined) throw new RangeError('an item before the genesis');
      state = applyItem(state, fromHex(entry.bytes), place).state;
      continue;
    }
    const applied = applyLink(state, fromHex(entry.bytes), place);
    const boxes = entry.boxes.map(fromHex);
    verifyBoxes(applied, boxes, directory);
    expect(toHex(applied.linkHash)).toBe(entry.linkHash);
    expect(toHex(linkContext(applied.signed.contextBytes))).toBe(entry.contextHash);
    links.push({ applied, boxes });
    state = applied.state;
  }
  return { state: state as ChainState, links };
}

const root = replay(rootEntries);

function keyringOf(device: DeviceSeeds): e2ee.EpochKeyring {
  const keyOf = (seed: string): KemKey => KemKey.fromSeed(new Secret(fromHex(seed)));
  const own = {
    deviceId: device.deviceId as e2ee.DeviceKemKeys['deviceId'],
    deviceKey: keyOf(device.kemSeed),
    prekeys: device.prekeys.map(({ prekeyHash, seed }) => ({ prekeyHash: fromHex(prekeyHash), key: keyOf(seed) })),
  };
  const entries = root.links.flatMap(({ applied, boxes }): KeyEntry[] => {
    const box = boxes.map(decodeBox).find(({ deviceId }) => deviceId === own.deviceId);
    if (box === undefined || applied.signed.link.body.disclosed !== undefined) return [];
    return e2ee.openKeyBox(box, own, linkContext(applied.signed.contextBytes));
  });
  const keyring = new e2ee.EpochKeyring();
  keyring.learn(entries, e2ee.epochBook(root.state));
  return keyring;
}

describe('the history', () => {
  it('has a directory with the stated head and fingerprints', () => {
    const { size, root: head } = directory.head;
    expect({ size, root: toHex(head) }).toEqual(history.federation.head);
    for (const { personId, digest, words, digits } of history.persons) {
      const fingerprint = personFingerprint(directory.view, personId as PersonId);
      expect({ ...fingerprint, digest: toHex(fingerprint.digest) }).toEqual({ digest, words, digits });
    }
  });

  it.each([0, 1])('replays compartment %i to the stated head and members', (at) => {
    const stated = history.compartments[at];
    const { state } = at === 0 ? root : replay(stated?.entries ?? [], root.state);
    expect(state.compartmentId).toBe(stated?.compartmentId);
    expect({ size: state.content.size, root: toHex(state.content.root) }).toEqual(stated?.contentHead);
    expect([...state.members.devices].map(([device]) => device)).toEqual(stated?.members);
    expect(caseFingerprint(fromHex(state.caseId)).words).toEqual(history.caseFingerprint);
  });

  it('replays in its own order only', () => {
    const [genesis, second, ...rest] = rootEntries as [LinkEntry, ItemEntry, ...LinkEntry[]];
    const isRefusal = (run: () => unknown): boolean => {
      try {
        run();
      } catch (error) {
        return isRogatoryError(error);
      }
      return false;
    };
    expect(isRefusal(() => replay([genesis, ...rest]))).toBe(true);
    expect(isRefusal(() => replay([genesis, genesis]))).toBe(true);
    expect(isRefusal(() => replay([genesis, second, second]))).toBe(true);
  });

  it('gives each device the epochs it was granted, and the items in them', () => {
    const book = e2ee.epochBook(root.state);
    for (const device of history.devices) {
      const keyring = keyringOf(device);
      const readable = history.readable.find(({ deviceId }) => deviceId === device.deviceId)?.epochs;
      expect(keyring.readableEpochs()).toEqual(readable);
      for (const entry of rootEntries) {
        if (entry.kind === 'link') continue;
        const item = decodeSignedItem(fromHex(entry.bytes));
        const record = book.epoch(item.header.epoch);
        if (record === undefined || !keyring.canRead(record.epoch)) continue;
        expect(toHex(e2ee.openItem(item, record, keyring))).toBe(entry.content);
      }
    }
  });

  it('ends with a heartbeat that confirms its newest head', () => {
    expect(verifyHeartbeat(root.state, fromHex(history.heartbeat.bytes), facts).confirmsNewest).toBe(true);
  });
});
