import {
  type AuditRecipient,
  auditObjectKinds,
  type AuditWhat,
  linkTypes,
  type Member,
  nameOf,
} from '@rogatory/protocol';
import type { AcceptedLink } from './locked-logs.js';

/** What the record of appended links says: who was let in or given keys, which links, how much. */
export function whatOfLinks(accepted: readonly AcceptedLink[]): Partial<AuditWhat> {
  const [first] = accepted;
  const recipients = new Map<string, AuditRecipient>();
  for (const link of accepted) {
    for (const { authorityId, personId, deviceId } of [...link.added, ...namedIn(link)]) {
      recipients.set(deviceId, { authorityId, personId, deviceId });
    }
  }
  return {
    objectKind: auditObjectKinds.link,
    ...(first === undefined ? {} : { objectHash: first.linkHash }),
    bytes: accepted.reduce((sum, { boxBytes }) => sum + boxBytes.reduce((all, box) => all + box.length, 0), 0),
    count: accepted.length,
    recipients: [...recipients.values()],
    detail: accepted.map(describe).join(' '),
  };
}

/** Devices that a reseal or disclosure names. */
function namedIn({ signed, state }: AcceptedLink): Member[] {
  const { type, body } = signed.link;
  if (type !== linkTypes.reseal && type !== linkTypes.disclose) return [];
  return (body.devices ?? []).flatMap((device) => state.members.device(device) ?? []);
}

/** About 20 characters per link, 65 links at most: within the 2,000 of a detail. */
function describe({ signed }: AcceptedLink): string {
  return `${nameOf(linkTypes, signed.link.type)}=${signed.link.seq}`;
}
