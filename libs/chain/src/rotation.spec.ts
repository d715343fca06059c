import { describe, expect, it } from '@jest/globals';
import { limits, toHex } from '@rogatory/kernel';
import {
  caseRoles,
  complaintKinds,
  encodeComplaint,
  encodeSignedComplaint,
  linkTypes,
  revocationActions,
  signaturePurposes,
} from '@rogatory/protocol';
import type { WorldDevice } from '@rogatory/pki/testing';
import { recipientsOf } from './boxes.js';
import type { ChainState } from './chain-state.js';
import { complaintHash, zeroHash } from './hashes.js';
import { rotationReasons } from './rotation.js';
import { itemVerdict, linkVerdict, makeCast } from './testing/cast.js';
import { about, type ChainWorld, strictestPolicy } from './testing/chain-world.js';

function reasons(world: ChainWorld, state: ChainState): string[] {
  const { state: directory, view, nowMs } = world.federation;
  return rotationReasons(state, { directory, view, atMs: nowMs });
}

describe('a device that was revoked', () => {
  it('stops all writing until anybody rotates, and gets no key from then on', () => {
    const { world, state, reader, contributor } = makeCast(51);
    expect(reasons(world, state)).toEqual([]);
    world.federation.standDevice(reader);
    expect(reasons(world, state)).toEqual(['device-ended']);
    expect(itemVerdict(world, state, world.item(state, { sender: contributor }))).toBe('chain/rotate-first');
    const rotated = world.push(state, linkTypes.rotate, { signer: contributor });
    expect(recipientsOf(rotated, world.federation.state)).not.toContain(reader.id);
    expect(recipientsOf(rotated, world.federation.state)).toHaveLength(4);
    // It still stands among the members, but without the key it stops nobody.
    expect(reasons(world, rotated.state)).toEqual([]);
    expect(itemVerdict(world, rotated.state, world.item(rotated.state, { sender: contributor }))).toBe('accepted');
  });

  it('stops the items of senders who have not heard of it, when they arrive and not when they are replayed', () => {
    const { world, state, reader, contributor } = makeCast(64);
    const early = world.item(state, { sender: contributor });
    expect(itemVerdict(world, state, early)).toBe('accepted');
    world.federation.nowMs += 60_000;
    world.federation.standDevice(reader);
    expect(itemVerdict(world, state, early)).toBe('received: chain/rotate-first, replayed: accepted');
    const rotated = world.push(state, linkTypes.rotate, { signer: contributor }).state;
    expect(itemVerdict(world, rotated, world.item(rotated, { sender: contributor }))).toBe('accepted');
  });

  it('may be dropped by any member, who may cite the directory entry', () => {
    const { world, state, reader, contributor } = makeCast(52);
    const drop = (directoryIndex: number) =>
      world.link(state, linkTypes.deviceDrop, {
        signer: contributor,
        body: { devices: [reader.id], cause: { directoryIndex } },
      }).bytes;
    const index = world.federation.state.size;
    world.federation.standDevice(reader);
    expect(linkVerdict(world, state, drop(index))).toBe('accepted');
    expect(linkVerdict(world, state, drop(index - 1))).toBe('chain/cause');
  });

  it('is cited by a rotation only when it is one of ours', () => {
    const { world, state, reader, contributor, outsider } = makeCast(53);
    const rotate = (directoryIndex: number) =>
      world.link(state, linkTypes.rotate, { signer: contributor, body: { cause: { directoryIndex } } }).bytes;
    const index = world.federation.state.size;
    world.federation.standDevice(outsider);
    expect(linkVerdict(world, state, rotate(index))).toBe('chain/cause');
    world.federation.standPerson(reader.person);
    expect(linkVerdict(world, state, rotate(index + 1))).toBe('accepted');
  });

  it('never gets a box, nor a further key by reseal', () => {
    const { world, state, reader, lead } = makeCast(54);
    world.federation.standDevice(reader);
    const reseal = world.link(state, linkTypes.reseal, { signer: lead, body: { devices: [reader.id], epochs: [1] } });
    expect(linkVerdict(world, state, reseal.bytes)).toBe('chain/member');
  });

  it('that was suspended and reinstated stays keyless without stopping anybody, until a reseal', () => {
    const { world, state, reader, contributor, lead } = makeCast(55);
    world.federation.standDevice(reader, revocationActions.suspend);
    const rotated = world.push(state, linkTypes.rotate, { signer: contributor }).state;
    world.federation.standDevice(reader, revocationActions.reinstate);
    expect(reasons(world, rotated)).toEqual([]);
    const body = { devices: [reader.id], epochs: [2] };
    const resealed = world.push(rotated, linkTypes.reseal, { signer: lead, body }).state;
    world.federation.standDevice(reader);
    // Now it holds the key of the epoch and must be rotated out.
    expect(reasons(world, resealed)).toEqual(['device-ended']);
  });

  it('counts as a holder of the key when it was added after the epoch began', () => {
    const { world, state, contributor, contributorSpare } = makeCast(56);
    const body = { members: [world.leaf(contributorSpare, caseRoles.contributor)] };
    const added = world.push(state, linkTypes.deviceAdd, { signer: contributor, body }).state;
    world.federation.standDevice(contributorSpare);
    expect(reasons(world, added)).toEqual(['device-ended']);
  });
});

