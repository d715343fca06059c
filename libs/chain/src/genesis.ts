import { equalBytes, limits, UsageError } from '@rogatory/kernel';
import { checkSuite, verifySignature } from '@rogatory/crypto/verify';
import {
  caseRoles,
  type ChainHead,
  historyKinds,
  type Link,
  type Member,
  signaturePurposes,
  type SignedLink,
} from '@rogatory/protocol';
import { emptyRoot } from '@rogatory/tlog';
import { areAscending, checkSizes } from './admission-rules.js';
import { type ChainState, hadHead, type LinkRecord } from './chain-state.js';
import { demand, refusal } from './chain.errors.js';
import type { DirectoryLookup } from './directory-lookup.js';
import { viewOf } from './directory-head.js';
import type { LinkFacts } from './facts.js';
import { caseIdOf, compartmentIdOf, isZeroHash } from './hashes.js';
import { checkLeaf } from './leaf-check.js';
import { isPolicyWithin } from './link-acts.js';
import { fitsBody } from './link-rules.js';
import { membershipAfter, type MembershipChange } from './membership-change.js';
import { sharesMembership } from './member-set.js';
import { checkLiveNow, checkReceivedTime } from './reception.js';

const genesisBody = { required: ['members', 'policy', 'salt'], optional: [] } as const;

/**
 * Checks the first link of a chain in full.
 * @throws VerificationError `chain/genesis` and the codes of its parts; RefusedError `chain/root-behind` when the root
 * chain known here does not yet announce the compartment.
 */
export function checkGenesis(signed: SignedLink, facts: LinkFacts): MembershipChange {
  const { link } = signed;
  checkSuite(link.suite);
  checkShape(link);
  const view = viewOf(facts, link.directoryHead, undefined);
  const isRootChain: boolean = (link.caseId as string) === link.compartmentId;
  const rootRecord = isRootChain ? undefined : announcedBy(link, facts.root);
  if (isRootChain) {
    demand(isNoHead(link.rootHead), 'chain/root-head', 'a root chain cites a root chain');
    demand(caseIdOf(link) === link.caseId, 'chain/genesis', 'the case id is not that of the genesis');
  }
  const change = membershipAfter(undefined, link);
  checkMembers(change, rootRecord, { view, atMs: link.directoryHead.timeMs });
  const creator = change.members.device(link.signerDevice);
  demand(creator?.role === caseRoles.lead, 'chain/genesis', 'begun by a device that is not a lead of it');
  checkBeginner(link, creator, facts.root);
  verifySignature({
    purpose: signaturePurposes.link,
    publicKey: creator.signingKey,
    message: signed.signedBytes,
    signature: signed.signature,
  });
  checkReceivedTime(facts, link.time.timeMs);
  checkLiveNow(facts, creator);
  demand(equalBytes(change.members.root(), link.memberRoot), 'chain/member-root', 'not the root of the members');
  return change;
}

function checkShape(link: Link): void {
  demand(fitsBody(link.body, genesisBody), 'chain/body', 'fields that a genesis does not have, or missing ones');
  const isFirst =
    link.seq === 0 &&
    link.epoch === 1 &&
    link.baseEpoch === 0 &&
    !link.isBarrier &&
    link.archive.length === 0 &&
    isZeroHash(link.previousLinkHash);
  demand(isFirst, 'chain/genesis', 'not the form of a first link');
  const isEmptyLog = link.logHead.size === 0 && equalBytes(link.logHead.root, emptyRoot());
  demand(isEmptyLog, 'chain/log-head', 'a genesis stands first in its content log');
  const hasKeys = !isZeroHash(link.boxRoot) && !isZeroHash(link.keyCommit) && !isZeroHash(link.readCommit);
  demand(hasKeys, 'chain/commitments', 'an epoch without boxes or commitments');
  demand(link.body.policy !== undefined && isPolicyWithin(link.body.policy), 'chain/policy', 'out of bounds');
}

/** SPEC: chains 3 — a compartment is valid only through a lead's announcement, the root chain's very next link. */
function announcedBy(link: Link, root: ChainState | undefined): LinkRecord {
  if (root === undefined) throw new UsageError('chain/root-missing', 'a compartment is verified with its root chain');
  demand(root.isRoot && root.caseId === link.caseId, 'chain/wrong-case', 'a compartment of another case');
  demand(compartmentIdOf(link) === link.compartmentId, 'chain/genesis', 'the id is not that of the genesis');
  if (link.rootHead.seq + 1 > root.head.seq) throw refusal('chain/root-behind', { seq: link.rootHead.seq + 1 });
  demand(hadHead(root, link.rootHead), 'chain/root-head', 'cites a root chain that is not ours');
  const isAnnounced = root.links.at(link.rootHead.seq + 1)?.announced?.compartmentId === link.compartmentId;
  demand(isAnnounced, 'chain/compartment', 'not announced by the next link of the root chain');
  return root.links.at(link.rootHead.seq) as LinkRecord;
}

function checkBeginner(link: Link, creator: Member, root: ChainState | undefined): void {
  if ((link.caseId as string) === link.compartmentId) return;
  const named = root?.links.at(link.rootHead.seq + 1)?.announced?.personId;
  demand(named === creator.personId, 'chain/compartment', 'begun by another person than the root chain names');
}

function checkMembers(
  { added, members }: MembershipChange,
  rootRecord: LinkRecord | undefined,
  { view, atMs }: { readonly view: DirectoryLookup; readonly atMs: number },
): void {
  demand(areAscending(added.map(({ deviceId }) => deviceId)), 'chain/member', 'leaves out of order or repeated');
  checkSizes(members);
  for (const leaf of added) {
    const person = members.person(leaf.personId);
    demand(person !== undefined && sharesMembership(leaf, person), 'chain/member', 'leaves of one person differ');
    demand(person.devices.length <= limits.maxDevicesPerPerson, 'chain/limit', 'too many devices of a person');
    const isWhole = leaf.history.kind === historyKinds.all && leaf.history.fromEpoch === 1;
    demand(isWhole, 'chain/history', 'a first member is granted everything');
    const isInRoot = rootRecord === undefined || isRootMember(rootRecord, leaf);
    demand(isInRoot, 'chain/member', 'the person is not a member of the case');
    checkLeaf(leaf, view, atMs);
  }
}

function isRootMember(record: LinkRecord, { personId }: Member): boolean {
  return record.members.persons.has(personId) && !record.leaving.has(personId);
}

export function isNoHead(head: ChainHead): boolean {
  return head.seq === 0 && isZeroHash(head.linkHash);
}
