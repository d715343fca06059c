import { type AuthorityId, type CaseId, type CompartmentId, type PersonId, toHex } from '@rogatory/kernel';
import { FederationWorld, type WorldDevice } from '@rogatory/pki/testing';
import {
  type CasePolicy,
  type CaseRole,
  caseRoles,
  currentSuite,
  type DirectoryHead,
  encodeBox,
  encodeItemHeader,
  encodeLink,
  encodeSignedItem,
  encodeSignedLink,
  historyKinds,
  type HistoryGrant,
  itemClasses,
  type ItemHeader,
  itemSignedBytes,
  type Link,
  type LinkBody,
  type LinkType,
  linkTypes,
  type Member,
  signaturePurposes,
  sizes,
  taskActions,
  type TaskFacts,
  taskStates,
} from '@rogatory/protocol';
import { emptyRoot } from '@rogatory/tlog';
import { applyItem } from '../apply-item.js';
import { type AppliedLink, applyLink } from '../apply-link.js';
import { boxRecipients, boxRootOf } from '../boxes.js';
import type { ChainState } from '../chain-state.js';
import type { ItemFacts, LinkFacts } from '../facts.js';
import { caseIdOf, compartmentIdOf, itemBodyHash, zeroHash } from '../hashes.js';
import { ARCHIVE_BYTES } from '../key-fields.js';
import { membershipAfter } from '../membership-change.js';

const NO_ID = '0'.repeat(64);
const DAY_MS = 24 * 3_600_000;

export const strictestPolicy: CasePolicy = {
  headConfirmationMs: DAY_MS,
  rotateAfterMs: 7 * DAY_MS,
  minimumLeads: 1,
};

export const wholeHistory: HistoryGrant = { kind: historyKinds.all, fromEpoch: 1 };

/** What a test wants of a link; everything else is filled in as it must be. */
export interface LinkWish {
  readonly signer: WorldDevice;
  readonly body?: LinkBody;
  readonly startsEpoch?: boolean;
  readonly isBarrier?: boolean;
  readonly baseEpoch?: number;
  /** Changed after everything else was made to fit, before signing. */
  readonly forged?: Partial<Link>;
}

export interface ItemWish {
  readonly sender: WorldDevice;
  readonly forged?: Partial<ItemHeader>;
}

/** Boxes and bytes of a link as its author would send them. */
export interface MadeLink {
  readonly bytes: Uint8Array;
  readonly boxes: readonly Uint8Array[];
}

/**
 * A federation and the chains of one case, with an author that makes links of random keys: whatever the chain's rules can
 * see is right, whatever only members could open is noise. For tests.
 */
export class ChainWorld {
  readonly federation: FederationWorld;
  /** Signed complaints by the hex of their hash. */
  readonly complaints = new Map<string, Uint8Array>();
  root: ChainState | undefined;

  constructor(seed = 1) {
    this.federation = new FederationWorld(seed);
  }

  get directoryHead(): DirectoryHead {
    return { ...this.federation.state.head, timeMs: this.federation.nowMs };
  }

  /** Facts of a verifier who accepts now, or who replays later. */
  facts(mode: 'reception' | 'replay' = 'reception'): LinkFacts & ItemFacts {
    return {
      directory: this.federation.state,
      complaint: (hash) => this.complaints.get(toHex(hash)),
      ...(this.root ? { root: this.root } : {}),
      ...(mode === 'reception' ? { reception: { receivedAtMs: this.federation.nowMs } } : {}),
    };
  }

  leaf(device: WorldDevice, role: CaseRole = caseRoles.contributor, history = wholeHistory): Member {
    const known = this.federation.view.device(device.id);
    if (known === undefined) throw new RangeError('a leaf needs a certificate');
    const { person } = device;
    return {
      deviceId: device.id,
      personId: person.id,
      postId: person.postId,
      authorityId: person.authority.id,
      state: person.authority.record.state,
      authorityKind: person.authority.record.kind,
      role,
      history,
      notAfterMs: Date.UTC(2030, 0, 1),
      signingKey: known.certificate.signingKey,
      kemKeyHash: known.kemKeyHash,
      certificateHash: known.certificateHash,
    };
  }

