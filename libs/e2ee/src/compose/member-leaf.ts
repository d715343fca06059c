import type { DeviceId, PersonId } from '@rogatory/kernel';
import type { DirectoryView } from '@rogatory/pki';
import type { CaseRole, HistoryGrant, Member } from '@rogatory/protocol';
import { composeRefused } from '../e2ee.errors.js';

/** What a lead decides about a member; everything else in a leaf comes from certificates. */
export interface MembershipTerms {
  readonly role: CaseRole;
  readonly history: HistoryGrant;
  /** The membership ends then by itself; certificates end it earlier. */
  readonly notAfterMs: number;
}

/** The leaf of one device as the directory certifies it. @throws RefusedError `e2ee/compose` for an unknown device. */
export function memberLeafOf(view: DirectoryView, deviceId: DeviceId, terms: MembershipTerms): Member {
  const device = view.device(deviceId);
  const person = device && view.person(device.personId);
  const authority = person && view.authority(person.authorityId);
  if (device === undefined || person === undefined || authority === undefined) throw composeRefused('unknown-device');
  return {
    deviceId,
    personId: device.personId,
    postId: person.certificate.postId,
    authorityId: person.authorityId,
    state: authority.record.state,
    authorityKind: authority.record.kind,
    ...terms,
    signingKey: device.certificate.signingKey,
    kemKeyHash: device.kemKeyHash,
    certificateHash: device.certificateHash,
  };
}

/** Leaves of all devices of a person that are live, in ascending order. @throws RefusedError when there is none. */
export function memberLeavesOf(
  view: DirectoryView,
  personId: PersonId,
  { atMs, ...terms }: MembershipTerms & { readonly atMs: number },
): Member[] {
  const devices = view.liveDevicesOf(personId, atMs).map(({ deviceId }) => deviceId);
  if (devices.length === 0) throw composeRefused('no-live-device');
  return devices.sort().map((deviceId) => memberLeafOf(view, deviceId, terms));
}
