import { describe, expect, it } from '@jest/globals';
import { type RogatoryError, utf8 } from '@rogatory/kernel';
import { applyLink, boxRootOf, linkContext } from '@rogatory/chain';
import { caseRoles, decodeBox, decodeSignedItem, itemClasses, keyKinds, type SignedItem } from '@rogatory/protocol';
import { openDisclosedItem, openItem } from '../items/item-sealing.js';
import { sealKeyBox } from '../keys/boxes.js';
import { epochBook, newestEpochRecord } from '../keys/epoch-book.js';
import { NO_PREKEY } from '../keys/recipient.js';
import { openDisclosureBox } from '../keys/disclosed-keys.js';
import { demandWritable, writeObstacles } from '../items/compose-item.js';
import { boxAttacks, poisoned, resigned } from '../testing/adversary.js';
import type { CaseDevice, FaultFound } from '../testing/case-device.js';
import { CaseWorld } from '../testing/case-world.js';
import { composeDisclose } from './disclose.js';
import { composeCompartment } from './genesis.js';
import { composeClose, composePolicy, composeReopen, composeRole } from './governance.js';
import {
  composeAdd,
  composeDeviceAdd,
  composeDeviceDrop,
  composeLeave,
  composeRemovalFromCase,
  composeRemove,
  type HistoryChoice,
} from './membership.js';
import { composeReseal, composeRotate } from './renewal.js';

const certifiedKeyOf = ({ id, world }: CaseDevice) => ({
  deviceId: id,
  kemKey: world.kem.publicKey,
  prekeyHash: NO_PREKEY,
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as RogatoryError).code;
  }
  return 'nothing';
};

function worldWith(seed: number) {
  const world = new CaseWorld(seed);
  const id = world.caseCompartment;
  const [lead, bea, cid] = [0, 1, 2].map((person) => world.firstDeviceOf(person)) as [
    CaseDevice,
    CaseDevice,
    CaseDevice,
  ];
  const add = (device: CaseDevice, history: HistoryChoice, role = caseRoles.contributor as 1 | 2): void => {
    world.tick(1);
    const admission = { personId: device.personId, role, history, notAfterMs: world.notAfterMs };
    lead.send(composeAdd(lead.scene(id), admission));
  };
  const rotate = (): void => {
    world.tick(1);
    lead.send(composeRotate(lead.scene(id)));
  };
  const open = (device: CaseDevice, item: SignedItem): string => {
    const state = world.server.state(item.header.compartmentId);
    device.sync(state.compartmentId);
    const record = epochBook(state).epoch(item.header.epoch);
    if (record === undefined) throw new RangeError('no such epoch');
    return new TextDecoder().decode(openItem(item, record, device.keyring(state.compartmentId)));
  };
  const post = (device: CaseDevice, text: string): SignedItem => {
    world.tick(1);
    return decodeSignedItem(device.post(id, utf8(text)).bytes);
  };
  return { world, id, lead, bea, cid, add, rotate, open, post };
}

describe('history of a new member', () => {
  it('is all, nothing, or from a date on, and never more', () => {
    const { world, lead, bea, cid, add, rotate, open, post } = worldWith(1);
    const first = post(lead, 'one');
    rotate();
    const second = post(lead, 'two');
    const dateMs = world.federation.nowMs + 1;
    rotate();
    const third = post(lead, 'three');
    add(bea, { kind: 'from-date', fromMs: dateMs });
    expect(open(bea, third)).toBe('three');
    expect(codeOf(() => open(bea, second))).toBe('e2ee/no-key');
    add(cid, { kind: 'from-now' });
    expect(codeOf(() => open(cid, third))).toBe('e2ee/no-key');
    const dora = world.firstDeviceOf(3);
    add(dora, { kind: 'all' });
    expect([first, second, third].map((item) => open(dora, item))).toEqual(['one', 'two', 'three']);
    const fourth = post(dora, 'four');
    expect([lead, bea, cid].map((device) => open(device, fourth))).toEqual(['four', 'four', 'four']);
    expect(bea.faults.concat(cid.faults, dora.faults)).toEqual([]);
  });

  it('keeps the gap closed after a re-admission, which reaches back by disclosure alone', () => {
    const { world, id, lead, bea, add, open, post } = worldWith(2);
    add(bea, { kind: 'all' });
    const before = post(lead, 'before');
    world.tick(1);
    lead.send(composeRemove(lead.scene(id), bea.personId));
    const gap = post(lead, 'gap');
    expect(codeOf(() => composeAdd(lead.scene(id), admission(world, bea, { kind: 'all' })))).toBe('e2ee/compose');
    add(bea, { kind: 'from-now' });
    const after = post(lead, 'after');
    expect([before, after].map((item) => open(bea, item))).toEqual(['before', 'after']);
    expect(codeOf(() => open(bea, gap))).toBe('e2ee/no-key');
    lead.send(composeDisclose(lead.scene(id), { devices: [bea.id], items: [gap] }));
    expect(openDisclosed(world, bea, gap)).toBe('gap');
    expect(codeOf(() => open(bea, gap))).toBe('e2ee/no-key');
  });
});

