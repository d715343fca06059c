import type { OpenCase, UnlockedKeyStore } from '@rogatory/client';
import type { SigningKey } from '@rogatory/crypto/sign';
import { composeRotate } from '@rogatory/e2ee';
import { type CompartmentId, type DeviceId, systemRandom } from '@rogatory/kernel';
import { makeRevocation } from '@rogatory/pki';
import {
  decodeBox,
  encodeBox,
  revocationActions,
  revocationReasons,
  revocationTargets,
  type SignedTime,
} from '@rogatory/protocol';
import { type RawMember, scenesOf } from '../../rig/raw-member.js';

/** A new epoch whose key does not open for one device, as only a lead with other software would make it. */
export async function spoilBox(
  lead: RawMember,
  open: OpenCase,
  { compartmentId, deviceId }: { readonly compartmentId: CompartmentId; readonly deviceId: DeviceId },
): Promise<string> {
  const composed = composeRotate((await scenesOf(open)).scene(compartmentId));
  const boxes = composed.boxes.map((bytes) => {
    const box = decodeBox(bytes);
    return box.deviceId === deviceId ? encodeBox({ ...box, sealed: systemRandom(box.sealed.length) }) : bytes;
  });
  return lead.send(open, [lead.reboxed(composed.signed.link, boxes)]);
}

/** A registrar's word that a device is lost. */
export function revocationOf(
  { deviceId, authorityId }: UnlockedKeyStore,
  registrar: SigningKey,
  time: SignedTime,
): Uint8Array {
  const target = { target: revocationTargets.device, targetId: deviceId };
  const why = { action: revocationActions.revoke, reason: revocationReasons.lost };
  return makeRevocation({ authorityId, serial: 1, ...target, ...why, time }, { registrars: [registrar] });
}
