import type { AuthorityId, DeviceId, PersonId } from '@rogatory/kernel';
import { type DirectoryEntry, type PostKind, postKinds, revocationTargets } from '@rogatory/protocol';

/** Who hands entries to the directory. */
export interface Submitter {
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  readonly postKind: PostKind;
}

/**
 * Whether somebody may hand in an entry at all. The entry's own signatures decide whether it holds; this keeps everybody
 * else from filling the log. Registrars: entries of their authority, and what the federation's root keys signed. Anybody:
 * a device of their own person, added, prolonged, suspended or revoked.
 */
export function maySubmit(
  submitter: Submitter,
  entry: DirectoryEntry,
  personOf: (id: DeviceId) => PersonId | undefined,
): boolean {
  const isRegistrar = submitter.postKind === postKinds.registrar;
  switch (entry.kind) {
    case 'root':
    case 'authority':
      return isRegistrar;
    case 'person':
      return isRegistrar && entry.signed.certificate.authorityId === submitter.authorityId;
    case 'device': {
      const { authorityId, personId } = entry.signed.certificate;
      return (isRegistrar && authorityId === submitter.authorityId) || personId === submitter.personId;
    }
    case 'revocation': {
      const { authorityId, target, targetId } = entry.signed.revocation;
      const isOwnDevice = target === revocationTargets.device && personOf(targetId as DeviceId) === submitter.personId;
      return (isRegistrar && authorityId === submitter.authorityId) || isOwnDevice;
    }
  }
}

/** Whom an entry touches: sessions and open channels of these have to be looked at again. */
export type Touched =
  | { readonly kind: 'device'; readonly deviceId: DeviceId }
  | { readonly kind: 'person'; readonly personId: PersonId }
  | { readonly kind: 'authority'; readonly authorityId: AuthorityId };

export function touchedBy(entry: DirectoryEntry): Touched | undefined {
  switch (entry.kind) {
    case 'root':
      return undefined;
    case 'authority':
      return { kind: 'authority', authorityId: entry.signed.record.authorityId };
    case 'person':
      return { kind: 'person', personId: entry.signed.certificate.personId };
    case 'device':
      return { kind: 'device', deviceId: entry.signed.certificate.deviceId };
    case 'revocation': {
      const { target, targetId } = entry.signed.revocation;
      return target === revocationTargets.device
        ? { kind: 'device', deviceId: targetId as DeviceId }
        : { kind: 'person', personId: targetId as PersonId };
    }
  }
}