const admission = (world: CaseWorld, device: CaseDevice, history: HistoryChoice) => ({
  personId: device.personId,
  role: caseRoles.contributor,
  history,
  notAfterMs: world.notAfterMs,
});

function openDisclosed(world: CaseWorld, device: CaseDevice, item: SignedItem): string {
  const entry = world.server.log(item.header.compartmentId).at(-1);
  const box = entry?.kind === 'link' ? entry.boxes.get(device.id) : undefined;
  if (entry?.kind !== 'link' || box === undefined) throw new RangeError('no disclosure');
  const [key] = openDisclosureBox(box.decoded, device.keys, linkContext(entry.applied.signed.contextBytes));
  if (key === undefined) throw new RangeError('no key');
  return new TextDecoder().decode(openDisclosedItem(item, key.messageKey));
}

describe('devices', () => {
  it('of one person get the same history from each other, also what came of it before', () => {
    const { world, id, lead, bea, add, rotate, open, post } = worldWith(3);
    const old = post(lead, 'old');
    add(bea, { kind: 'from-now' });
    const item = post(lead, 'new');
    rotate();
    const second = world.enrol(1) as CaseDevice;
    world.tick(1);
    bea.send(composeDeviceAdd(bea.scene(id), second.id));
    expect(open(second, item)).toBe('new');
    expect(codeOf(() => open(second, old))).toBe('e2ee/no-key');
    expect(second.readableEpochs(id)).toEqual(bea.readableEpochs(id));
    rotate();
    expect(open(second, post(bea, 'newer'))).toBe('newer');
  });

  it('are not added when nobody trusted vouched for them: all lost is a key change', () => {
    const { world, id, lead, bea, add, post, open } = worldWith(4);
    add(bea, { kind: 'all' });
    const before = post(lead, 'before');
    world.tick(1);
    world.revoke(bea);
    lead.send(composeDeviceDrop(lead.scene(id), [bea.id]));
    const replacement = world.adopt(world.federation.device(bea.world.person));
    const again = admission(world, replacement, { kind: 'from-now' });
    expect(codeOf(() => composeAdd(lead.scene(id), again))).toBe('e2ee/contact');
    world.trustPerson(bea.personId);
    lead.send(composeAdd(lead.scene(id), again));
    expect(open(replacement, before)).toBe('before');
  });

  it('that are revoked stop all writing until a new key leaves them out', () => {
    const { world, id, lead, bea, cid, add, open, post } = worldWith(5);
    add(bea, { kind: 'all' });
    add(cid, { kind: 'all' });
    world.tick(1);
    world.revoke(bea);
    expect(writeObstacles(lead.writeScene(id), itemClasses.message)).toEqual(['device-ended']);
    expect(codeOf(() => lead.post(id, utf8('late')))).toBe('e2ee/write');
    cid.send(composeRotate(cid.scene(id)));
    const item = post(lead, 'after');
    expect(open(cid, item)).toBe('after');
    expect(bea.readableEpochs(id)).not.toContain(item.header.epoch);
    expect(codeOf(() => bea.compose(id, utf8('mine')))).toBe('e2ee/write');
  });

  it('can be dropped by their own person', () => {
    const { world, id, lead, bea, add, post } = worldWith(6);
    add(bea, { kind: 'all' });
    const second = world.enrol(1) as CaseDevice;
    world.tick(1);
    bea.send(composeDeviceAdd(bea.scene(id), second.id));
    bea.send(composeDeviceDrop(bea.scene(id), [second.id]));
    const item = post(lead, 'without');
    expect(second.readableEpochs(id)).not.toContain(item.header.epoch);
    expect(bea.readableEpochs(id)).toContain(item.header.epoch);
  });
});

