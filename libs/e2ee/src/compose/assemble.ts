import { type CaseId, type CompartmentId, type DeviceId } from '@rogatory/kernel';
import {
  applyLink,
  boxRecipients,
  boxRootOf,
  type ChainState,
  type EpochInterval,
  isEpochGranted,
  linkContext,
  membershipAfter,
  type MembershipChange,
  zeroHash,
} from '@rogatory/chain';
import {
  type ChainHead,
  encodeLink,
  encodeSignedLink,
  keyKinds,
  type KeyEntry,
  type Link,
  type LinkBody,
  type LinkType,
  type LogHead,
  type Member,
  signaturePurposes,
  type Suite,
} from '@rogatory/protocol';
import { sealKeyBox } from '../keys/boxes.js';
import { epochBook } from '../keys/epoch-book.js';
import { type EpochBook, type EpochKeyring, type EpochRecord } from '../keys/epoch-keyring.js';
import { entriesFor, ungivenEpochs } from '../keys/key-grant.js';
import { commitmentsOf, makeEpochKey, sealArchive } from '../keys/key-schedule.js';
import { chooseRecipientKey, type RecipientKey } from '../keys/recipient.js';
import { type AuthorScene, type ComposedLink, factsOf, type LinkScene, viewOf } from './scene.js';

/** Where a link stands and who is in after it. */
export interface LinkFrame {
  readonly type: LinkType;
  readonly body: LinkBody;
  readonly suite: Suite;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly seq: number;
  readonly epoch: number;
  readonly startsEpoch: boolean;
  readonly isBarrier: boolean;
  readonly baseEpoch: number;
  readonly previousLinkHash: Uint8Array;
  readonly rootHead: ChainHead;
  readonly logHead: LogHead;
  readonly change: MembershipChange;
}

/** What a type of link adds to the frame. */
export interface LinkPlan {
  readonly type: LinkType;
  readonly body: LinkBody;
  readonly startsEpoch: boolean;
  readonly isBarrier?: boolean;
  /** Boxes of a link that starts no epoch. */
  readonly boxes?: BoxPlan;
}

export interface BoxPlan {
  readonly recipients: readonly Member[];
  readonly seal: (recipient: RecipientKey, contextHash: Uint8Array) => Uint8Array;
  readonly ungivenEpochs: readonly number[];
}

/** The link before its boxes, key and signature: its context is final. */
export function openFrame(
  scene: AuthorScene,
  frame: LinkFrame,
): { readonly link: Link; readonly contextHash: Uint8Array } {
  const { suite, caseId, compartmentId, seq, epoch, baseEpoch, previousLinkHash, rootHead, logHead, change } = frame;
  const link: Link = {
    type: frame.type,
    isBarrier: frame.isBarrier,
    suite,
    caseId,
    compartmentId,
    seq,
    epoch,
    baseEpoch,
    previousLinkHash,
    rootHead,
    directoryHead: scene.directoryHead,
    logHead,
    time: scene.time,
    signerDevice: scene.author.deviceId,
    body: frame.body,
    memberRoot: change.members.root(),
    boxRoot: zeroHash(),
    keyCommit: zeroHash(),
    readCommit: zeroHash(),
    archive: new Uint8Array(0),
  };
  return { link, contextHash: linkContext(encodeLink(link).contextBytes) };
}

/** Chooses keys for the recipients and seals to each. */
export function sealBoxes(
  scene: AuthorScene,
  recipients: readonly Member[],
  seal: (recipient: RecipientKey) => Uint8Array,
): Pick<ComposedLink, 'boxes' | 'weakRecipients'> {
  const judgement = { directory: viewOf(scene), nowMs: scene.time.timeMs, prekeysOf: scene.prekeysOf };
  const sorted = [...recipients].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  const choices = sorted.map((member) => chooseRecipientKey(member, judgement));
  const weak = choices.filter(({ kind }) => kind === 'device-key');
  return { boxes: choices.map(({ key }) => seal(key)), weakRecipients: weak.map(({ key }) => key.deviceId) };
}

/** A new epoch's key with everything that is made from it. */
export interface EpochMaking {
  readonly link: Link;
  readonly contextHash: Uint8Array;
  readonly keyring: EpochKeyring;
  readonly book: EpochBook;
}

/** Makes K_e, its commitments and its archive, and the keyring that holds it. */
export function makeEpoch(
  scene: AuthorScene,
  opened: { readonly link: Link; readonly contextHash: Uint8Array },
  before: { readonly keyring: EpochKeyring; readonly book: EpochBook; readonly segmentStart: number },
): EpochMaking {
  const { contextHash } = opened;
  const { suite, caseId, compartmentId, epoch, baseEpoch, isBarrier } = opened.link;
  const context = { suite, caseId, compartmentId, epoch, contextHash };
  const baseKey = baseEpoch === 0 ? undefined : before.keyring.chainKey(baseEpoch);
  const key = makeEpochKey(scene.random, context, baseKey);
  const commitments = commitmentsOf(key, context);
  // SPEC: keys 2: the archive is absent at a barrier and when the base lies before the last one
  const isArchived = baseKey !== undefined && !isBarrier && baseEpoch >= before.segmentStart;
  const archive = isArchived ? sealArchive(scene.random, key, context, baseKey) : new Uint8Array(0);
  const record: EpochRecord = { ...context, ...commitments, baseEpoch, isBarrier, archive };
  const book = extended(before.book, record);
  const keyring = before.keyring.clone();
  keyring.learn([{ kind: keyKinds.chain, epoch, key: key.use((bytes) => bytes) }], book);
  key.wipe();
  return { link: { ...opened.link, ...commitments, archive }, contextHash, keyring, book };
}

