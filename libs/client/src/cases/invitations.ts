import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  idFromBytes,
  type InvitationId,
  isRogatoryError,
  limits,
  type PersonId,
  type PostId,
  SHORT_ID_BYTES,
  toBase64,
} from '@rogatory/kernel';
import { type ChainState, invitationHash, verifyAcceptance, verifyInvitation } from '@rogatory/chain';
import { verifySignature } from '@rogatory/crypto/verify';
import { composeAdd, type ComposedLink, type HistoryChoice } from '@rogatory/e2ee';
import {
  type Acceptance,
  actSubjects,
  type CaseRole,
  decodeSignedInvitation,
  encodeAcceptance,
  encodeInvitation,
  encodeSignedAcceptance,
  encodeSignedInvitation,
  type HistoryKind,
  historyKinds,
  type Invitation,
  invitationTargets,
  roleMay,
  signaturePurposes,
  type SignedInvitation,
} from '@rogatory/protocol';
import { refusedError, usageError } from '../client.errors.js';
import {
  acceptInvitationOperation,
  invitationsOperation,
  inviteOperation,
  revokeInvitationOperation,
} from '../operations.generated.js';
import { asBytes, asFlag, asList, asWhole } from '../transport/answer.js';
import type { CaseParts } from './case-parts.js';
import { type CaseScenes, type OpenCase, rootOf } from './open-case.js';

export type Invited =
  | { readonly personId: PersonId }
  | { readonly postId: PostId }
  /** Several persons of an authority may accept, up to `uses`. */
  | { readonly authorityId: AuthorityId; readonly uses: number };

export interface InvitationDraft {
  readonly invited: Invited;
  readonly role: CaseRole;
  readonly history: HistoryChoice;
  /** Further compartments offered; the root always is. */
  readonly compartments?: readonly CompartmentId[];
  /** By default in seven days. */
  readonly notAfterMs?: number;
}

/** An offer as this device was shown it: signature and sponsor verified as far as it can see. */
export interface ReceivedInvitation {
  readonly invitation: Invitation;
  readonly signed: SignedInvitation;
  /** The signed offer as the server told it: what `admit` judges. */
  readonly bytes: Uint8Array;
  readonly isRevoked: boolean;
  readonly usesLeft: number;
  /** Encoded, unverified: `acceptancesOf` reads those that hold. */
  readonly acceptances: readonly Uint8Array[];
}

/** What an offer gives to whoever is admitted on it. */
export interface OfferedTerms {
  readonly sponsorId: PersonId;
  readonly role: CaseRole;
  readonly history: HistoryKind;
  /** Those of the offer that this device can give and the sponsor may offer. */
  readonly compartments: readonly CompartmentId[];
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** Offers of membership, answers to them, and admission against both. */
export class Invitations {
  readonly #parts: CaseParts;

  constructor(parts: CaseParts) {
    this.#parts = parts;
  }

