import { describe, expect, it } from '@jest/globals';
import { type CompartmentId, idFromBytes, type InvitationId, limits } from '@rogatory/kernel';
import type { WorldDevice } from '@rogatory/pki/testing';
import {
  type Acceptance,
  caseRoles,
  decodeSignedInvitation,
  encodeAcceptance,
  encodeHeartbeat,
  encodeInvitation,
  encodeSignedAcceptance,
  encodeSignedHeartbeat,
  encodeSignedInvitation,
  type Heartbeat,
  historyKinds,
  type Invitation,
  invitationTargets,
  linkTypes,
  signaturePurposes,
} from '@rogatory/protocol';
import { invitationHash } from './hashes.js';
import { verifyHeartbeat } from './heartbeats.js';
import { verifyAcceptance, verifyInvitation } from './invitations.js';
import { makeCast, verdict } from './testing/cast.js';
import { about } from './testing/chain-world.js';

const noise = new Uint8Array(32).fill(9);

describe('a heartbeat', () => {
  const { world, state, reader, lead, outsider } = makeCast(91);
  const said = world.say(state, lead);

  function beat(forged: Partial<Heartbeat> = {}, signer: WorldDevice = reader): Uint8Array {
    const signedBytes = encodeHeartbeat({
      deviceId: reader.id,
      compartmentId: state.compartmentId,
      chainHead: said.head,
      contentHead: { size: said.content.size, root: said.content.root },
      directoryHead: world.directoryHead,
      time: world.federation.time,
      ...forged,
    });
    return encodeSignedHeartbeat({
      signedBytes,
      signature: signer.signing.sign(signaturePurposes.heartbeat, signedBytes),
    });
  }

  it('confirms the newest head, or an older one', () => {
    expect(verifyHeartbeat(said, beat(), world.facts()).confirmsNewest).toBe(true);
    const contentHead = { size: state.content.size, root: state.content.root };
    expect(verifyHeartbeat(said, beat({ contentHead }), world.facts()).confirmsNewest).toBe(false);
  });

  it.each<[string, Partial<Heartbeat>, string]>([
    ['of another compartment', { compartmentId: 'ab'.repeat(32) as CompartmentId }, 'chain/heartbeat'],
    ['of an outsider', { deviceId: outsider.id }, 'chain/heartbeat'],
    ['of another member, signed by this one', { deviceId: lead.id }, 'crypto/signature'],
    ['of another chain', { chainHead: { seq: 0, linkHash: noise } }, 'chain/fork'],
    ['of a longer chain', { chainHead: { seq: 1, linkHash: noise } }, 'chain/behind'],
    ['of another content log', { contentHead: { size: 2, root: noise } }, 'chain/fork'],
    ['of a longer content log', { contentHead: { size: 3, root: noise } }, 'chain/behind'],
    ['of a content log before its own link', { contentHead: { size: 0, root: noise } }, 'chain/heartbeat'],
    ['of another directory', { directoryHead: { ...world.directoryHead, root: noise } }, 'chain/fork'],
    ['of a longer directory', { directoryHead: { ...world.directoryHead, size: 999 } }, 'chain/directory-behind'],
    ['of another time', { time: { timeMs: 1, offsetMinutes: 0 } }, 'chain/time'],
  ])('%s', (_name, forged, code) => {
    expect(verdict(() => verifyHeartbeat(said, beat(forged), world.facts()))).toBe(code);
  });

  it('of a member on the way out confirms nothing', () => {
    const left = world.push(said, linkTypes.leave, { signer: reader, body: about(reader.person.id) }).state;
    expect(verdict(() => verifyHeartbeat(left, beat(), world.facts()))).toBe('chain/heartbeat');
  });
});

