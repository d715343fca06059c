import { type CaseId, type CompartmentId, limits, type PersonId } from '@rogatory/kernel';
import { boxRootOf, caseIdOf, compartmentIdOf, membershipAfter, zeroHash } from '@rogatory/chain';
import {
  type CasePolicy,
  type CaseRole,
  caseRoles,
  type ChainHead,
  currentSuite,
  historyKinds,
  keyKinds,
  type Link,
  linkTypes,
  type Member,
} from '@rogatory/protocol';
import { emptyRoot } from '@rogatory/tlog';
import { sealKeyBox } from '../keys/boxes.js';
import { type EpochBook, EpochKeyring, type EpochRecord } from '../keys/epoch-keyring.js';
import { requireContact } from '../trust/contacts.js';
import {
  composeLink,
  epochRecipients,
  finishLink,
  type LinkFrame,
  makeEpoch,
  openFrame,
  sealBoxes,
} from './assemble.js';
import { memberLeavesOf } from './member-leaf.js';
import { type AuthorScene, type ComposedLink, type LinkScene, viewOf } from './scene.js';

const NO_ID = '0'.repeat(64);
const FIRST_EPOCH = 1;

export const defaultCasePolicy: CasePolicy = {
  headConfirmationMs: limits.headConfirmationMs,
  rotateAfterMs: limits.epochRotateAfterMs,
  minimumLeads: 1,
};

export interface GenesisTerms {
  readonly policy?: CasePolicy;
  /** When the creator's membership ends by itself. */
  readonly notAfterMs: number;
  /** Members beside the creator, granted everything, each of whom the user has decided to trust. */
  readonly members?: readonly FirstMember[];
}

export interface FirstMember {
  readonly personId: PersonId;
  readonly role: CaseRole;
  readonly notAfterMs: number;
}

/** The first link of a case, with its creator, on all live devices, as a lead. */
export function composeCase(scene: AuthorScene, terms: GenesisTerms): ComposedLink {
  const noRoot = { seq: 0, linkHash: zeroHash() };
  const { link, parts } = draftGenesis(scene, terms, { rootHead: noRoot });
  const finished = finishLink(scene, undefined, link);
  return { ...finished, ...parts };
}

/** A further compartment: two links, of which the first goes into the root chain and the second begins the new chain. */
export interface ComposedCompartment {
  readonly announcement: ComposedLink;
  readonly genesis: ComposedLink;
}

/** A further compartment of a case, with its creator as a lead. The scene is that of the root chain. */
export function composeCompartment(scene: LinkScene, terms: GenesisTerms): ComposedCompartment {
  const { state } = scene;
  const place = { rootHead: state.head, caseId: state.caseId };
  const { link, parts } = draftGenesis(scene, terms, place);
  const { compartmentId } = link;
  const body = { compartmentId, personId: scene.author.personId };
  const announcement = composeLink(scene, { type: linkTypes.compartment, body, startsEpoch: false });
  const finished = finishLink({ ...scene, root: announcement.next }, undefined, link);
  return { announcement, genesis: { ...finished, ...parts } };
}

interface GenesisPlace {
  readonly rootHead: ChainHead;
  /** Absent for a root chain. */
  readonly caseId?: CaseId;
}

function draftGenesis(
  scene: AuthorScene,
  terms: GenesisTerms,
  place: GenesisPlace,
): { link: Link; parts: Pick<ComposedLink, 'boxes' | 'weakRecipients' | 'keyring' | 'ungivenEpochs'> } {
  const frame = genesisFrame(scene, terms, place);
  const opened = openFrame(scene, frame);
  const before = { keyring: new EpochKeyring(), book: emptyBook, segmentStart: FIRST_EPOCH };
  const making = makeEpoch(scene, opened, before);
  const record = making.book.epoch(FIRST_EPOCH) as EpochRecord;
  const entries = [making.keyring.entry(keyKinds.chain, record)];
  const { contextHash, keyring } = making;
  const sealed = sealBoxes(scene, epochRecipients(scene, frame), (recipient) =>
    sealKeyBox({ recipient, contextHash, random: scene.random }, entries),
  );
  const link = { ...making.link, boxRoot: boxRootOf(sealed.boxes) };
  return { link, parts: { ...sealed, keyring, ungivenEpochs: [] } };
}

const emptyBook: EpochBook = { newestEpoch: 0, epoch: () => undefined };

function genesisFrame(scene: AuthorScene, terms: GenesisTerms, { rootHead, caseId }: GenesisPlace): LinkFrame {
  const members = firstLeaves(scene, terms);
  const body = { members, policy: terms.policy ?? defaultCasePolicy, salt: scene.random(32) };
  const type = linkTypes.genesis;
  const frame: LinkFrame = {
    type,
    body,
    suite: currentSuite,
    caseId: caseId ?? (NO_ID as CaseId),
    compartmentId: NO_ID as CompartmentId,
    seq: 0,
    epoch: FIRST_EPOCH,
    startsEpoch: true,
    isBarrier: false,
    baseEpoch: 0,
    previousLinkHash: zeroHash(),
    rootHead,
    logHead: { size: 0, root: emptyRoot() },
    change: membershipAfter(undefined, { type, body, epoch: FIRST_EPOCH, rootHead }),
  };
  return named(scene, frame);
}

function firstLeaves(scene: AuthorScene, { notAfterMs, members = [] }: GenesisTerms): Member[] {
  const view = viewOf(scene);
  for (const { personId } of members) requireContact(scene.trust, view, personId);
  const creator: FirstMember = { personId: scene.author.personId, role: caseRoles.lead, notAfterMs };
  const history = { kind: historyKinds.all, fromEpoch: FIRST_EPOCH };
  const atMs = scene.directoryHead.timeMs;
  const leaves = [creator, ...members].flatMap((member) =>
    memberLeavesOf(view, member.personId, { role: member.role, notAfterMs: member.notAfterMs, history, atMs }),
  );
  return leaves.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}

/** The ids follow from everything else in the frame. */
function named(scene: AuthorScene, frame: LinkFrame): LinkFrame {
  const { link } = openFrame(scene, frame);
  if ((frame.caseId as string) !== NO_ID) return { ...frame, compartmentId: compartmentIdOf(link) };
  const caseId = caseIdOf(link);
  return { ...frame, caseId, compartmentId: caseId as string as CompartmentId };
}
