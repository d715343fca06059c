import { describe, expect, it } from '@jest/globals';
import { type CompartmentId, UsageError } from '@rogatory/kernel';
import { caseRoles, decodeSignedLink, type Link, linkTypes } from '@rogatory/protocol';
import { applyItem } from './apply-item.js';
import { applyLink } from './apply-link.js';
import type { ChainState } from './chain-state.js';
import { recipientsOf } from './boxes.js';
import { rotationReasons } from './rotation.js';
import { type Cast, linkVerdict, makeCast, verdict } from './testing/cast.js';
import { about } from './testing/chain-world.js';

interface Compartment extends Cast {
  readonly genesis: Uint8Array;
  readonly compartment: ChainState;
}

/** A compartment of lead, co-lead (as a contributor) and reader, begun as it should be. */
function makeCompartment(seed: number, leadHere: 'lead' | 'coLead' = 'lead'): Compartment {
  const cast = makeCast(seed);
  const { world, lead, coLead, reader } = cast;
  const beginner = cast[leadHere];
  const other = leadHere === 'lead' ? coLead : lead;
  const members = [
    world.leaf(beginner, caseRoles.lead),
    world.leaf(other, caseRoles.contributor),
    world.leaf(reader, caseRoles.reader),
  ];
  const genesis = world.compartmentGenesis(beginner, members).bytes;
  const { compartmentId } = decodeSignedLink(genesis).link;
  const body = { ...about(beginner.person.id), compartmentId };
  const state = world.push(cast.state, linkTypes.compartment, { signer: lead, body }).state;
  return { ...cast, state, genesis, compartment: applyLink(undefined, genesis, world.facts()).state };
}

describe('how a compartment begins', () => {
  it('is valid through the root link that comes right after the head it cites', () => {
    const { compartment, state } = makeCompartment(31);
    expect(compartment.caseId).toBe(state.caseId);
    expect(compartment.compartmentId).not.toBe(state.compartmentId);
    expect([...state.compartments.keys()]).toEqual([compartment.compartmentId]);
  });

  it('is refused without the announcement', () => {
    const cast = makeCast(32);
    const { world, lead } = cast;
    const { bytes } = world.compartmentGenesis(lead, [world.leaf(lead, caseRoles.lead)]);
    expect(linkVerdict(world, undefined, bytes)).toBe('chain/root-behind');
    world.push(cast.state, linkTypes.rotate, { signer: lead });
    expect(linkVerdict(world, undefined, bytes)).toBe('chain/compartment');
  });

  it('is refused when another link came between', () => {
    const cast = makeCast(33);
    const { world, lead } = cast;
    const { bytes } = world.compartmentGenesis(lead, [world.leaf(lead, caseRoles.lead)]);
    const { compartmentId } = decodeSignedLink(bytes).link;
    const rotated = world.push(cast.state, linkTypes.rotate, { signer: lead }).state;
    world.push(rotated, linkTypes.compartment, { signer: lead, body: { ...about(lead.person.id), compartmentId } });
    expect(linkVerdict(world, undefined, bytes)).toBe('chain/compartment');
  });

  it('is refused when begun by another lead than the one who was named', () => {
    const cast = makeCast(34);
    const { world, lead, coLead } = cast;
    const { bytes } = world.compartmentGenesis(coLead, [world.leaf(coLead, caseRoles.lead)]);
    const { compartmentId } = decodeSignedLink(bytes).link;
    world.push(cast.state, linkTypes.compartment, { signer: lead, body: { ...about(lead.person.id), compartmentId } });
    expect(linkVerdict(world, undefined, bytes)).toBe('chain/compartment');
  });

  it('is refused with a member who is not in the case', () => {
    const cast = makeCast(35);
    const { world, lead, outsider } = cast;
    const members = [world.leaf(lead, caseRoles.lead), world.leaf(outsider)];
    const { bytes } = world.compartmentGenesis(lead, members);
    const { compartmentId } = decodeSignedLink(bytes).link;
    world.push(cast.state, linkTypes.compartment, { signer: lead, body: { ...about(lead.person.id), compartmentId } });
    expect(linkVerdict(world, undefined, bytes)).toBe('chain/member');
  });

  it('cannot be verified without its root chain, nor with that of another case', () => {
    const { world, genesis, compartment, lead } = makeCompartment(36);
    const { root: _root, ...alone } = world.facts();
    expect(() => applyLink(undefined, genesis, alone)).toThrow(UsageError);
    const other = makeCast(37);
    expect(verdict(() => applyLink(undefined, genesis, { ...alone, root: other.state }))).toBe('chain/wrong-case');
    const link = world.link(compartment, linkTypes.rotate, { signer: lead }).bytes;
    expect(verdict(() => applyLink(compartment, link, { ...alone, root: other.state }))).toBe('chain/wrong-case');
  });

  it('does not pass off a link of one compartment as one of another', () => {
    const { world, compartment, state, lead } = makeCompartment(38);
    const { bytes } = world.link(compartment, linkTypes.rotate, { signer: lead });
    expect(linkVerdict(world, state, bytes)).toBe('chain/wrong-case');
  });
});

