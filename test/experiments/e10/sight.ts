import type { Client, OpenCase } from '@rogatory/client';
import { type PersonId, Secret, toHex } from '@rogatory/kernel';
import type { Json } from '../../rig/evil-proxy.js';

/** Anything that the SDK returns, as comparable JSON. Secrets are not shown to anybody and are left out. */
export function plain(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Secret) return 'secret';
  if (value instanceof Map) return [...value].map(([key, entry]) => [plain(key), plain(entry)]);
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new TypeError(`nothing to show of a ${typeof value}`);
}

/** All that a member sees of a case: titles, members, messages, documents, heads, what stays closed. */
export function caseAsSeen(client: Client, open: OpenCase): Json {
  return {
    fingerprint: plain(client.cases.fingerprint(open.caseId)),
    compartments: open.compartments.map((compartment) => {
      const { state, replica } = compartment;
      return {
        id: compartment.compartmentId,
        head: plain(state.head),
        content: { size: state.content.size, root: toHex(state.content.root) },
        info: plain(client.cases.info(compartment)),
        members: client.members.list(compartment).map(plain),
        messages: client.messages.list(compartment).map(plain),
        sealed: client.messages.sealed(compartment).map(plain),
        documents: client.documents.list(compartment).map(({ item, ...document }) => ({
          ...(plain(document) as { [key: string]: Json }),
          position: item.position,
        })),
        events: replica.events.map(({ kind, position }) => ({ kind, position })),
      };
    }),
  };
}

/** A person as the directory shows them. */
export function personAsSeen(client: Client, personId: PersonId): Json {
  const { status, fingerprint, devices } = client.contacts.contact(personId);
  return {
    status: plain(status),
    fingerprint: plain(fingerprint),
    devices: plain(devices),
    card: plain(client.directory.cardOf(personId)),
  };
}
