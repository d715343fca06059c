import { describe, expect, it } from '@jest/globals';
import { type CaseId, limits } from '@rogatory/kernel';
import {
  caseRoles,
  decodeSignedItem,
  encodeSignedItem,
  itemActs,
  type ItemHeader,
  itemClasses,
  linkTypes,
  roleMay,
} from '@rogatory/protocol';
import { applyItem } from './apply-item.js';
import { contentLeaf, itemHash } from './hashes.js';
import { appendStoredItems, verifyContentHead } from './stored-items.js';
import { itemVerdict, makeCast, verdict } from './testing/cast.js';
import { about } from './testing/chain-world.js';

const noise = new Uint8Array(32).fill(9);

describe('an item', () => {
  const cast = makeCast(71);
  const { world, state, contributor, lead } = cast;
  const forge = (forged: Partial<ItemHeader>) => world.item(state, { sender: contributor, forged });

  it.each<[string, Partial<ItemHeader>, string]>([
    ['as it should be', {}, 'accepted'],
    ['of another case', { caseId: 'ab'.repeat(32) as CaseId }, 'chain/wrong-case'],
    ['in another suite', { suite: 2 }, 'chain/suite'],
    ['of another epoch', { epoch: 2 }, 'chain/stale-head'],
    ['on another link', { linkHash: noise }, 'chain/stale-head'],
    ['in the name of another authority', { authorityId: cast.auditor.person.authority.id }, 'chain/signer'],
    ['in the name of another device', { senderDevice: lead.id }, 'crypto/signature'],
    ['of an outsider', { senderDevice: cast.outsider.id }, 'chain/signer'],
    ['with a number that leaves a gap', { senderSeq: 2 }, 'chain/sender-sequence'],
    ['with a gap that is named void', { senderSeq: 2, voids: 1 }, 'accepted'],
    ['with voids that do not fit', { senderSeq: 2, voids: 2 }, 'chain/sender-sequence'],
    ['with number zero', { senderSeq: 0 }, 'chain/sender-sequence'],
    ['after an item that never was', { previousSenderHash: noise }, 'chain/sender-sequence'],
    ['on another content log', { logHead: { size: 1, root: noise } }, 'chain/log-head'],
    ['on a content log yet to come', { logHead: { size: 2, root: noise } }, 'chain/log-head'],
    ['on a content log before its own link', { logHead: { size: 0, root: noise } }, 'chain/log-head'],
    ['on another directory', { directoryHead: { ...world.directoryHead, root: noise } }, 'chain/directory-head'],
    ['on an older directory', { directoryHead: { ...world.directoryHead, timeMs: 1 } }, 'chain/directory-head'],
  ])('%s', (_name, forged, code) => {
    expect(itemVerdict(world, state, forge(forged))).toBe(code);
  });

  it('is refused with any flipped bit, truncated or lengthened', () => {
    const bytes = forge({});
    for (let bit = 0; bit < 8 * bytes.length; bit += 17) {
      const flipped = bytes.slice();
      flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect([bit, verdict(() => applyItem(state, flipped, world.facts('replay')))]).not.toEqual([bit, 'accepted']);
    }
    expect(verdict(() => applyItem(state, bytes.subarray(0, -1), world.facts()))).toBe('codec/truncated');
    expect(verdict(() => applyItem(state, new Uint8Array([...bytes, 0]), world.facts()))).toBe('codec/trailing');
  });

  it('keeps its body: another sealed body does not verify', () => {
    const item = decodeSignedItem(forge({}));
    const sealed = item.sealed.slice().reverse();
    expect(itemVerdict(world, state, encodeSignedItem({ ...item, sealed }))).toBe('crypto/signature');
  });

  it('has one place: the same bytes twice are refused', () => {
    const bytes = forge({});
    const { state: next } = applyItem(state, bytes, world.facts());
    expect(itemVerdict(world, next, bytes)).toBe('chain/sender-sequence');
  });

  it('cannot be dated ahead of its receipt, but may have waited in an outbox', () => {
    const at = (timeMs: number) => forge({ time: { timeMs, offsetMinutes: 0 } });
    const { nowMs } = world.federation;
    const received = (bytes: Uint8Array): string => verdict(() => applyItem(state, bytes, world.facts('reception')));
    expect(received(at(nowMs - 30 * 24 * 3_600_000))).toBe('accepted');
    expect(received(at(nowMs + limits.maxClockSkewMs))).toBe('accepted');
    expect(received(at(nowMs + limits.maxClockSkewMs + 1))).toBe('chain/time');
  });

  it('is numbered per sender, each after the hash of the one before', () => {
    const first = applyItem(state, forge({}), world.facts());
    const second = applyItem(first.state, world.item(first.state, { sender: contributor }), world.facts());
    expect(second.signed.header.previousSenderHash).toEqual(first.itemHash);
    expect(second.signed.header.senderSeq).toBe(2);
    const other = applyItem(second.state, world.item(second.state, { sender: lead }), world.facts());
    expect(other.signed.header.senderSeq).toBe(1);
    expect([first.contentIndex, second.contentIndex, other.contentIndex]).toEqual([1, 2, 3]);
    expect(itemHash(other.signed)).toEqual(other.itemHash);
    const regress = { logHead: first.signed.header.logHead };
    const third = world.item(second.state, { sender: contributor, forged: regress });
    expect(itemVerdict(world, second.state, third)).toBe('chain/log-head');
  });

  it('keeps its numbering over epochs', () => {
    const said = world.say(state, contributor);
    const rotated = world.push(said, linkTypes.rotate, { signer: lead }).state;
    const again = world.item(rotated, {
      sender: contributor,
      forged: { senderSeq: 1, previousSenderHash: new Uint8Array(32) },
    });
    expect(itemVerdict(world, rotated, again)).toBe('chain/sender-sequence');
    expect(itemVerdict(world, rotated, world.item(rotated, { sender: contributor }))).toBe('accepted');
  });

  it('made before a link has no place after it', () => {
    const late = forge({});
    const removed = world.push(state, linkTypes.remove, { signer: lead, body: about(contributor.person.id) }).state;
    expect(itemVerdict(world, removed, late)).toBe('chain/stale-head');
    expect(itemVerdict(world, removed, world.item(removed, { sender: contributor }))).toBe('chain/signer');
  });

  it('is refused by a sender who was revoked since', () => {
    const other = makeCast(72);
    const bytes = other.world.item(other.state, { sender: other.contributor });
    other.world.federation.standDevice(other.contributor);
    expect(verdict(() => applyItem(other.state, bytes, other.world.facts('replay')))).toBe('accepted');
    expect(verdict(() => applyItem(other.state, bytes, other.world.facts('reception')))).toBe('chain/not-live');
    const newer = other.world.item(other.state, { sender: other.contributor });
    expect(itemVerdict(other.world, other.state, newer)).toBe('chain/not-live');
  });

  it('is refused in a closed case and taken in a reopened one', () => {
    const closed = world.push(state, linkTypes.close, { signer: lead }).state;
    expect(itemVerdict(world, closed, world.item(closed, { sender: contributor }))).toBe('chain/closed');
    const reopened = world.push(closed, linkTypes.reopen, { signer: lead }).state;
    expect(itemVerdict(world, reopened, world.item(reopened, { sender: contributor }))).toBe('accepted');
  });

  it('is compared with heads that the verifier kept', () => {
    const said = world.say(state, lead);
    const older = world.item(said, { sender: contributor, forged: { logHead: { size: 1, root: noise } } });
    const judged = verdict(() => applyItem(said, older, { ...world.facts(), hadContentHead: () => false }));
    expect(judged).toBe('chain/log-head');
  });
});