  genesis(signer: WorldDevice, members: readonly Member[], forged: Partial<Link> = {}): MadeLink {
    return this.#finish(undefined, { ...this.#genesisFields(signer, members), ...forged }, signer, (link) => {
      const caseId = caseIdOf(link);
      return { ...link, caseId, compartmentId: caseId as string as CompartmentId };
    });
  }

  /** The genesis of a further compartment on the root chain's present head, which MUST be announced by the next link. */
  compartmentGenesis(signer: WorldDevice, members: readonly Member[], forged: Partial<Link> = {}): MadeLink {
    const root = this.#rootState();
    const fields = { ...this.#genesisFields(signer, members), caseId: root.caseId, rootHead: root.head, ...forged };
    return this.#finish(undefined, fields, signer, (link) => ({ ...link, compartmentId: compartmentIdOf(link) }));
  }

  link(state: ChainState, type: LinkType, wish: LinkWish): MadeLink {
    const startsEpoch = wish.startsEpoch ?? nextEpochTypes.has(type);
    const epoch = startsEpoch ? state.epoch + 1 : state.epoch;
    const link: Link = {
      type,
      isBarrier: wish.isBarrier ?? false,
      suite: state.suite,
      caseId: state.caseId,
      compartmentId: state.compartmentId,
      seq: state.head.seq + 1,
      epoch,
      baseEpoch: wish.baseEpoch ?? state.epoch,
      previousLinkHash: state.head.linkHash,
      rootHead: state.isRoot ? { seq: 0, linkHash: zeroHash() } : this.#rootState().head,
      directoryHead: this.directoryHead,
      logHead: { size: state.content.size, root: state.content.root },
      time: this.federation.time,
      signerDevice: wish.signer.id,
      body: wish.body ?? {},
      memberRoot: zeroHash(),
      boxRoot: zeroHash(),
      keyCommit: startsEpoch ? this.#noise(sizes.hash) : zeroHash(),
      readCommit: startsEpoch ? this.#noise(sizes.hash) : zeroHash(),
      archive: new Uint8Array(0),
    };
    const segmentStart = link.isBarrier ? epoch : state.segmentStart;
    const archive = startsEpoch && link.baseEpoch >= segmentStart ? this.#noise(ARCHIVE_BYTES) : link.archive;
    return this.#finish(state, { ...link, archive }, wish.signer, (whole) => ({ ...whole, ...wish.forged }));
  }

  /** Makes a link, applies it as received now, and keeps the root chain's newest state. */
  push(state: ChainState, type: LinkType, wish: LinkWish): AppliedLink {
    return this.apply(state, this.link(state, type, wish).bytes);
  }

  apply(state: ChainState | undefined, bytes: Uint8Array): AppliedLink {
    const applied = applyLink(state, bytes, this.facts());
    if (applied.state.isRoot) this.root = applied.state;
    return applied;
  }

  /** Facts of a task that an authority proposes to itself. */
  #proposal(authorityId: AuthorityId): TaskFacts {
    return {
      ...{ action: taskActions.propose, state: taskStates.proposed, previousHash: zeroHash(), dependencies: [] },
      ...{ owner: 'XA', assignee: { state: 'XA', authorityId } },
    };
  }

  item(state: ChainState, { sender, forged }: ItemWish): Uint8Array {
    const sealed = this.#noise(200);
    const last = state.senders.get(sender.id);
    const header: ItemHeader = {
      itemClass: itemClasses.message,
      suite: state.suite,
      caseId: state.caseId,
      compartmentId: state.compartmentId,
      objectId: this.federation.id(),
      version: 1,
      epoch: state.epoch,
      linkHash: state.head.linkHash,
      authorityId: sender.person.authority.id,
      senderDevice: sender.id,
      senderSeq: (last?.senderSeq ?? 0) + 1,
      voids: 0,
      previousSenderHash: last?.itemHash ?? zeroHash(),
      directoryHead: this.directoryHead,
      logHead: { size: state.content.size, root: state.content.root },
      time: this.federation.time,
      sealedLength: sealed.length,
      ...(forged?.itemClass === itemClasses.task && { task: this.#proposal(sender.person.authority.id) }),
      ...(forged?.itemClass === itemClasses.operation && {
        operation: { act: 'finish', operationId: this.federation.id(), state: sender.person.authority.record.state },
      }),
      ...forged,
    };
    const headerBytes = encodeItemHeader(header);
    const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
    return encodeSignedItem({ headerBytes, sealed, signature: sender.signing.sign(signaturePurposes.item, message) });
  }

  say(state: ChainState, sender: WorldDevice): ChainState {
    return applyItem(state, this.item(state, { sender }), this.facts()).state;
  }

  #genesisFields(signer: WorldDevice, members: readonly Member[]): Link {
    const sorted = [...members].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
    return {
      type: linkTypes.genesis,
      isBarrier: false,
      suite: currentSuite,
      caseId: NO_ID as CaseId,
      compartmentId: NO_ID as CompartmentId,
      seq: 0,
      epoch: 1,
      baseEpoch: 0,
      previousLinkHash: zeroHash(),
      rootHead: { seq: 0, linkHash: zeroHash() },
      directoryHead: this.directoryHead,
      logHead: { size: 0, root: emptyRoot() },
      time: this.federation.time,
      signerDevice: signer.id,
      body: { members: sorted, policy: strictestPolicy, salt: this.#noise(sizes.hash) },
      memberRoot: zeroHash(),
      boxRoot: zeroHash(),
      keyCommit: this.#noise(sizes.hash),
      readCommit: this.#noise(sizes.hash),
      archive: new Uint8Array(0),
    };
  }

  #finish(state: ChainState | undefined, draft: Link, signer: WorldDevice, last: (link: Link) => Link): MadeLink {
    const { members } = membershipAfter(state, draft, this.root);
    const startsEpoch = state === undefined || draft.epoch !== state.epoch;
    const view = this.federation.state.at(this.federation.state.size);
    const recipients = boxRecipients({ members, startsEpoch, link: draft, view, atMs: draft.directoryHead.timeMs });
    const boxes = recipients.map((deviceId) =>
      encodeBox({
        deviceId,
        prekeyHash: zeroHash(),
        kemCiphertext: this.#noise(sizes.kemCiphertext),
        sealed: this.#noise(120),
      }),
    );
    const link = last({ ...draft, memberRoot: members.root(), boxRoot: boxRootOf(boxes) });
    const { signedBytes } = encodeLink(link);
    const signature = signer.signing.sign(signaturePurposes.link, signedBytes);
    return { bytes: encodeSignedLink({ signedBytes, signature }), boxes };
  }

  #rootState(): ChainState {
    if (this.root === undefined) throw new RangeError('there is no case yet');
    return this.root;
  }

  #noise(length: number): Uint8Array {
    return this.federation.random(length);
  }
}

const nextEpochTypes: ReadonlySet<LinkType> = new Set([
  linkTypes.add,
  linkTypes.remove,
  linkTypes.deviceDrop,
  linkTypes.rotate,
]);

/** A body that names one person. */
export function about(personId: PersonId): LinkBody {
  return { personId };
}