describe('other reasons to rotate', () => {
  it('are certificates and memberships that end by themselves', () => {
    const { world, state, outsider, lead, reader } = makeCast(57);
    const notAfterMs = world.federation.nowMs + 3_600_000;
    const members = [{ ...world.leaf(outsider, caseRoles.reader), notAfterMs }];
    const admitted = world.push(state, linkTypes.add, { signer: lead, body: { members } }).state;
    expect(reasons(world, admitted)).toEqual([]);
    world.federation.nowMs = notAfterMs;
    expect(reasons(world, admitted)).toEqual(['device-ended']);
    expect(linkVerdict(world, admitted, world.link(admitted, linkTypes.rotate, { signer: reader }).bytes)).toBe(
      'accepted',
    );
    const byEnded = world.link(admitted, linkTypes.leave, { signer: outsider, body: about(outsider.person.id) });
    expect(linkVerdict(world, admitted, byEnded.bytes)).toBe('chain/not-live');
  });

  it('come with time alone, also for an item that cites a head from before', () => {
    const { world, state, outsider, lead, contributor } = makeCast(65);
    const notAfterMs = world.federation.nowMs + 3_600_000;
    const members = [{ ...world.leaf(outsider, caseRoles.reader), notAfterMs }];
    const admitted = world.push(state, linkTypes.add, { signer: lead, body: { members } }).state;
    world.federation.nowMs = notAfterMs - 1;
    const early = world.item(admitted, { sender: contributor });
    expect(itemVerdict(world, admitted, early)).toBe('accepted');
    world.federation.nowMs = notAfterMs;
    expect(itemVerdict(world, admitted, early)).toBe('received: chain/rotate-first, replayed: accepted');
    expect(itemVerdict(world, admitted, early)).toBe('received: chain/rotate-first, replayed: accepted');
  });

  it('is the age of the epoch, by the policy in force', () => {
    const { world, state, reader, contributor, lead } = makeCast(58);
    const policy = { ...strictestPolicy, rotateAfterMs: 3_600_000 };
    const strict = world.push(state, linkTypes.policy, { signer: lead, body: { policy } }).state;
    world.federation.nowMs += 3_600_000;
    const rotate = () => world.link(strict, linkTypes.rotate, { signer: reader }).bytes;
    expect(linkVerdict(world, strict, rotate())).toBe('chain/right');
    expect(itemVerdict(world, strict, world.item(strict, { sender: contributor }))).toBe('accepted');
    world.federation.nowMs += 1;
    expect(linkVerdict(world, strict, rotate())).toBe('accepted');
    expect(itemVerdict(world, strict, world.item(strict, { sender: contributor }))).toBe('chain/rotate-first');
  });

  it('is the number of items', () => {
    const { world, state } = makeCast(59);
    const full = { ...state, content: { ...state.content, itemsInEpoch: limits.epochRotateAfterItems } };
    expect(reasons(world, full)).toEqual(['epoch-items']);
  });

  it('is a complaint, once, about the present epoch', () => {
    const { world, state, reader, contributor, lead } = makeCast(60);
    const cited = complain(world, state, reader, 1);
    const rotate = (from: ChainState) =>
      world.link(from, linkTypes.rotate, { signer: contributor, body: { cause: { complaintHash: cited } } }).bytes;
    expect(linkVerdict(world, state, rotate(state))).toBe('accepted');
    const rotated = world.push(state, linkTypes.rotate, { signer: lead }).state;
    expect(linkVerdict(world, rotated, rotate(rotated))).toBe('chain/cause');
    const answer = (device: WorldDevice, epochs: number[]) =>
      world.link(rotated, linkTypes.reseal, {
        signer: lead,
        body: { devices: [device.id], epochs, cause: { complaintHash: cited } },
      }).bytes;
    expect(linkVerdict(world, rotated, answer(reader, [1]))).toBe('accepted');
    expect(linkVerdict(world, rotated, answer(reader, [2]))).toBe('chain/cause');
    expect(linkVerdict(world, rotated, answer(contributor, [1]))).toBe('chain/cause');
  });

  it('is no complaint by an outsider, about another chain or an epoch that was never granted', () => {
    const { world, state, outsider, reader, contributor } = makeCast(61);
    const rotate = (hash: Uint8Array) =>
      world.link(state, linkTypes.rotate, { signer: contributor, body: { cause: { complaintHash: hash } } }).bytes;
    expect(linkVerdict(world, state, rotate(complain(world, state, outsider, 1)))).toBe('chain/complaint');
    expect(linkVerdict(world, state, rotate(complain(world, state, reader, 2)))).toBe('chain/complaint');
    const elsewhere = { ...state, head: { seq: 0, linkHash: zeroHash() } };
    expect(linkVerdict(world, state, rotate(complain(world, elsewhere, reader, 1)))).toBe('chain/complaint');
    const forged = complain(world, state, reader, 1, outsider);
    expect(linkVerdict(world, state, rotate(forged))).toBe('crypto/signature');
  });
});

