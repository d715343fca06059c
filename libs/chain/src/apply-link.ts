import { equalBytes, type PersonId, UsageError } from '@rogatory/kernel';
import { checkSuite } from '@rogatory/crypto/verify';
import {
  caseRoles,
  decodeSignedLink,
  type Link,
  linkActs,
  linkTypes,
  type Member,
  roleMay,
  signaturePurposes,
  type SignedLink,
} from '@rogatory/protocol';
import { checkSizes } from './admission-rules.js';
import { type ChainState, hadHead, isEpochGranted, type LinkRecord } from './chain-state.js';
import { demand, refusal } from './chain.errors.js';
import { viewOf } from './directory-head.js';
import type { LinkFacts } from './facts.js';
import { checkGenesis, isNoHead } from './genesis.js';
import { linkHash } from './hashes.js';
import { checkKeyFields } from './key-fields.js';
import { checkAct, checkOpen } from './link-acts.js';
import { isStaying, type LinkContext, stayingLeads } from './link-context.js';
import { fitsBody, type LinkRule, linkRules } from './link-rules.js';
import { isMemberLive } from './liveness.js';
import { membershipAfter } from './membership-change.js';
import { firstState, nextState } from './next-state.js';
import { checkLiveNow, checkReceivedTime } from './reception.js';
import { checkSignature } from './signature-check.js';

/** What a link did, once every rule was found to hold. */
export interface AppliedLink {
  readonly state: ChainState;
  readonly signed: SignedLink;
  readonly linkHash: Uint8Array;
  /** Whether a new key is in force; its boxes go to `boxRecipients`. */
  readonly startsEpoch: boolean;
  readonly added: readonly Member[];
  readonly departed: readonly PersonId[];
}

/**
 * Verifies one link and gives the state after it; undefined as state expects a genesis. The only way to a `ChainState`:
 * server, client and offline verifier all call it, with the bytes as received.
 * @throws CodecError on malformed bytes; VerificationError `chain/…`, `crypto/signature` when a rule does not hold;
 * RefusedError `chain/stale-head`, `chain/closed`, `chain/directory-behind`, `chain/root-behind`.
 */
export function applyLink(state: ChainState | undefined, bytes: Uint8Array, facts: LinkFacts): AppliedLink {
  const signed = decodeSignedLink(bytes);
  const hash = linkHash(signed.signedBytes);
  if (state === undefined) {
    demand(signed.link.type === linkTypes.genesis, 'chain/genesis', 'a chain begins with a genesis');
    const change = checkGenesis(signed, facts);
    const first = firstState({ signed, bytes, hash, change });
    return { state: first, signed, linkHash: hash, startsEpoch: true, added: change.added, departed: [] };
  }
  const change = checkLink(state, signed, facts);
  const startsEpoch = signed.link.epoch !== state.epoch;
  const next = nextState(state, { signed, bytes, hash, change });
  return { state: next, signed, linkHash: hash, startsEpoch, added: change.added, departed: change.departed };
}

function checkLink(state: ChainState, signed: SignedLink, facts: LinkFacts): LinkContext['change'] {
  const { link } = signed;
  const { type } = link;
  demand(type !== linkTypes.genesis, 'chain/genesis', 'a second genesis');
  const rule = linkRules[type];
  checkPlace(state, link);
  const rootRecord = checkRootHead(state, link, facts);
  const view = viewOf(facts, link.directoryHead, state.directoryHead);
  const atMs = link.directoryHead.timeMs;
  const change = membershipAfter(state, link, facts.root);
  const signer = signerOf(state, link, change.lagging);
  demand(isMemberLive(signer, view, atMs), 'chain/not-live', 'signed by a device that is not live');
  const { signedBytes: message, signature } = signed;
  checkSignature(facts, { purpose: signaturePurposes.link, publicKey: signer.signingKey, message, signature });
  checkReceivedTime(facts, link.time.timeMs);
  checkLiveNow(facts, signer);
  const isLead = actsAsLead({ ...state, lagging: change.lagging }, signer, rootRecord);
  demand(isLead || roleMay(signer.role, linkActs[type]), 'chain/right', "above the signer's role");
  checkOpen(state.isClosed || rootRecord?.isClosed === true, rule.isAllowedWhileClosed);
  checkForm(state, link, rule, { isLead, signer });
  checkAct({ state, link, facts, view, atMs, signer, isLead, rootRecord, change });
  checkSizes(change.members);
  demand(equalBytes(change.members.root(), link.memberRoot), 'chain/member-root', 'not the root of the members');
  return change;
}

