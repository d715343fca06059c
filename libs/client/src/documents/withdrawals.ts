import type { ObjectId } from '@rogatory/kernel';
import { caseRoles, decodeWithdrawal, itemClasses } from '@rogatory/protocol';
import type { Compartment } from '../cases/compartment.js';
import { readItems } from '../cases/item-content.js';
import type { VerifiedItem } from '../cases/replica.js';

interface PlacedVersion {
  readonly objectId: ObjectId;
  readonly version: number;
  readonly item: VerifiedItem;
}

/**
 * Reason of the newest withdrawal of a version, by position in the log. Version 0 concerns what stood before it.
 * SPEC: items 6: header and content name the same version; by the person who added it, or a lead.
 */
export function withdrawalsOf(compartment: Compartment): (placed: PlacedVersion) => string | undefined {
  const read = readItems(compartment, itemClasses.withdrawal, decodeWithdrawal);
  const found = read.flatMap(({ item, content: withdrawal }) => {
    const { header } = item.signed;
    const isSame = withdrawal.objectId === header.objectId && withdrawal.version === header.version;
    return isSame ? [{ ...withdrawal, position: item.position, by: item.sender }] : [];
  });
  return ({ objectId, version, item }) =>
    found.findLast(
      (withdrawal) =>
        withdrawal.objectId === objectId &&
        withdrawal.position > item.position &&
        (withdrawal.version === 0 || withdrawal.version === version) &&
        (withdrawal.by.role === caseRoles.lead || withdrawal.by.personId === item.sender.personId),
    )?.reason;
}
