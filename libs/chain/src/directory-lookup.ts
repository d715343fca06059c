import type { AuthorityId, DeviceId, PersonId } from '@rogatory/kernel';
import type { AuthorityRecord, CaseRole, DeviceCertificate, LogHead, PersonCertificate } from '@rogatory/protocol';

/** What a chain asks of the directory as of one head; `DirectoryView` of `pki` is one. */
export interface DirectoryLookup {
  /** Size and root of the directory log at this view. */
  readonly head: LogHead;
  device(id: DeviceId):
    | {
        readonly personId: PersonId;
        readonly certificate: DeviceCertificate;
        readonly certificateHash: Uint8Array;
        readonly kemKeyHash: Uint8Array;
      }
    | undefined;
  person(id: PersonId): { readonly authorityId: AuthorityId; readonly certificate: PersonCertificate } | undefined;
  authority(id: AuthorityId): { readonly record: AuthorityRecord } | undefined;
  /** Authority, person and device certificates valid at the time, none of them revoked or suspended. */
  isDeviceLive(id: DeviceId, atMs: number): boolean;
  mayHoldRole(id: PersonId, role: CaseRole, atMs: number): boolean;
  /** Log index of the revocation in force for the device or its person; undefined when there is none. */
  deviceStanding(id: DeviceId): { readonly index: number | undefined };
  personStanding(id: PersonId): { readonly index: number | undefined };
}

/** The replayed directory; `DirectoryState` of `pki` is one. */
export interface DirectoryHistory {
  /** Entries known here. */
  readonly size: number;
  /** The directory as it stood with that many entries; never asked for more than `size`. */
  at(size: number): DirectoryLookup;
}
