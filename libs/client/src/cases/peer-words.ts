import { type CompartmentId, type DeviceId, isRogatoryError } from '@rogatory/kernel';
import type { CarriedHead, ItemBody, Member } from '@rogatory/protocol';
import type { PeerWord } from '../acts/peer-heads.js';
import type { VerifiedEvent, VerifiedItem } from './replica.js';

/** What a member's device says of the audit log in something that it signed; undefined where it says nothing. */
export function peerWord(
  { deviceId, personId }: Pick<Member, 'deviceId' | 'personId'>,
  { compartmentId, auditHead }: { readonly compartmentId: CompartmentId; readonly auditHead?: CarriedHead },
): PeerWord | undefined {
  return auditHead && { deviceId, personId, compartmentId, head: auditHead };
}

/** The last word of each other device among what was read, as far as this device has the keys. */
export function newestWords(
  events: readonly VerifiedEvent[],
  own: DeviceId,
  bodyOf: (item: VerifiedItem) => ItemBody | undefined,
): PeerWord[] {
  const newest = new Map<DeviceId, VerifiedItem>();
  for (const event of events) {
    if (event.kind !== 'item' || event.item.sender.deviceId === own) continue;
    if (event.item.signed.header.carriesAuditHead === true) newest.set(event.item.sender.deviceId, event.item);
  }
  return [...newest.values()].flatMap((item) => {
    const { compartmentId } = item.signed.header;
    return peerWord(item.sender, { compartmentId, ...readable(item, bodyOf) }) ?? [];
  });
}

/** An item that its author made unreadable says nothing; whoever reads it is told why. */
function readable(
  item: VerifiedItem,
  bodyOf: (item: VerifiedItem) => ItemBody | undefined,
): Pick<ItemBody, 'auditHead'> {
  try {
    const auditHead = bodyOf(item)?.auditHead;
    return auditHead === undefined ? {} : { auditHead };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return {};
  }
}
