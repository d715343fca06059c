import {
  type AuthorityId,
  type CompartmentId,
  type DeviceId,
  fromBase64Url,
  fromHex,
  type PersonId,
  toBase64Url,
  toHex,
} from '@rogatory/kernel';

/** Who has to be looked at again, on every channel, at once. */
export type Cut =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'device'; readonly deviceId: DeviceId }
  | { readonly kind: 'person'; readonly personId: PersonId }
  | { readonly kind: 'authority'; readonly authorityId: AuthorityId }
  /** A device lost what it had in a compartment. */
  | { readonly kind: 'membership'; readonly place: MembershipPlace }
  /** Something was missed: whoever cannot be judged here is cut. */
  | { readonly kind: 'everyone' };

/** A device in a compartment: 24 bytes of the compartment's id and the device's 16, which a message of the bus holds. */
export type MembershipPlace = string;

const COMPARTMENT_DIGITS = 48;

export function membershipPlace(compartmentId: CompartmentId, deviceId: DeviceId): MembershipPlace {
  return compartmentId.slice(0, COMPARTMENT_DIGITS) + deviceId;
}

const LETTERS = { session: 's', device: 'd', person: 'p', authority: 'a', membership: 'm' } as const;

/** The id that travels on the bus; undefined for what has no id. */
export function encodeCut(cut: Cut): string | undefined {
  switch (cut.kind) {
    case 'session':
      return LETTERS.session + cut.sessionId;
    case 'device':
      return LETTERS.device + cut.deviceId;
    case 'person':
      return LETTERS.person + cut.personId;
    case 'authority':
      return LETTERS.authority + cut.authorityId;
    case 'membership':
      return LETTERS.membership + toBase64Url(fromHex(cut.place));
    case 'everyone':
      return undefined;
  }
}

/** The cut of an id from the bus; `everyone` for one that this version does not know. */
export function decodeCut(id: string): Cut {
  const rest = id.slice(1);
  switch (id[0]) {
    case LETTERS.session:
      return { kind: 'session', sessionId: rest };
    case LETTERS.device:
      return { kind: 'device', deviceId: rest as DeviceId };
    case LETTERS.person:
      return { kind: 'person', personId: rest as PersonId };
    case LETTERS.authority:
      return { kind: 'authority', authorityId: rest as AuthorityId };
    case LETTERS.membership:
      return { kind: 'membership', place: toHex(fromBase64Url(rest)) };
    default:
      return { kind: 'everyone' };
  }
}