function extended(book: EpochBook, record: EpochRecord): EpochBook {
  return {
    newestEpoch: record.epoch,
    epoch: (number) => (number === record.epoch ? record : book.epoch(number)),
  };
}

/** Signs a link, and has our own verifier accept it before anybody sees it. */
export function finishLink(
  scene: AuthorScene & Partial<Pick<LinkScene, 'root' | 'complaint'>>,
  state: ChainState | undefined,
  link: Link,
): Pick<ComposedLink, 'linkBytes' | 'signed' | 'next'> {
  const { signedBytes } = encodeLink(link);
  const signature = scene.author.signingKey.sign(signaturePurposes.link, signedBytes);
  const linkBytes = encodeSignedLink({ signedBytes, signature });
  const applied = applyLink(state, linkBytes, factsOf(scene));
  return { linkBytes, signed: applied.signed, next: applied.state };
}

/** Makes the link of a plan on the newest head of a compartment. */
export function composeLink(scene: LinkScene, plan: LinkPlan): ComposedLink {
  const { state, root, keyring } = scene;
  const frame = frameOf(scene, plan);
  const opened = openFrame(scene, frame);
  if (plan.startsEpoch) {
    const before = { keyring, book: epochBook(state), segmentStart: state.segmentStart };
    return composeEpoch(scene, frame, makeEpoch(scene, opened, before));
  }
  const { recipients = [], seal, ungivenEpochs: ungiven = [] } = plan.boxes ?? {};
  const sealed = sealBoxes(scene, recipients, (recipient) => seal?.(recipient, opened.contextHash) ?? zeroHash());
  const link = sealed.boxes.length === 0 ? opened.link : { ...opened.link, boxRoot: boxRootOf(sealed.boxes) };
  const finished = finishLink({ ...scene, ...(root && { root }) }, state, link);
  return { ...finished, ...sealed, keyring: keyring.clone(), ungivenEpochs: ungiven };
}

function frameOf({ author, state, root, keyring }: LinkScene, plan: LinkPlan): LinkFrame {
  const { type, body, startsEpoch, isBarrier = false } = plan;
  const epoch = startsEpoch ? state.epoch + 1 : state.epoch;
  const rootHead = root === undefined ? { seq: 0, linkHash: zeroHash() } : root.head;
  const change = membershipAfter(state, { type, body, epoch, rootHead }, root);
  const { suite, caseId, compartmentId } = state;
  // A key that somebody gave us beyond what we are granted is nothing that others would let us build on.
  const isOwn = (held: number): boolean => isEpochGranted(state, author.personId, held);
  return {
    type,
    body,
    suite,
    caseId,
    compartmentId,
    seq: state.head.seq + 1,
    epoch,
    startsEpoch,
    isBarrier,
    baseEpoch: startsEpoch ? (keyring.newestChainEpoch(isOwn) ?? 0) : epoch,
    previousLinkHash: state.head.linkHash,
    rootHead,
    logHead: { size: state.content.size, root: state.content.root },
    change,
  };
}

function composeEpoch(scene: LinkScene, frame: LinkFrame, making: EpochMaking): ComposedLink {
  const { state } = scene;
  const added = new Map<DeviceId, Member>(frame.change.added.map((member) => [member.deviceId, member]));
  const newest = [making.keyring.entry(keyKinds.chain, making.book.epoch(frame.epoch) as EpochRecord)];
  const histories = new Map<string, readonly KeyEntry[]>();
  const ungiven = new Set<number>();
  for (const member of added.values()) {
    const question = { grant: grantAfter(state, member), keyring: making.keyring, book: making.book };
    if (!histories.has(member.personId)) histories.set(member.personId, entriesFor(question));
    for (const epoch of ungivenEpochs(question)) ungiven.add(epoch);
  }
  const entriesOf = (deviceId: DeviceId): readonly KeyEntry[] =>
    histories.get(added.get(deviceId)?.personId ?? '') ?? newest;
  const { contextHash } = making;
  const sealed = sealBoxes(scene, epochRecipients(scene, frame), (recipient) =>
    sealKeyBox({ recipient, contextHash, random: scene.random }, entriesOf(recipient.deviceId)),
  );
  const link = { ...making.link, boxRoot: boxRootOf(sealed.boxes) };
  const finished = finishLink(scene, state, link);
  return { ...finished, ...sealed, keyring: making.keyring, ungivenEpochs: [...ungiven].sort((a, b) => a - b) };
}

/** SPEC: keys 4: a box for every member device that is live at the link's directory head, and for no other. */
export function epochRecipients(scene: AuthorScene, frame: Pick<LinkFrame, 'type' | 'body' | 'change'>): Member[] {
  const { members } = frame.change;
  const scope = { members, startsEpoch: true, link: frame, view: viewOf(scene), atMs: scene.directoryHead.timeMs };
  return boxRecipients(scope).flatMap((device) => members.device(device) ?? []);
}

/** What a person is granted once these leaves are in. */
export function grantAfter(state: ChainState, { personId, history }: Member): readonly EpochInterval[] {
  const intervals = state.grants.get(personId) ?? [];
  const isMember = intervals.some(({ to }) => to === undefined);
  return isMember ? intervals : [...intervals, { from: history.fromEpoch }];
}
