import type { DeviceId } from '@rogatory/kernel';
import { boxRootOf, linkContext } from '@rogatory/chain';
import {
  type Box,
  decodeBox,
  decodeSignedLink,
  encodeBox,
  encodeLink,
  encodeSignedLink,
  keyKinds,
  type Link,
  signaturePurposes,
} from '@rogatory/protocol';
import type { ComposedLink, LinkScene } from '../compose/scene.js';
import { sealKeyBox } from '../keys/boxes.js';
import { NO_PREKEY } from '../keys/recipient.js';

/** What a member can do to another's box and still have the link accepted. */
export const boxAttacks = ['garbage', 'wrong-key', 'wrong-epoch', 'replayed'] as const;
export type BoxAttack = (typeof boxAttacks)[number];

export interface Poison {
  readonly attack: BoxAttack;
  readonly victims: ReadonlySet<DeviceId>;
}

/** A member's own link with the boxes of its victims spoiled, rightly signed: nobody but a victim can tell. */
export function poisoned(scene: LinkScene, composed: ComposedLink, poison: Poison): ComposedLink {
  const contextHash = linkContext(composed.signed.contextBytes);
  const boxes = composed.boxes.map((bytes) => {
    const box = decodeBox(bytes);
    return poison.victims.has(box.deviceId) ? spoiled(scene, box, poison.attack, contextHash) : bytes;
  });
  return { ...composed, ...resigned(scene, { ...composed.signed.link, boxRoot: boxRootOf(boxes) }), boxes };
}

/** A link with its fields as the attacker wants them, signed by the attacker's own device. */
export function resigned(scene: LinkScene, link: Link): Pick<ComposedLink, 'linkBytes' | 'signed'> {
  const { signedBytes } = encodeLink(link);
  const signature = scene.author.signingKey.sign(signaturePurposes.link, signedBytes);
  const linkBytes = encodeSignedLink({ signedBytes, signature });
  return { linkBytes, signed: decodeSignedLink(linkBytes) };
}

function spoiled(scene: LinkScene, box: Box, attack: BoxAttack, contextHash: Uint8Array): Uint8Array {
  const { random, directory, directoryHead, state } = scene;
  const kemKey = directory.at(directoryHead.size).device(box.deviceId)?.certificate.kemKey;
  if (kemKey === undefined) throw new RangeError('an unknown device');
  const recipient = { deviceId: box.deviceId, kemKey, prekeyHash: NO_PREKEY };
  const seal = (epoch: number, at: Uint8Array): Uint8Array =>
    sealKeyBox({ recipient, contextHash: at, random }, [{ kind: keyKinds.chain, epoch, key: random(32) }]);
  switch (attack) {
    case 'garbage':
      return encodeBox({ ...box, sealed: random(box.sealed.length) });
    case 'wrong-key':
      return seal(state.epoch + 1, contextHash);
    case 'wrong-epoch':
      return seal(state.epoch + 5, contextHash);
    case 'replayed':
      return seal(state.epoch + 1, random(32));
  }
}