describe('leaving', () => {
  it('stops all writing until somebody who stays rotates, and takes the leaver out with it', () => {
    const { world, state, reader, contributor } = makeCast(62);
    const left = world.push(state, linkTypes.leave, { signer: reader, body: about(reader.person.id) }).state;
    expect(left.epoch).toBe(1);
    expect(reasons(world, left)).toEqual(['leaving']);
    expect(itemVerdict(world, left, world.item(left, { sender: contributor }))).toBe('chain/rotate-first');
    expect(itemVerdict(world, left, world.item(left, { sender: reader }))).toBe('chain/signer');
    const rotated = world.push(left, linkTypes.rotate, { signer: contributor });
    expect(rotated.departed).toEqual([reader.person.id]);
    expect(recipientsOf(rotated, world.federation.state)).not.toContain(reader.id);
    expect(rotated.state.grants.get(reader.person.id)).toEqual([{ from: 1, to: 1 }]);
  });

  it('leaves a gap that a re-admission does not close', () => {
    const { world, state, reader, lead } = makeCast(63);
    const removed = world.push(state, linkTypes.remove, { signer: lead, body: about(reader.person.id) }).state;
    const rotated = world.push(removed, linkTypes.rotate, { signer: lead }).state;
    const readmit = (kind: 1 | 2 | 3, fromEpoch: number) => ({
      signer: lead,
      isBarrier: kind !== 1,
      body: { members: [{ ...world.leaf(reader, caseRoles.reader), history: { kind, fromEpoch } }] },
    });
    const verdictOf = (kind: 1 | 2 | 3, from: number): string =>
      linkVerdict(world, rotated, world.link(rotated, linkTypes.add, readmit(kind, from)).bytes);
    expect([verdictOf(1, 1), verdictOf(3, 2), verdictOf(2, 4)]).toEqual(['chain/history', 'chain/history', 'accepted']);
    const back = world.push(rotated, linkTypes.add, readmit(2, 4)).state;
    expect(back.grants.get(reader.person.id)).toEqual([{ from: 1, to: 1 }, { from: 4 }]);
  });
});

/** A signed complaint of a missing box in the newest link, kept where a verifier finds it; its hash. */
function complain(
  world: ChainWorld,
  state: ChainState,
  by: WorldDevice,
  ...[epoch, signer = by]: [number, WorldDevice?]
): Uint8Array {
  const signedBytes = encodeComplaint({
    deviceId: by.id,
    compartmentId: state.compartmentId,
    link: state.head,
    epoch,
    kind: complaintKinds.missing,
    boxHash: zeroHash(),
    time: world.federation.time,
  });
  const signature = signer.signing.sign(signaturePurposes.complaint, signedBytes);
  const hash = complaintHash(signedBytes);
  world.complaints.set(toHex(hash), encodeSignedComplaint({ signedBytes, signature }));
  return hash;
}
