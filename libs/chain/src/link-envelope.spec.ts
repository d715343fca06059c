import { describe, expect, it } from '@jest/globals';
import { type CaseId, limits } from '@rogatory/kernel';
import {
  caseRoles,
  decodeSignedLink,
  encodeSignedLink,
  type Link,
  linkTypes,
  revocationActions,
} from '@rogatory/protocol';
import { applyLink } from './apply-link.js';
import { zeroHash } from './hashes.js';
import { firstMembers, linkVerdict, makeCast, verdict } from './testing/cast.js';
import { about } from './testing/chain-world.js';

const noise = new Uint8Array(32).fill(9);

describe('where a link stands', () => {
  const cast = makeCast(21);
  const { world, state, lead } = cast;
  const forge = (forged: Partial<Link>) => world.link(state, linkTypes.rotate, { signer: lead, forged }).bytes;

  it.each<[string, Partial<Link>, string]>([
    ['of another case', { caseId: 'ab'.repeat(32) as CaseId }, 'chain/wrong-case'],
    ['after another link', { previousLinkHash: noise }, 'chain/stale-head'],
    ['with a number that is taken', { seq: 0 }, 'chain/stale-head'],
    ['with a number too high', { seq: 2 }, 'chain/stale-head'],
    ['at an earlier end of the content log', { logHead: { size: 0, root: noise } }, 'chain/stale-head'],
    ['at a later end of the content log', { logHead: { size: 2, root: noise } }, 'chain/log-head'],
    ['on another content log', { logHead: { size: 1, root: noise } }, 'chain/log-head'],
    ['with a root head in the root chain', { rootHead: { seq: 0, linkHash: noise } }, 'chain/root-head'],
    ['with another member root', { memberRoot: noise }, 'chain/member-root'],
    ['as a second genesis', { type: linkTypes.genesis }, 'chain/genesis'],
  ])('%s', (_name, forged, code) => {
    expect(linkVerdict(world, state, forge(forged))).toBe(code);
  });

  it('refuses the same link twice, which is how a replayed grant ends', () => {
    const grant = world.link(state, linkTypes.role, {
      signer: lead,
      body: { ...about(cast.reader.person.id), role: caseRoles.lead },
    });
    const promoted = applyLink(state, grant.bytes, world.facts()).state;
    const demoted = applyLink(
      promoted,
      world.link(promoted, linkTypes.role, {
        signer: lead,
        body: { ...about(cast.reader.person.id), role: caseRoles.reader },
      }).bytes,
      world.facts(),
    ).state;
    expect(linkVerdict(world, demoted, grant.bytes)).toBe('chain/stale-head');
  });

  it('refuses a link of another case whose members are the same', () => {
    const other = world.apply(undefined, world.genesis(lead, firstMembers(cast)).bytes).state;
    world.root = state;
    const spliced = world.link(other, linkTypes.rotate, { signer: lead }).bytes;
    expect(linkVerdict(world, state, spliced)).toBe('chain/wrong-case');
  });

  it('refuses any flipped bit', () => {
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    for (let bit = 0; bit < 8 * bytes.length; bit += 13) {
      const flipped = bytes.slice();
      flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect([bit, verdict(() => applyLink(state, flipped, world.facts('replay')))]).not.toEqual([bit, 'accepted']);
    }
  });

  it('refuses any truncation and any byte more', () => {
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    for (let length = 0; length < bytes.length; length += 7) {
      expect(verdict(() => applyLink(state, bytes.subarray(0, length), world.facts()))).toMatch(/^codec\//);
    }
    const longer = new Uint8Array([...bytes, 0]);
    expect(verdict(() => applyLink(state, longer, world.facts()))).toBe('codec/trailing');
  });

  it('refuses the signature of another member', () => {
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    const { signedBytes } = decodeSignedLink(bytes);
    const signature = cast.coLead.signing.sign(8, signedBytes);
    expect(linkVerdict(world, state, encodeSignedLink({ signedBytes, signature }))).toBe('crypto/signature');
  });

  it('refuses a signature made for another purpose', () => {
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    const { signedBytes } = decodeSignedLink(bytes);
    const signature = lead.signing.sign(12, signedBytes);
    expect(linkVerdict(world, state, encodeSignedLink({ signedBytes, signature }))).toBe('crypto/signature');
  });
});

describe('the directory head of a link', () => {
  it('never goes back, in size or in time', () => {
    const { world, state, lead } = makeCast(22);
    const { size } = world.directoryHead;
    const earlier = world.federation.state.at(size - 1).head;
    const now = world.federation.nowMs;
    const forge = (directoryHead: Link['directoryHead']) =>
      world.link(state, linkTypes.rotate, { signer: lead, forged: { directoryHead } }).bytes;
    expect(linkVerdict(world, state, forge({ ...earlier, timeMs: now }))).toBe('chain/directory-head');
    const same = world.federation.state.head;
    expect(linkVerdict(world, state, forge({ ...same, timeMs: now - 1 }))).toBe('chain/directory-head');
    expect(linkVerdict(world, state, forge({ ...same, timeMs: now }))).toBe('accepted');
    expect(linkVerdict(world, state, forge({ size, root: noise, timeMs: now }))).toBe('chain/directory-head');
    expect(linkVerdict(world, state, forge({ size: size + 1, root: noise, timeMs: now }))).toBe(
      'chain/directory-behind',
    );
  });

  it('is at most twenty minutes old on receipt and not ahead of it, and the link is near it', () => {
    const { world, state, lead } = makeCast(23);
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    const received = (afterMs: number): string =>
      verdict(() =>
        applyLink(state, bytes, {
          ...world.facts(),
          reception: { receivedAtMs: world.federation.nowMs + afterMs },
        }),
      );
    expect(received(limits.maxDirHeadAgeMs)).toBe('accepted');
    expect(received(limits.maxDirHeadAgeMs + 1)).toBe('chain/directory-head');
    expect(received(-limits.maxClockSkewMs)).toBe('accepted');
    expect(received(-limits.maxClockSkewMs - 1)).toBe('chain/directory-head');
    const time = { timeMs: world.federation.nowMs - limits.maxDirHeadAgeMs - 1, offsetMinutes: 0 };
    const late = world.link(state, linkTypes.rotate, { signer: lead, forged: { time } }).bytes;
    expect(verdict(() => applyLink(state, late, world.facts('reception')))).toBe('chain/time');
  });

  it('is one that the verifier has seen a checkpoint of, when it keeps them', () => {
    const { world, state, lead } = makeCast(24);
    const { bytes } = world.link(state, linkTypes.rotate, { signer: lead });
    const judged = (isKnown: boolean): string =>
      verdict(() => applyLink(state, bytes, { ...world.facts(), isKnownHead: () => isKnown }));
    expect([judged(true), judged(false)]).toEqual(['accepted', 'chain/directory-head']);
  });
});

describe('the signer of a link', () => {
  it('is refused once revoked, though a replay of what came before still holds', () => {
    const { world, state, lead } = makeCast(25);
    const before = world.link(state, linkTypes.rotate, { signer: lead }).bytes;
    world.federation.standDevice(lead);
    expect(linkVerdict(world, state, world.link(state, linkTypes.rotate, { signer: lead }).bytes)).toBe(
      'chain/not-live',
    );
    // Made with the older head: a replay takes it, whoever receives it now does not.
    expect(verdict(() => applyLink(state, before, world.facts('replay')))).toBe('accepted');
    expect(verdict(() => applyLink(state, before, world.facts('reception')))).toBe('chain/not-live');
  });

  it('is refused while suspended and heard again when reinstated', () => {
    const { world, state, coLead } = makeCast(26);
    const link = () => world.link(state, linkTypes.rotate, { signer: coLead }).bytes;
    world.federation.standPerson(coLead.person, revocationActions.suspend);
    expect(linkVerdict(world, state, link())).toBe('chain/not-live');
    world.federation.standPerson(coLead.person, revocationActions.reinstate);
    expect(linkVerdict(world, state, link())).toBe('accepted');
  });

  it('is refused when a certificate or the membership has ended', () => {
    const { world, state, lead } = makeCast(27);
    world.federation.nowMs += 366 * 24 * 3_600_000;
    expect(linkVerdict(world, state, world.link(state, linkTypes.rotate, { signer: lead }).bytes)).toBe(
      'chain/not-live',
    );
  });
});

describe('a genesis', () => {
  const cast = makeCast(28);
  const { world, lead } = cast;
  const members = firstMembers(cast);
  const forge = (forged: Partial<Link>) => world.genesis(lead, members, forged).bytes;
  const body = decodeSignedLink(forge({})).link.body;
  const { salt: _salt, ...unsalted } = body;

  it.each<[string, () => Uint8Array, string]>([
    ['as it should be', () => forge({}), 'accepted'],
    ['with a number', () => forge({ seq: 1 }), 'chain/genesis'],
    ['in another epoch', () => forge({ epoch: 2 }), 'chain/genesis'],
    ['on an earlier epoch', () => forge({ baseEpoch: 1 }), 'chain/genesis'],
    ['behind a barrier', () => forge({ isBarrier: true }), 'chain/genesis'],
    ['after another link', () => forge({ previousLinkHash: noise }), 'chain/genesis'],
    ['with an archive', () => forge({ archive: new Uint8Array(104) }), 'chain/genesis'],
    ['in a content log that has begun', () => forge({ logHead: { size: 1, root: noise } }), 'chain/log-head'],
    ['with a root head', () => forge({ rootHead: { seq: 0, linkHash: noise } }), 'chain/root-head'],
    ['without commitments', () => forge({ keyCommit: zeroHash() }), 'chain/commitments'],
    ['without a salt', () => forge({ body: unsalted }), 'chain/body'],
    ['with a history it cannot have', () => forge({ body: { ...body, members: late() } }), 'chain/history'],
    ['with members out of order', () => forge({ body: { ...body, members: reversed() } }), 'chain/member'],
    ['by somebody who is not among its members', () => world.genesis(cast.outsider, members).bytes, 'chain/genesis'],
    ['by a member who is not a lead', () => world.genesis(cast.reader, members).bytes, 'chain/genesis'],
    [
      'without a lead',
      () => world.genesis(cast.reader, [world.leaf(cast.reader, caseRoles.reader)]).bytes,
      'chain/genesis',
    ],
    [
      'by a lead above the ceiling',
      () => world.genesis(cast.humble, [world.leaf(cast.humble, caseRoles.lead)]).bytes,
      'chain/role-ceiling',
    ],
    [
      'with a policy out of bounds',
      () => forge({ body: { ...body, policy: { headConfirmationMs: 1, rotateAfterMs: 1, minimumLeads: 1 } } }),
      'chain/policy',
    ],
    ['that is not a genesis', () => world.link(cast.state, linkTypes.rotate, { signer: lead }).bytes, 'chain/genesis'],
  ])('%s', (_name, make, code) => {
    expect(linkVerdict(world, undefined, make())).toBe(code);
  });

  it('gives the case its id', () => {
    const { bytes } = world.genesis(lead, members);
    const flipped = bytes.slice();
    // A byte of the case id and of the compartment id alike: 8 bytes of magic and head come before.
    flipped[8] = (flipped[8] as number) ^ 1;
    flipped[40] = (flipped[40] as number) ^ 1;
    expect(linkVerdict(world, undefined, flipped)).toBe('chain/genesis');
  });

  function late() {
    return (body.members ?? []).map((leaf) => ({ ...leaf, history: { ...leaf.history, fromEpoch: 2 } }));
  }

  function reversed() {
    return [...(body.members ?? [])].reverse();
  }
});