describe('a compartment and its root chain', () => {
  it('admits only members of the case', () => {
    const { world, compartment, lead, outsider, contributor } = makeCompartment(41);
    const admit = (who: typeof outsider) =>
      world.link(compartment, linkTypes.add, { signer: lead, body: { members: [world.leaf(who)] } }).bytes;
    expect(linkVerdict(world, compartment, admit(outsider))).toBe('chain/member');
    expect(linkVerdict(world, compartment, admit(contributor))).toBe('accepted');
  });

  it('cites root heads that exist and do not go back', () => {
    const { world, compartment, state, lead } = makeCompartment(42);
    const forge = (rootHead: Link['rootHead']) =>
      world.link(compartment, linkTypes.rotate, { signer: lead, forged: { rootHead } }).bytes;
    const linkHash = new Uint8Array(32).fill(3);
    expect(linkVerdict(world, compartment, forge({ ...state.head, linkHash }))).toBe('chain/root-head');
    expect(linkVerdict(world, compartment, forge({ seq: 9, linkHash }))).toBe('chain/root-behind');
    const newer = applyLink(compartment, forge(state.head), world.facts()).state;
    const back = world.link(newer, linkTypes.rotate, {
      signer: lead,
      forged: { rootHead: compartment.rootHead },
    }).bytes;
    expect(linkVerdict(world, newer, back)).toBe('chain/root-head');
  });

  it('takes links on the newest root head only, when they are received', () => {
    const { world, compartment, state, lead } = makeCompartment(43);
    const { bytes } = world.link(compartment, linkTypes.rotate, { signer: lead });
    world.push(state, linkTypes.rotate, { signer: lead });
    expect(verdict(() => applyLink(compartment, bytes, world.facts('reception')))).toBe('chain/stale-head');
    expect(verdict(() => applyLink(compartment, bytes, world.facts('replay')))).toBe('accepted');
  });

  it('lets nobody write while a member was removed from the case, and anybody rotate them out', () => {
    const { world, compartment, state, lead, coLead, reader } = makeCompartment(44);
    const before = world.item(compartment, { sender: coLead });
    world.push(state, linkTypes.remove, { signer: lead, body: about(reader.person.id) });
    expect(verdict(() => applyItem(compartment, before, world.facts('reception')))).toBe('chain/rotate-first');
    expect(verdict(() => applyItem(compartment, before, world.facts('replay')))).toBe('accepted');
    const rotated = world.push(compartment, linkTypes.rotate, { signer: coLead });
    expect(rotated.departed).toEqual([reader.person.id]);
    expect(rotated.state.members.device(reader.id)).toBeUndefined();
    expect(recipientsOf(rotated, world.federation.state)).not.toContain(reader.id);
    expect(world.say(rotated.state, coLead).content.size).toBe(3);
  });

  it('takes no link of somebody who was removed from the case', () => {
    const { world, compartment, state, lead, reader } = makeCompartment(45);
    world.push(state, linkTypes.remove, { signer: lead, body: about(reader.person.id) });
    const { bytes } = world.link(compartment, linkTypes.leave, { signer: reader, body: about(reader.person.id) });
    expect(linkVerdict(world, compartment, bytes)).toBe('chain/signer');
  });

  it('keeps counting a member as removed who was admitted to the case again', () => {
    const { world, compartment, state, lead, coLead, reader } = makeCompartment(46);
    const removed = world.push(state, linkTypes.remove, { signer: lead, body: about(reader.person.id) }).state;
    const history = { kind: 2, fromEpoch: removed.epoch + 1 } as const;
    const members = [{ ...world.leaf(reader, caseRoles.reader), history }];
    world.push(removed, linkTypes.add, { signer: lead, isBarrier: true, body: { members } });
    const dropped = world.push(compartment, linkTypes.rotate, { signer: coLead });
    expect(dropped.departed).toEqual([reader.person.id]);
  });

  it('is led by a lead of the case when it has lost its own, and by nobody else', () => {
    const { world, compartment, state, lead, coLead, reader, contributor } = makeCompartment(47, 'coLead');
    // Here the co-lead is the only lead and the case's lead a contributor.
    const admit = (from: ChainState, signer: typeof lead) =>
      world.link(from, linkTypes.add, { signer, body: { members: [world.leaf(contributor)] } }).bytes;
    expect(linkVerdict(world, compartment, admit(compartment, lead))).toBe('chain/right');
    world.push(state, linkTypes.remove, { signer: lead, body: about(coLead.person.id) });
    const orphaned = world.push(compartment, linkTypes.rotate, { signer: reader }).state;
    expect(orphaned.members.leads).toBe(0);
    expect(linkVerdict(world, orphaned, admit(orphaned, reader))).toBe('chain/right');
    expect(linkVerdict(world, orphaned, admit(orphaned, lead))).toBe('accepted');
  });

  it('is closed with the case', () => {
    const { world, compartment, state, lead, coLead, contributor } = makeCompartment(48);
    const open = world.item(compartment, { sender: coLead });
    world.push(state, linkTypes.close, { signer: lead });
    const body = { members: [world.leaf(contributor)] };
    const admission = world.link(compartment, linkTypes.add, { signer: lead, body }).bytes;
    expect(linkVerdict(world, compartment, admission)).toBe('chain/closed');
    expect(verdict(() => applyItem(compartment, open, world.facts('reception')))).toBe('chain/closed');
    const rotation = world.link(compartment, linkTypes.rotate, { signer: lead }).bytes;
    expect(linkVerdict(world, compartment, rotation)).toBe('accepted');
  });

  it('cannot announce compartments itself', () => {
    const { world, compartment, lead } = makeCompartment(49);
    const body = { ...about(lead.person.id), compartmentId: 'ab'.repeat(32) as CompartmentId };
    const { bytes } = world.link(compartment, linkTypes.compartment, { signer: lead, body });
    expect(linkVerdict(world, compartment, bytes)).toBe('chain/compartment');
  });

  it('has no reason to rotate of its own', () => {
    const { world, compartment } = makeCompartment(50);
    const { state: directory, view, nowMs } = world.federation;
    expect(rotationReasons(compartment, { directory, view, atMs: nowMs })).toEqual([]);
  });
});
