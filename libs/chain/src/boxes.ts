import { type DeviceId, equalBytes } from '@rogatory/kernel';
import { type Box, decodeBox, type DirectoryHead, type Link, linkTypes } from '@rogatory/protocol';
import { isIncluded, leafHash, nodeHash } from '@rogatory/tlog';
import type { AppliedLink } from './apply-link.js';
import { demand } from './chain.errors.js';
import type { DirectoryHistory, DirectoryLookup } from './directory-lookup.js';
import { boxLeaf, zeroHash } from './hashes.js';
import { endedDevices } from './liveness.js';
import { linkRules } from './link-rules.js';
import type { MemberSet } from './member-set.js';

/** What decides whom a link seals to. */
export interface BoxScope {
  /** Members after the link. */
  readonly members: MemberSet;
  readonly startsEpoch: boolean;
  readonly link: Pick<Link, 'type' | 'body'>;
  /** The directory at the link's dirHead, and that head's time. */
  readonly view: DirectoryLookup;
  readonly atMs: number;
}

/**
 * SPEC: chains 6 — the devices that a link makes boxes for, in order of their ids: where an epoch begins every member
 * device that is live at dirHead, else those that a device-add, reseal or disclosure names; none for other links.
 */
export function boxRecipients({ members, startsEpoch, link, view, atMs }: BoxScope): DeviceId[] {
  if (startsEpoch) {
    const ended = new Set(endedDevices(members, view, atMs));
    return [...members.devices].flatMap(([device]) => (ended.has(device) ? [] : [device]));
  }
  if (link.type === linkTypes.genesis) return [];
  const { boxesInSameEpoch } = linkRules[link.type];
  if (boxesInSameEpoch === 'members-field') return (link.body.members ?? []).map(({ deviceId }) => deviceId);
  return boxesInSameEpoch === 'devices-field' ? [...(link.body.devices ?? [])] : [];
}

/** As `boxRecipients`, of a link that was applied. */
export function recipientsOf(applied: AppliedLink, directory: DirectoryHistory): DeviceId[] {
  const { link } = applied.signed;
  const head: DirectoryHead = link.directoryHead;
  const view = directory.at(head.size);
  return boxRecipients({
    members: applied.state.members,
    startsEpoch: applied.startsEpoch,
    link,
    view,
    atMs: head.timeMs,
  });
}

/** SPEC: chains 6 — boxRoot: RFC 6962 root over the box leaves in order of the device ids; zero bytes for no boxes. */
export function boxRootOf(boxes: readonly Uint8Array[]): Uint8Array {
  return new BoxTree(boxes).root;
}

/** The tree over the boxes of one link, for whoever hands them out: two hashes per box, then a proof is a look-up. */
export class BoxTree {
  /** From the leaves up; a last node without a sibling goes up as it is (RFC 6962 section 2.1). */
  readonly #levels: Uint8Array[][];

  /** `boxes` encoded, in order of their device ids. @throws CodecError on a malformed box. */
  constructor(boxes: readonly Uint8Array[]) {
    this.#levels = [boxes.map((bytes) => leafHash(boxLeaf(decodeBox(bytes), bytes)))];
    for (let level = this.#levels[0] ?? []; level.length > 1; this.#levels.push(level)) level = parentsOf(level);
  }

  get root(): Uint8Array {
    return this.#levels.at(-1)?.[0]?.slice() ?? zeroHash();
  }

  /** RFC 6962 inclusion proof of the box at an index; empty for the only box, and for none at all. */
  proof(index: number): Uint8Array[] {
    return this.#levels.flatMap((level, height) => {
      const sibling = level[Math.floor(index / 2 ** height) ^ 1];
      return sibling === undefined ? [] : [sibling.slice()];
    });
  }
}

function parentsOf(level: readonly Uint8Array[]): Uint8Array[] {
  const parents: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] as Uint8Array;
    const right = level[i + 1];
    parents.push(right === undefined ? left : nodeHash(left, right));
  }
  return parents;
}

/**
 * Checks the boxes that come with a link: one per recipient, in order, under its boxRoot. Whether a box opens only its
 * device can tell.
 * @throws CodecError on malformed boxes; VerificationError `chain/boxes`.
 */
export function verifyBoxes(applied: AppliedLink, boxes: readonly Uint8Array[], directory: DirectoryHistory): Box[] {
  const decoded = boxes.map(decodeBox);
  const recipients = recipientsOf(applied, directory);
  const areTheirs = decoded.length === recipients.length && decoded.every((box, i) => box.deviceId === recipients[i]);
  demand(areTheirs, 'chain/boxes', 'not one box for each device that must have one');
  const isRoot = equalBytes(boxRootOf(boxes), applied.signed.link.boxRoot);
  demand(isRoot, 'chain/boxes', 'not the boxes of the link');
  return decoded;
}

/** One device's box and its way to the root, as the server hands it out. */
export interface BoxWithProof {
  readonly bytes: Uint8Array;
  /** RFC 6962 inclusion proof in the tree of all recipients. */
  readonly proof: readonly Uint8Array[];
}

/**
 * Checks that a box is the one which the link holds for its device.
 * @throws CodecError; VerificationError `chain/boxes` when the device gets none by this link or it is not the one.
 */
export function verifyBox(applied: AppliedLink, box: BoxWithProof, directory: DirectoryHistory): Box {
  const decoded = decodeBox(box.bytes);
  const recipients = recipientsOf(applied, directory);
  const isShown = isIncluded({
    index: recipients.indexOf(decoded.deviceId),
    size: recipients.length,
    leaf: leafHash(boxLeaf(decoded, box.bytes)),
    root: applied.signed.link.boxRoot,
    proof: box.proof,
  });
  demand(isShown, 'chain/boxes', "not the link's box of this device");
  return decoded;
}
