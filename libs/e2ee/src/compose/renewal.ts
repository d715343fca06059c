import type { DeviceId } from '@rogatory/kernel';
import { type LinkCause, linkTypes } from '@rogatory/protocol';
import { composeRefused } from '../e2ee.errors.js';
import { sealKeyBox } from '../keys/boxes.js';
import { epochBook } from '../keys/epoch-book.js';
import { entriesFor } from '../keys/key-grant.js';
import { composeLink } from './assemble.js';
import type { ComposedLink, LinkScene } from './scene.js';

/** A new key for the same members: by a lead at any time, by any member when the chain gives a reason. */
export function composeRotate(scene: LinkScene, cause?: LinkCause): ComposedLink {
  return composeLink(scene, { type: linkTypes.rotate, body: cause ? { cause } : {}, startsEpoch: true });
}

/**
 * Gives one member device the keys of epochs that it was granted and lacks, as far as the author can open them: the
 * answer to a complaint, or to a history that its first author could not give whole.
 * @throws RefusedError `e2ee/compose` when the author can give none of them.
 */
export function composeReseal(
  scene: LinkScene,
  request: { readonly deviceId: DeviceId; readonly epochs: readonly number[]; readonly cause?: LinkCause },
): ComposedLink {
  const { state, keyring, random, author } = scene;
  const member = state.members.device(request.deviceId);
  if (member === undefined) throw composeRefused('not-a-member');
  const book = epochBook(state);
  const given = request.epochs.filter((epoch) => keyring.canRead(epoch)).sort((a, b) => a - b);
  if (given.length === 0 || author.deviceId === request.deviceId) throw composeRefused('nothing-to-give');
  const grant = state.grants.get(member.personId) ?? [];
  const entries = entriesFor({ grant, needed: new Set(given), keyring, book });
  if (entries.length === 0) throw composeRefused('nothing-granted');
  const body = { devices: [member.deviceId], epochs: given, ...(request.cause && { cause: request.cause }) };
  return composeLink(scene, {
    type: linkTypes.reseal,
    body,
    startsEpoch: false,
    boxes: {
      recipients: [member],
      seal: (recipient, contextHash) => sealKeyBox({ recipient, contextHash, random }, entries),
      ungivenEpochs: request.epochs.filter((epoch) => !keyring.canRead(epoch)),
    },
  });
}