describe('leaving, closing, roles and policy', () => {
  it('lets nobody write between a leave and the next key, which any member may make', () => {
    const { id, lead, bea, cid, add, post, open } = worldWith(7);
    add(bea, { kind: 'all' });
    add(cid, { kind: 'all' });
    bea.send(composeLeave(bea.scene(id)));
    expect(codeOf(() => lead.compose(id, utf8('x')))).toBe('e2ee/write');
    cid.send(composeRotate(cid.scene(id)));
    const item = post(cid, 'later');
    expect(open(lead, item)).toBe('later');
    expect(bea.readableEpochs(id)).not.toContain(item.header.epoch);
  });

  it('closes and reopens, changes roles within ceilings and makes the policy stricter only', () => {
    const { id, lead, bea, add, post } = worldWith(8);
    add(bea, { kind: 'all' });
    lead.send(composeRole(lead.scene(id), bea.personId, caseRoles.lead));
    bea.send(composeClose(bea.scene(id)));
    expect(codeOf(() => lead.compose(id, utf8('x')))).toBe('chain/closed');
    expect(codeOf(() => demandWritable(lead.writeScene(id), itemClasses.document))).toBe('chain/closed');
    lead.send(composeReopen(lead.scene(id)));
    demandWritable(lead.writeScene(id), itemClasses.document);
    expect(post(lead, 'open').header.epoch).toBe(2);
    const { policy } = lead.scene(id).state;
    lead.send(composePolicy(lead.scene(id), { ...policy, headConfirmationMs: 3_600_000 }));
    expect(codeOf(() => composePolicy(lead.scene(id), policy))).toBe('chain/policy');
    lead.send(composeRole(lead.scene(id), bea.personId, caseRoles.reader));
    expect(codeOf(() => bea.compose(id, utf8('x')))).toBe('e2ee/write');
    expect(codeOf(() => demandWritable(bea.writeScene(id), itemClasses.document))).toBe('e2ee/write');
    expect(codeOf(() => composeRole(bea.scene(id), bea.personId, caseRoles.lead))).toBe('chain/right');
  });

  it('does not seal on a head that nobody confirmed for a day', () => {
    const { world, id, lead, bea, add } = worldWith(9);
    add(bea, { kind: 'all' });
    const scene = { ...lead.writeScene(id), confirmations: new Map() };
    expect(writeObstacles(scene, itemClasses.message)).toEqual([]);
    world.tick(25 * 60);
    const later = { ...lead.writeScene(id), confirmations: new Map() };
    expect(writeObstacles(later, itemClasses.message)).toEqual(['head-not-confirmed']);
    expect(writeObstacles(lead.writeScene(id), itemClasses.message)).toEqual([]);
  });
});

describe('compartments', () => {
  it('have keys of their own, and whoever is removed from the case goes from all of them', () => {
    const { world, id, lead, bea, cid, add, open } = worldWith(10);
    add(bea, { kind: 'all' });
    add(cid, { kind: 'all' });
    const { announcement, genesis } = composeCompartment(lead.scene(id), { notAfterMs: world.notAfterMs });
    lead.send(announcement);
    lead.send(genesis);
    const inner = genesis.next.compartmentId;
    lead.send(composeAdd(lead.scene(inner), admission(world, bea, { kind: 'all' })));
    const item = decodeSignedItem(bea.post(inner, utf8('inner')).bytes);
    expect(open(lead, item)).toBe('inner');
    expect(cid.readableEpochs(inner)).toEqual([]);
    lead.send(composeRemove(lead.scene(id), bea.personId));
    expect(writeObstacles(lead.writeScene(inner), itemClasses.message)).toEqual(['removed-from-case']);
    expect(codeOf(() => bea.compose(inner, utf8('late')))).not.toBe('nothing');
    lead.send(composeRemove(lead.scene(inner), bea.personId));
    const later = decodeSignedItem(lead.post(inner, utf8('later')).bytes);
    expect(bea.readableEpochs(inner)).not.toContain(later.header.epoch);
    expect(open(lead, later)).toBe('later');
  });
});

describe('a removal from the case', () => {
  it('is one request: the root chain and a new key for every compartment of the person', () => {
    const { world, id, lead, bea, add, open } = worldWith(14);
    add(bea, { kind: 'all' });
    const compartments = [1, 2].map(() => {
      world.tick(1);
      const { announcement, genesis } = composeCompartment(lead.scene(id), { notAfterMs: world.notAfterMs });
      lead.send(announcement);
      lead.send(genesis);
      return genesis.next.compartmentId;
    });
    const [inner, without] = compartments as [typeof id, typeof id];
    lead.send(composeAdd(lead.scene(inner), admission(world, bea, { kind: 'all' })));
    const scenes = compartments.map((compartment) => lead.scene(compartment));
    const links = composeRemovalFromCase(lead.scene(id), scenes, bea.personId);
    expect(links.map(({ signed }) => signed.link.compartmentId)).toEqual([id, inner]);
    for (const link of links) lead.send(link);
    for (const compartment of [id, inner, without]) {
      expect(world.server.state(compartment).members.persons.has(bea.personId)).toBe(false);
      const item = decodeSignedItem(lead.post(compartment, utf8('later')).bytes);
      expect(open(lead, item)).toBe('later');
      expect(bea.readableEpochs(compartment)).not.toContain(item.header.epoch);
    }
  });
});