describe('an invitation', () => {
  const { world, state, lead, coLead, contributor, outsider, humble } = makeCast(92);
  const { nowMs, view } = world.federation;
  const now = { view, nowMs };

  function offer(forged: Partial<Invitation> = {}, signer: WorldDevice = lead): Uint8Array {
    const signedBytes = encodeInvitation({
      invitationId: idFromBytes<InvitationId>(noise.subarray(0, 16)),
      caseId: state.caseId,
      compartments: [state.compartmentId],
      sponsorDevice: signer.id,
      target: invitationTargets.person,
      targetId: outsider.person.id,
      role: caseRoles.contributor,
      history: historyKinds.fromNow,
      uses: 1,
      notAfterMs: nowMs + 3_600_000,
      time: world.federation.time,
      ...forged,
    });
    const signature = signer.signing.sign(signaturePurposes.invitation, signedBytes);
    return encodeSignedInvitation({ signedBytes, signature });
  }

  function answer(forged: Partial<Acceptance> = {}, by: WorldDevice = outsider): Uint8Array {
    const signedBytes = encodeAcceptance({
      invitationId: idFromBytes<InvitationId>(noise.subarray(0, 16)),
      invitationHash: invitationHash(decodeSignedInvitation(offer()).signedBytes),
      personId: by.person.id,
      deviceId: by.id,
      time: world.federation.time,
      ...forged,
    });
    return encodeSignedAcceptance({
      signedBytes,
      signature: by.signing.sign(signaturePurposes.acceptance, signedBytes),
    });
  }

  it.each<[string, () => Uint8Array, string]>([
    ['by a lead', () => offer(), 'accepted'],
    ['by a contributor', () => offer({}, contributor), 'chain/invitation'],
    ['by an outsider', () => offer({}, outsider), 'chain/invitation'],
    ['in the name of another', () => offer({ sponsorDevice: lead.id }, contributor), 'crypto/signature'],
    [
      'without the root compartment',
      () => offer({ compartments: ['ab'.repeat(32) as CompartmentId] }),
      'chain/invitation',
    ],
    [
      'to a compartment that is not there',
      () => offer({ compartments: [state.compartmentId, 'ff'.repeat(32) as CompartmentId] }),
      'chain/invitation',
    ],
    ['that has expired', () => offer({ notAfterMs: nowMs }), 'chain/invitation'],
    [
      'for longer than an invitation lasts',
      () => offer({ notAfterMs: nowMs + limits.maxInvitationMs + 1 }),
      'chain/invitation',
    ],
    ['for more uses than one person has', () => offer({ uses: 2 }), 'codec/range'],
  ])('%s', (_name, make, code) => {
    expect(verdict(() => verifyInvitation(state, make(), now))).toBe(code);
  });

  it('of a sponsor who was removed since is void', () => {
    const removed = world.push(state, linkTypes.remove, { signer: coLead, body: about(lead.person.id) }).state;
    expect(verdict(() => verifyInvitation(removed, offer(), now))).toBe('chain/invitation');
  });

  it('is not made to a closed case', () => {
    const closed = world.push(state, linkTypes.close, { signer: lead }).state;
    expect(verdict(() => verifyInvitation(closed, offer(), now))).toBe('chain/invitation');
  });

  it('is answered by whom it invites, on a device of their own', () => {
    const signed = decodeSignedInvitation(offer());
    const judge = (bytes: Uint8Array, at = now): string => verdict(() => verifyAcceptance(signed, bytes, at));
    expect(judge(answer())).toBe('accepted');
    expect(judge(answer({}, humble))).toBe('chain/invitation');
    expect(judge(answer({ deviceId: humble.id }))).toBe('chain/invitation');
    expect(judge(answer({ invitationHash: noise }))).toBe('chain/invitation');
    expect(judge(answer({ invitationId: '00'.repeat(16) as InvitationId }))).toBe('chain/invitation');
    expect(judge(answer(), { view, nowMs: nowMs + 3_600_000 })).toBe('chain/invitation');
    expect(judge(answer({ time: { timeMs: nowMs + limits.maxClockSkewMs + 1, offsetMinutes: 0 } }))).toBe(
      'chain/invitation',
    );
    const forged = answer({ personId: outsider.person.id, deviceId: outsider.id }, humble);
    expect(judge(forged)).toBe('crypto/signature');
  });

  it('to an authority takes its people within their ceilings', () => {
    const signed = decodeSignedInvitation(
      offer({ target: invitationTargets.authority, targetId: humble.person.authority.id }),
    );
    const hash = { invitationHash: invitationHash(signed.signedBytes) };
    expect(verdict(() => verifyAcceptance(signed, answer(hash), now))).toBe('accepted');
    expect(verdict(() => verifyAcceptance(signed, answer(hash, humble), now))).toBe('chain/invitation');
    const toPost = decodeSignedInvitation(offer({ target: invitationTargets.post, targetId: outsider.person.postId }));
    const postHash = { invitationHash: invitationHash(toPost.signedBytes) };
    expect(verdict(() => verifyAcceptance(toPost, answer(postHash), now))).toBe('accepted');
    expect(verdict(() => verifyAcceptance(toPost, answer(postHash, contributor), now))).toBe('chain/invitation');
  });
});
