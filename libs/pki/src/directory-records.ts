import type { AuthorityId, DeviceId, PersonId } from '@rogatory/kernel';
import type {
  AuthorityRecord,
  DeviceCertificate,
  FederationRoot,
  PersonCertificate,
  RevocationReason,
} from '@rogatory/protocol';

/** The federation root in force. */
export interface DirectoryRoot {
  readonly root: FederationRoot;
  /** H(root, signed bytes): what clients pin and successors name. */
  readonly rootHash: Uint8Array;
  /** Log index of its entry. */
  readonly index: number;
}

/** An authority with its record in force. */
export interface DirectoryAuthority {
  readonly authorityId: AuthorityId;
  readonly record: AuthorityRecord;
  readonly index: number;
}

/** A person with the certificate in force. */
export interface DirectoryPerson {
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  readonly certificate: PersonCertificate;
  /** H(certificate, signed bytes). */
  readonly certificateHash: Uint8Array;
  readonly index: number;
}

/** A device with the certificate in force. Keys, person and authority never change. */
export interface DirectoryDevice {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  readonly certificate: DeviceCertificate;
  /** H(certificate, signed bytes); a renewal changes it. */
  readonly certificateHash: Uint8Array;
  /** H(kemKey, DKK). */
  readonly kemKeyHash: Uint8Array;
  /**
   * The live device of the same person that asked for this one; undefined for a first device, which registrars alone
   * enrolled: for contacts of a known person that is a key change.
   */
  readonly vouchedBy: DeviceId | undefined;
  /** Log index of its first certificate. */
  readonly firstIndex: number;
  readonly index: number;
}

/** What revocations say of a device or person by itself; certificates and the other two levels come on top. */
export interface Standing {
  readonly status: 'live' | 'suspended' | 'revoked';
  /** Serial of the revocation in force, 0 when there was none. */
  readonly serial: number;
  readonly reason: RevocationReason | undefined;
  /** Log index of the revocation in force; undefined when there was none. What was receipted before it stands. */
  readonly index: number | undefined;
}

/** Everything that can stand between a device or person and acting, with device, person and authority together. */
export type LiveStatus = 'live' | 'unknown' | 'revoked' | 'suspended' | 'not-yet-valid' | 'expired';

/** Whose key it is. A key never changes hands. */
export type KeyOwner =
  | { readonly kind: 'root' }
  | { readonly kind: 'registrar'; readonly authorityId: AuthorityId }
  | { readonly kind: 'oversight'; readonly authorityId: AuthorityId }
  | { readonly kind: 'device'; readonly deviceId: DeviceId };