describe('an epoch whose key was not given', () => {
  it('does not tempt a member to build on a key that it was never granted', () => {
    const { world, id, lead, bea, cid, add, rotate, post, open } = worldWith(15);
    add(cid, { kind: 'all' });
    rotate();
    world.tick(1);
    const scene = lead.scene(id);
    const composed = composeAdd(scene, admission(world, bea, { kind: 'from-now' }));
    const earlier = scene.keyring.entry(keyKinds.chain, newestEpochRecord(scene.state));
    const sealTo = { recipient: certifiedKeyOf(bea), contextHash: linkContext(composed.signed.contextBytes) };
    const gift = sealKeyBox({ ...sealTo, random: world.random }, [earlier]);
    const boxes = composed.boxes.map((bytes) => (decodeBox(bytes).deviceId === bea.id ? gift : bytes));
    lead.send({ ...composed, ...resigned(scene, { ...composed.signed.link, boxRoot: boxRootOf(boxes) }), boxes });
    bea.sync(id);
    expect(bea.keyring(id).readableEpochs()).toContain(earlier.epoch);
    const cause = { complaintHash: bea.complain(bea.faults[0] as FaultFound) };
    const link = composeRotate(bea.scene(id), cause);
    expect(link.signed.link.baseEpoch).toBe(0);
    bea.send(link);
    expect(open(cid, post(bea, 'own'))).toBe('own');
  });

  it.each(boxAttacks)('is found out, skipped by the next and healed by a reseal: %s', (attack) => {
    const { world, id, lead, bea, cid, add, post, open } = worldWith(11);
    add(bea, { kind: 'all' });
    add(cid, { kind: 'all' });
    lead.send(poisoned(lead.scene(id), composeRotate(lead.scene(id)), { attack, victims: new Set([bea.id]) }));
    bea.sync(id);
    expect(bea.faults).toHaveLength(1);
    const cause = { complaintHash: bea.complain(bea.faults[0] as FaultFound) };
    const during = post(cid, 'during');
    expect(codeOf(() => open(bea, during))).toBe('e2ee/no-key');
    cid.send(composeReseal(cid.scene(id), { deviceId: bea.id, epochs: [during.header.epoch], cause }));
    expect(open(bea, during)).toBe('during');
    world.tick(1);
    bea.send(composeRotate(bea.scene(id), cause));
    expect(open(cid, post(bea, 'after'))).toBe('after');
  });

  it('does not stop the member whom it shuts out from beginning the next', () => {
    const { id, lead, bea, cid, add, post, open } = worldWith(13);
    add(bea, { kind: 'all' });
    add(cid, { kind: 'all' });
    const victims = new Set([bea.id, cid.id]);
    const scene = lead.scene(id);
    lead.send(poisoned(scene, composeRotate(scene), { attack: 'wrong-key', victims }));
    bea.sync(id);
    const cause = { complaintHash: bea.complain(bea.faults[0] as FaultFound) };
    const composed = composeRotate(bea.scene(id), cause);
    expect(composed.signed.link.baseEpoch).toBe(composed.signed.link.epoch - 2);
    bea.send(composed);
    const item = post(cid, 'healed');
    expect([lead, bea].map((device) => open(device, item))).toEqual(['healed', 'healed']);
  });
});

describe('every composed link', () => {
  it('is refused by the verifier as soon as one byte of it differs', () => {
    const { id, lead, bea, add } = worldWith(12);
    add(bea, { kind: 'all' });
    const scene = lead.scene(id);
    const { linkBytes } = composeRotate(scene);
    const facts = { directory: scene.directory, reception: { receivedAtMs: scene.time.timeMs } };
    expect(() => applyLink(scene.state, linkBytes, facts)).not.toThrow();
    for (let at = 0; at < linkBytes.length; at += 7) {
      const flipped = linkBytes.slice();
      flipped[at] = (flipped[at] as number) ^ 1;
      expect(() => applyLink(scene.state, flipped, facts)).toThrow();
    }
  });
});
