import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Frontier, leafHash } from '@rogatory/tlog';
import { toHex } from '@rogatory/kernel';
import { applyEntry, emptyDirectory, resumeDirectory } from './directory-state.js';
import { rootFingerprint } from './fingerprint.js';
import { FederationWorld } from './testing.js';

/** The long mode tries every single bit. */
const isLong = process.env['ROGATORY_LONG'] === '1';

function smallWorld(seed = 7) {
  const world = new FederationWorld(seed);
  const body = world.oversightBody();
  const office = world.authority(body);
  const person = world.person(office);
  const device = world.device(person);
  return { world, body, office, person, device };
}

describe('a directory', () => {
  it('has the head of an RFC 6962 log over the exact entry bytes', () => {
    const { world } = smallWorld();
    const frontier = new Frontier();
    for (const entry of world.entries) frontier.append(leafHash(entry));
    expect(world.state.head.size).toBe(world.entries.length);
    expect(toHex(world.state.head.root)).toBe(toHex(frontier.root()));
    expect(toHex(world.state.leafHash(0))).toBe(toHex(leafHash(world.entries[0] as Uint8Array)));
  });

  it('gives the bytes of the worked example of the specification', () => {
    const world = new FederationWorld(1);
    const text = readFileSync(join(import.meta.dirname, '../../../docs/spec/directory.md'), 'utf8');
    const example = (text.split('## 12. Worked example')[1] ?? '').split('```')[1] ?? '';
    expect(toHex(world.entries[0] as Uint8Array)).toBe(example.replaceAll(/\s/g, ''));
    const { digest, words, digits } = rootFingerprint(world.pinnedRootHash);
    expect(digest).toHaveLength(32);
    for (const stated of [toHex(world.pinnedRootHash), toHex(world.state.head.root), ...words, digits.join(' ')]) {
      expect(text.replaceAll(/\s+/g, ' ')).toContain(stated);
    }
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`in words *${words.join(' ')}*`);
  });

  it('begins with the pinned root file and with nothing else', () => {
    const { world } = smallWorld();
    const other = new FederationWorld(8);
    const empty = emptyDirectory(world.pinnedRootHash);
    expect(() => applyEntry(empty, other.entries[0] as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'directory/pinned-root', family: 'verification' }),
    );
    expect(() => applyEntry(empty, world.entries[1] as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'directory/first-entry' }),
    );
    expect(() => emptyDirectory(new Uint8Array(31))).toThrow(expect.objectContaining({ family: 'usage' }));
  });

  it('is a value: applying leaves the earlier state and every view of it as they were', () => {
    const { world, person, device } = smallWorld();
    const before = world.state;
    const view = before.view;
    world.standDevice(device);
    expect(before.size).toBe(world.entries.length - 1);
    expect(view.isDeviceLive(device.id, world.nowMs)).toBe(true);
    expect(before.view.liveDevicesOf(person.id, world.nowMs)).toHaveLength(1);
    expect(world.view.isDeviceLive(device.id, world.nowMs)).toBe(false);
  });

  it('branches: two histories from one state do not see each other', () => {
    const { world, office, person, device } = smallWorld();
    const trunk = world.state;
    world.standDevice(device);
    const left = world.state;
    world.state = trunk;
    const second = world.device(person, device);
    expect(world.view.isDeviceLive(device.id, world.nowMs)).toBe(true);
    expect(left.view.device(second.id)).toBeUndefined();
    expect(left.size).toBe(world.state.size);
    expect(left.knows(world.state.head)).toBe(false);
    expect(left.knows(trunk.head)).toBe(true);
    expect(world.state.knows(left.head)).toBe(false);
    expect(trunk.view.personsOf(office.id)).toHaveLength(1);
    // A key that was taken on one branch is free on the other.
    const enrolled = world.entries.at(-1) as Uint8Array;
    world.state = trunk;
    world.person(office);
    expect(applyEntry(world.state, enrolled).view.device(second.id)?.index).toBe(trunk.size + 1);
  });

  it('answers for no size that it never had', () => {
    const { world } = smallWorld();
    const code = expect.objectContaining({ code: 'directory/unknown-size' });
    for (const size of [-1, 0.5, Number.NaN, world.state.size + 1]) expect(() => world.state.at(size)).toThrow(code);
    expect(() => world.state.leafHash(world.state.size)).toThrow(code);
    expect(world.state.knows({ size: world.state.size + 1, root: world.state.head.root })).toBe(false);
  });

  it('resumes verified entries under the kept head, and nothing else', () => {
    const { world } = smallWorld();
    const { pinnedRootHash, entries } = world;
    const verifiedHead = world.state.head;
    const resumed = resumeDirectory({ pinnedRootHash, entries, verifiedHead });
    expect(resumed.head).toEqual(verifiedHead);
    const last = entries.at(-1) as Uint8Array;
    const forged = last.slice();
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
    const wrong = expect.objectContaining({ code: 'directory/head' });
    const tampered = [...entries.slice(0, -1), forged];
    expect(() => resumeDirectory({ pinnedRootHash, entries: tampered, verifiedHead })).toThrow(wrong);
    expect(() => resumeDirectory({ pinnedRootHash, entries: entries.slice(0, -1), verifiedHead })).toThrow(wrong);
  });

  it('refuses every flipped bit of every kind of entry', () => {
    const { world, device } = smallWorld();
    world.standDevice(device);
    let state = emptyDirectory(world.pinnedRootHash);
    for (const entry of world.entries) {
      const before = state;
      const isKept = (bit: number) => (bit < 8 * 96 || bit >= 8 * (entry.length - 140) ? bit % 7 : bit % 199) === 0;
      const places = Array.from({ length: 8 * entry.length }, (_, bit) => bit).filter((bit) => isLong || isKept(bit));
      for (const bit of places) {
        const flipped = entry.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        let family = 'accepted';
        try {
          applyEntry(before, flipped);
        } catch (error) {
          family = (error as { family: string }).family;
        }
        expect({ bit, family: /^(codec|verification)$/.test(family) }).toEqual({ bit, family: true });
      }
      state = applyEntry(state, entry);
    }
    expect(state.head).toEqual(world.state.head);
  });

  it('refuses truncated, prolonged and oversize bytes', () => {
    const { world } = smallWorld();
    const codec = expect.objectContaining({ family: 'codec' });
    for (const [index, entry] of world.entries.entries()) {
      const before = resumeDirectory({
        pinnedRootHash: world.pinnedRootHash,
        entries: world.entries.slice(0, index),
        verifiedHead: world.state.at(index).head,
      });
      for (const length of [0, 3, 4, 40, entry.length - 1]) {
        expect(() => applyEntry(before, entry.subarray(0, length))).toThrow(codec);
      }
      expect(() => applyEntry(before, Uint8Array.from([...entry, 0]))).toThrow(codec);
    }
    expect(() => applyEntry(world.state, new Uint8Array(16 * 1024 + 1))).toThrow(codec);
  });

  it('takes no entry twice', () => {
    const { world, device } = smallWorld();
    world.standDevice(device);
    for (const entry of world.entries) {
      expect(() => applyEntry(world.state, entry)).toThrow(expect.objectContaining({ family: 'verification' }));
    }
  });
});