  /** Offers membership; by a lead. The person is admitted only after they accepted and a lead's client saw it. */
  async invite(open: OpenCase, draft: InvitationDraft): Promise<Invitation> {
    const { gateway, keys } = this.#parts;
    const invitationId = idFromBytes<InvitationId>(gateway.random(SHORT_ID_BYTES));
    const time = gateway.acts.time();
    const { role, history, compartments = [] } = draft;
    const kinds = { all: historyKinds.all, 'from-now': historyKinds.fromNow, 'from-date': historyKinds.fromDate };
    const invitation: Invitation = {
      invitationId,
      caseId: open.caseId,
      compartments: [...new Set([rootOf(open.caseId), ...compartments])].sort(),
      sponsorDevice: keys.deviceId,
      ...targetOf(draft.invited),
      role,
      history: kinds[history.kind],
      notAfterMs: draft.notAfterMs ?? time.timeMs + WEEK_MS,
      time,
    };
    const signedBytes = encodeInvitation(invitation);
    const signature = keys.signing.sign(signaturePurposes.invitation, signedBytes);
    const bytes = encodeSignedInvitation({ signedBytes, signature });
    await this.#parts.directory.syncWhenOld();
    verifyInvitation(open.root.state, bytes, this.#judge());
    const variables = { invitation: toBase64(bytes) };
    const subject = actSubjects.invite(open.caseId, invitationId, bytes);
    await gateway.call(inviteOperation, { variables, subject }, (data) => asFlag(data.invite));
    return invitation;
  }

  async revoke(invitationId: InvitationId): Promise<void> {
    const call = { variables: { invitationId }, subject: actSubjects.revokeInvitation(invitationId) };
    await this.#parts.gateway.call(revokeInvitationOperation, call, (data) => asFlag(data.revokeInvitation));
  }

  /** Offers addressed to this person. Each is signed by a live certified device; whether that is a lead shows on opening. */
  async received(): Promise<ReceivedInvitation[]> {
    await this.#parts.directory.syncWhenOld();
    const told = await this.#list();
    return told.filter(({ signed }) => this.#isBySponsor(signed));
  }

  /** Offers of a case that this person leads, those only that stand: by a member who may invite, on terms of the case. */
  async ofCase(open: OpenCase): Promise<ReceivedInvitation[]> {
    await this.#parts.directory.syncWhenOld();
    const told = await this.#list(open.caseId);
    await open.root.sync();
    const { state } = open.root;
    return told.filter(({ bytes }) => holds(() => verifyInvitation(state, bytes, this.#judge())));
  }

  /** Answers an offer with this person's signature. */
  async accept({ signed }: ReceivedInvitation): Promise<void> {
    const { gateway, keys } = this.#parts;
    const { invitationId } = signed.invitation;
    const signedBytes = encodeAcceptance({
      invitationId,
      invitationHash: invitationHash(signed.signedBytes),
      personId: keys.personId,
      deviceId: keys.deviceId,
      time: gateway.acts.time(),
    });
    const signature = keys.signing.sign(signaturePurposes.acceptance, signedBytes);
    const bytes = encodeSignedAcceptance({ signedBytes, signature });
    const variables = { acceptance: toBase64(bytes) };
    const subject = actSubjects.acceptInvitation(invitationId, bytes);
    await gateway.call(acceptInvitationOperation, { variables, subject }, (data) => asFlag(data.acceptInvitation));
  }

  /** The answers to an offer that hold. */
  acceptancesOf({ signed, acceptances }: Pick<ReceivedInvitation, 'signed' | 'acceptances'>): Acceptance[] {
    return acceptances.flatMap((bytes) => holds(() => verifyAcceptance(signed, bytes, this.#judge()))?.verified ?? []);
  }

  /**
   * What an offer would give, for a lead to look at before it is signed: what its sponsor signed and may still offer.
   * @throws VerificationError `chain/invitation`.
   */
  terms(open: OpenCase, offer: ReceivedInvitation): OfferedTerms {
    const { signed, sponsorId } = this.#judged(open, offer);
    const { role, history, compartments } = signed.invitation;
    const given = open.compartments
      .filter(({ compartmentId, state }) => compartments.includes(compartmentId) && mayInvite(state, sponsorId))
      .map(({ compartmentId }) => compartmentId);
    return { sponsorId, role, history, compartments: given };
  }

  /**
   * Admits a person who accepted, into every compartment of the offer that this device can give, all or none. The terms
   * are those that a member signed who may invite in every one of them; what a server says of an offer decides nothing.
   * @param history as this lead decides now; by default what was offered.
   * @throws VerificationError `chain/invitation` for an offer that its sponsor may not make (any more); RefusedError
   * `client/not-found` without a valid answer; `e2ee/contact` before the user decided on the person.
   */
  async admit(
    open: OpenCase,
    offer: ReceivedInvitation,
    admission: { readonly personId: PersonId; readonly history?: HistoryChoice; readonly notAfterMs?: number },
  ): Promise<readonly ComposedLink[]> {
    const { personId } = admission;
    await this.#parts.directory.syncWhenOld();
    const { signed, sponsorId } = this.#judged(open, offer);
    const { invitation } = signed;
    const answers = this.acceptancesOf({ signed, acceptances: offer.acceptances });
    const isAnswered = answers.some((acceptance) => acceptance.personId === personId);
    if (offer.isRevoked || !isAnswered) throw refusedError('client/not-found');
    const history = admission.history ?? offeredHistory(invitation);
    const certified = this.#parts.directory.view.person(personId)?.certificate.notAfterMs;
    const notAfterMs = admission.notAfterMs ?? certified;
    if (notAfterMs === undefined) throw refusedError('client/not-found');
    const terms = { personId, role: invitation.role, history, notAfterMs };
    const add = (scenes: CaseScenes): ComposedLink[] => {
      // The case may have moved since the offer was judged, and each attempt composes on what it is by then.
      verifyInvitation(scenes.scene(rootOf(open.caseId)).state, offer.bytes, this.#judge());
      return scenes.ids
        .filter((id) => invitation.compartments.includes(id))
        .filter((id) => scenes.scene(id).state.members.person(personId) === undefined)
        .filter((id) => mayInvite(scenes.scene(id).state, sponsorId))
        .map((id) => scenes.note(composeAdd(scenes.scene(id), readmission(scenes, id, terms))));
    };
    return open.append(add, [personId]);
  }

  #judged(open: OpenCase, { bytes }: ReceivedInvitation) {
    const { state } = open.root;
    const signed = verifyInvitation(state, bytes, this.#judge());
    const sponsor = state.members.device(signed.invitation.sponsorDevice);
    if (sponsor === undefined) throw refusedError('client/not-found');
    return { signed, sponsorId: sponsor.personId };
  }

  #judge() {
    const { directory, gateway } = this.#parts;
    return { view: directory.view, nowMs: gateway.clock.nowMs() };
  }

  #isBySponsor({ invitation, signedBytes, signature }: SignedInvitation): boolean {
    const { view, nowMs } = this.#judge();
    const sponsor = view.device(invitation.sponsorDevice);
    if (sponsor === undefined || !view.isDeviceLive(invitation.sponsorDevice, nowMs)) return false;
    const publicKey = sponsor.certificate.signingKey;
    const purpose = signaturePurposes.invitation;
    return holds(() => verifySignature({ purpose, publicKey, message: signedBytes, signature })) !== undefined;
  }

  async #list(caseId?: CaseId): Promise<ReceivedInvitation[]> {
    const variables = caseId === undefined ? {} : { caseId };
    const call = { variables, subject: actSubjects.listInvitations(caseId) };
    return this.#parts.gateway.call(invitationsOperation, call, ({ invitations: page }) =>
      (asList(page.invitations), page.invitations).map((told) => {
        const bytes = asBytes(told.invitation);
        const signed = decodeSignedInvitation(bytes);
        const acceptances = asList(told.acceptances, limits.maxInvitationUses).map(asBytes);
        const facts = { isRevoked: asFlag(told.isRevoked), usesLeft: asWhole(told.usesLeft) };
        return { invitation: signed.invitation, signed, bytes, acceptances, ...facts };
      }),
    );
  }
}

/** Nobody can offer what they could not give themselves: only compartments where they may invite too. */
function mayInvite({ members, leaving, lagging }: ChainState, sponsorId: PersonId): boolean {
  const sponsor = members.person(sponsorId);
  const isStaying = sponsor !== undefined && !leaving.has(sponsorId) && !lagging.has(sponsorId);
  return isStaying && roleMay(sponsor.role, 'invite');
}

/** What a check gives; undefined for what does not hold. */
function holds<Verified>(check: () => Verified): { readonly verified: Verified } | undefined {
  try {
    return { verified: check() };
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}

/** A person who was a member before gets nothing but from now on, in that compartment. */
function readmission<Terms extends { readonly personId: PersonId; readonly history: HistoryChoice }>(
  scenes: CaseScenes,
  id: CompartmentId,
  terms: Terms,
): Terms {
  const wasMember = scenes.scene(id).state.grants.has(terms.personId);
  return wasMember ? { ...terms, history: { kind: 'from-now' } } : terms;
}

function offeredHistory({ history }: Invitation): HistoryChoice {
  if (history === historyKinds.all) return { kind: 'all' };
  if (history === historyKinds.fromNow) return { kind: 'from-now' };
  // A date is not on the wire of an offer: whoever admits names it.
  throw usageError('client/input');
}

function targetOf(invited: Invited): Pick<Invitation, 'target' | 'targetId' | 'uses'> {
  if ('personId' in invited) return { target: invitationTargets.person, targetId: invited.personId, uses: 1 };
  if ('postId' in invited) return { target: invitationTargets.post, targetId: invited.postId, uses: 1 };
  return { target: invitationTargets.authority, targetId: invited.authorityId, uses: invited.uses };
}