describe('who may post what', () => {
  const cast = makeCast(73);
  const { world, state } = cast;
  const senders = {
    [caseRoles.lead]: cast.lead,
    [caseRoles.contributor]: cast.contributor,
    [caseRoles.reader]: cast.reader,
    [caseRoles.liaison]: cast.liaison,
  };

  it('follows the table of rights for every role and class', () => {
    const seen = new Set<string>();
    for (const [role, sender] of Object.entries(senders)) {
      for (const itemClass of Object.values(itemClasses)) {
        const given = itemVerdict(world, state, world.item(state, { sender, forged: { itemClass } }));
        const may = roleMay(Number(role) as keyof typeof senders, itemActs[itemClass]);
        expect([role, itemClass, given]).toEqual([role, itemClass, may ? 'accepted' : 'chain/right']);
        seen.add(given);
      }
    }
    expect([...seen].sort()).toEqual(['accepted', 'chain/right']);
  });
});

describe('items that were verified before', () => {
  const { world, state, contributor, lead } = makeCast(74);

  it('are appended by their leaf hashes and give the same log', () => {
    const bytes = world.item(state, { sender: contributor });
    const applied = applyItem(state, bytes, world.facts()).state;
    const senders = new Map([...applied.senders]);
    const resumed = appendStoredItems(state, { leaves: [contentLeaf(bytes)], senders });
    expect(resumed.content.root).toEqual(applied.content.root);
    expect(resumed.content.itemsInEpoch).toBe(1);
    expect(itemVerdict(world, resumed, world.item(applied, { sender: contributor }))).toBe('accepted');
    const link = world.link(applied, linkTypes.rotate, { signer: lead }).bytes;
    expect(world.apply(resumed, link).state.content.root).toEqual(world.apply(applied, link).state.content.root);
    expect(() => verifyContentHead(resumed, applied.content)).not.toThrow();
  });

  it('that are not the right ones show at the next link', () => {
    const applied = world.say(state, contributor);
    const resumed = appendStoredItems(state, { leaves: [noise] });
    const link = world.link(applied, linkTypes.rotate, { signer: lead }).bytes;
    expect(verdict(() => world.apply(resumed, link))).toBe('chain/log-head');
    expect(verdict(() => verifyContentHead(resumed, applied.content))).toBe('chain/stored-log');
  });
});