/** SPEC: chains 2 — of this case and compartment, on the newest link, at the end of the content log. */
function checkPlace(state: ChainState, link: Link): void {
  const isHere = link.caseId === state.caseId && link.compartmentId === state.compartmentId;
  demand(isHere, 'chain/wrong-case', 'a link of another case or compartment');
  checkSuite(link.suite);
  demand(link.suite === state.suite, 'chain/suite', 'not the suite of the case');
  const isNext = link.seq === state.head.seq + 1 && equalBytes(link.previousLinkHash, state.head.linkHash);
  const { size, root } = state.content;
  if (!isNext || link.logHead.size < size) throw refusal('chain/stale-head', { seq: state.head.seq, size });
  const isEnd = link.logHead.size === size && equalBytes(link.logHead.root, root);
  demand(isEnd, 'chain/log-head', 'cites a content log that is not ours');
}

function checkRootHead(state: ChainState, link: Link, { root, reception }: LinkFacts): LinkRecord | undefined {
  if (state.isRoot) {
    demand(isNoHead(link.rootHead), 'chain/root-head', 'a root chain cites a root chain');
    return undefined;
  }
  if (root === undefined) throw new UsageError('chain/root-missing', 'a compartment is verified with its root chain');
  demand(root.isRoot && root.caseId === state.caseId, 'chain/wrong-case', 'verified with the root of another case');
  const { seq } = link.rootHead;
  demand(seq >= state.rootHead.seq, 'chain/root-head', 'cites an older root chain than was cited before');
  if (seq > root.head.seq) throw refusal('chain/root-behind', { seq });
  demand(hadHead(root, link.rootHead), 'chain/root-head', 'cites a root chain that is not ours');
  if (reception !== undefined && seq < root.head.seq) throw refusal('chain/stale-head', { rootSeq: root.head.seq });
  return root.links.at(seq);
}

/** A member before the link who is not on the way out. */
function signerOf(state: ChainState, link: Link, lagging: ReadonlySet<PersonId>): Member {
  const signer = state.members.device(link.signerDevice);
  const isMember = signer !== undefined && isStaying({ ...state, lagging }, signer.personId);
  demand(isMember, 'chain/signer', 'signed by a device that is not a member');
  return signer;
}

/**
 * SPEC: chains 4.6 — in a compartment that has lost its last lead, a member who leads the case leads it, or nobody could
 * ever admit or remove again.
 */
function actsAsLead(
  state: Pick<ChainState, 'members' | 'leaving' | 'lagging' | 'isRoot'>,
  signer: Member,
  rootRecord: LinkRecord | undefined,
): boolean {
  if (signer.role === caseRoles.lead) return true;
  if (state.isRoot || stayingLeads(state) > 0) return false;
  return rootRecord?.members.person(signer.personId)?.role === caseRoles.lead;
}

function checkForm(
  state: ChainState,
  link: Link,
  rule: LinkRule,
  { isLead, signer }: Pick<LinkContext, 'isLead' | 'signer'>,
): void {
  demand(fitsBody(link.body, rule), 'chain/body', 'fields that the type does not have, or missing ones');
  const couldOpen = (epoch: number): boolean => isEpochGranted(state, signer.personId, epoch);
  checkKeyFields(state, link, rule, { isLead, couldOpen });
}
