import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  type ObjectId,
  systemRandom,
  toHex,
} from '@rogatory/kernel';
import { itemBodyHash, zeroHash } from '@rogatory/chain';
import type { UnlockedKeyStore } from '@rogatory/client';
import {
  encodeInvitation,
  encodeItemHeader,
  encodeLink,
  encodeSignedInvitation,
  encodeSignedItem,
  encodeSignedLink,
  type Invitation,
  type ItemClass,
  itemClasses,
  itemSignedBytes,
  type Link,
  type LinkType,
  linkTypes,
  type OperationFacts,
  signaturePurposes,
  taskActions,
  type TaskFacts,
  taskStates,
} from '@rogatory/protocol';
import { type Actor, type Cast, keysOf, type PlaceName } from './cast.js';

export interface Place {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
}

/** Where something is asked; one that does not exist when the absent is asked for. */
export function placeOf(cast: Cast, name: PlaceName, isAbsent: boolean): Place {
  if (!isAbsent) return { caseId: cast.caseOf(name).caseId, compartmentId: cast.compartmentOf(name) };
  const caseId = randomId(32) as CaseId;
  const isRoot = name !== 'evidence';
  return { caseId, compartmentId: (isRoot ? caseId : randomId(32)) as CompartmentId };
}

export function randomId(bytes: 16 | 32): string {
  return toHex(systemRandom(bytes));
}

/**
 * A link of any type on the newest head, signed by this very device, that says nothing: it cites a content log that nobody
 * has. Whoever may sign such a link is told so by the rules of the chain; everybody else gets no further than access.
 */
export function hollowLink(cast: Cast, actor: Actor, place: PlaceName, wish: { type: LinkType; isAbsent: boolean }) {
  const { state } = cast.caseOf(place).compartment(cast.compartmentOf(place));
  const { caseId, compartmentId } = placeOf(cast, place, wish.isAbsent);
  const isFirst = wish.type === linkTypes.genesis && place === 'root';
  const keys = keysOf(cast, actor);
  const link: Link = {
    ...{ type: wish.type, isBarrier: false, suite: state.suite, caseId, compartmentId, body: {} },
    ...{ seq: isFirst ? 0 : state.head.seq + 1, epoch: state.epoch, baseEpoch: state.epoch },
    ...{ previousLinkHash: state.head.linkHash, rootHead: { seq: 0, linkHash: zeroHash() } },
    ...{ directoryHead: cast.lead.directory.head, logHead: { size: state.content.size, root: zeroHash() } },
    ...{ time: cast.lead.gateway.acts.time(), signerDevice: keys.deviceId, memberRoot: zeroHash() },
    ...{ boxRoot: zeroHash(), keyCommit: zeroHash(), readCommit: zeroHash(), archive: new Uint8Array(0) },
  };
  const { signedBytes } = encodeLink(link);
  const bytes = encodeSignedLink({ signedBytes, signature: keys.signing.sign(signaturePurposes.link, signedBytes) });
  return { link, bytes };
}

/** An item of any class, rightly signed, made for a link that nobody has: whoever may post it is told that it is stale. */
export function staleItem(
  cast: Cast,
  actor: Actor,
  place: PlaceName,
  wish: { itemClass: ItemClass; isAbsent: boolean },
) {
  const { state } = cast.caseOf(place).compartment(cast.compartmentOf(place));
  const keys = keysOf(cast, actor);
  const sealed = systemRandom(96);
  const header = {
    ...{ itemClass: wish.itemClass, suite: state.suite, ...placeOf(cast, place, wish.isAbsent) },
    ...{ objectId: randomId(16) as ObjectId, version: 1, epoch: state.epoch, linkHash: zeroHash() },
    ...{ authorityId: keys.authorityId, senderDevice: keys.deviceId, senderSeq: 1, voids: 0 },
    ...{ previousSenderHash: zeroHash(), directoryHead: cast.lead.directory.head },
    ...{ logHead: { size: state.content.size, root: state.content.root }, time: cast.lead.gateway.acts.time() },
    ...(wish.itemClass === itemClasses.task ? { task: proposalBy(keys.authorityId) } : {}),
    ...(wish.itemClass === itemClasses.operation ? { operation: ending() } : {}),
    sealedLength: sealed.length,
  };
  return { header, bytes: signedItem(header, sealed, keys) };
}

function proposalBy(authorityId: AuthorityId): TaskFacts {
  return {
    ...{ action: taskActions.propose, state: taskStates.proposed, previousHash: zeroHash(), owner: 'FR' },
    ...{ assignee: { state: 'FR', authorityId }, dependencies: [] },
  };
}

function ending(): OperationFacts {
  return { act: 'finish', operationId: toHex(systemRandom(16)) as ObjectId, state: 'FR' };
}

function signedItem(
  header: Parameters<typeof encodeItemHeader>[0],
  sealed: Uint8Array,
  keys: UnlockedKeyStore,
): Uint8Array {
  const headerBytes = encodeItemHeader(header);
  const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
  return encodeSignedItem({ headerBytes, sealed, signature: keys.signing.sign(signaturePurposes.item, message) });
}

/** An offer in this device's name, of a form that a lead may make. */
export function signedOffer(keys: UnlockedKeyStore, invitation: Invitation): Uint8Array {
  const signedBytes = encodeInvitation(invitation);
  const signature = keys.signing.sign(signaturePurposes.invitation, signedBytes);
  return encodeSignedInvitation({ signedBytes, signature });
}
