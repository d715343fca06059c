import { type AuthorityId, type DeviceId, equalBytes, type PersonId, toHex } from '@rogatory/kernel';
import { type CaseRole, type LogHead, maskAllows, type RevocationTarget, revocationTargets } from '@rogatory/protocol';
import type {
  DirectoryAuthority,
  DirectoryDevice,
  DirectoryPerson,
  DirectoryRoot,
  KeyOwner,
  LiveStatus,
  Standing,
} from './directory-records.js';
import type { DirectoryStore } from './directory-store.js';
import { sizeError } from './pki.errors.js';

const neverRevoked: Standing = { status: 'live', serial: 0, reason: undefined, index: undefined };

export function standingKey(target: RevocationTarget, id: string): string {
  return `${target}:${id}`;
}

/**
 * The directory as it stood when its log had `size` entries: the only thing that later readers may judge an act by that
 * cited this head. Immutable; later entries of the log never show. Times are UTC milliseconds.
 */
export class DirectoryView {
  readonly #store: DirectoryStore;
  readonly size: number;

  /** Made by `DirectoryState.at`. */
  constructor(store: DirectoryStore, size: number) {
    this.#store = store;
    this.size = size;
  }

  /** Size and RFC 6962 root of the log at this size. */
  get head(): LogHead {
    const root = this.#store.rootAt(this.size);
    if (root === undefined) throw sizeError();
    return { size: this.size, root };
  }

  /** Whether this head is the one of this view. */
  isHead(head: LogHead): boolean {
    return head.size === this.size && equalBytes(head.root, this.head.root);
  }

  /** Latest time of signing among the entries, in milliseconds; 0 for an empty directory. */
  get clockMs(): number {
    return this.#store.clockAt(this.size);
  }

  /** The federation root in force; undefined only in an empty directory. */
  root(): DirectoryRoot | undefined {
    return this.#store.rootRecordAt(this.size);
  }

  authority(id: AuthorityId): DirectoryAuthority | undefined {
    return this.#store.authorities.get(id, this.size);
  }

  /** In the order of admission. */
  authorities(): DirectoryAuthority[] {
    return this.#store.authorityIdsAt(this.size).flatMap((id) => this.authority(id) ?? []);
  }

  /** The oversight body that reviews an authority; of an oversight body, the body itself. */
  oversightOf(id: AuthorityId): DirectoryAuthority | undefined {
    const record = this.authority(id)?.record;
    if (record === undefined) return undefined;
    return this.authority(isNoAuthority(record.oversightAuthorityId) ? id : record.oversightAuthorityId);
  }

  person(id: PersonId): DirectoryPerson | undefined {
    return this.#store.persons.get(id, this.size);
  }

  /** In the order of admission. */
  personsOf(authorityId: AuthorityId): DirectoryPerson[] {
    return this.#store.personIds.history(authorityId, this.size).flatMap((id) => this.person(id) ?? []);
  }

  device(id: DeviceId): DirectoryDevice | undefined {
    return this.#store.devices.get(id, this.size);
  }

  /** All devices ever enrolled for a person, revoked ones too, in the order of enrolment. */
  devicesOf(personId: PersonId): DirectoryDevice[] {
    return this.#store.deviceIds.history(personId, this.size).flatMap((id) => this.device(id) ?? []);
  }

  liveDevicesOf(personId: PersonId, atMs: number): DirectoryDevice[] {
    return this.devicesOf(personId).filter(({ deviceId }) => this.isDeviceLive(deviceId, atMs));
  }

  /** Hash of the device certificate in force. */
  deviceCertificateHash(id: DeviceId): Uint8Array | undefined {
    return this.device(id)?.certificateHash.slice();
  }

  /** Whose an Ed25519 key (or, by its hash, a KEM key) is. */
  keyOwner(key: Uint8Array): KeyOwner | undefined {
    return this.#store.keyOwners.get(toHex(key), this.size);
  }

  /** What revocations say of the device itself; `index` is that of the revocation in force. */
  deviceStanding(id: DeviceId): Standing {
    return this.standing(revocationTargets.device, id);
  }

  personStanding(id: PersonId): Standing {
    return this.standing(revocationTargets.person, id);
  }

  standing(target: RevocationTarget, id: string): Standing {
    return this.#store.standings.get(standingKey(target, id), this.size) ?? neverRevoked;
  }

  /** Why a person may not act at a time, or `live`: the authority, the certificate and revocations together. */
  personStatus(id: PersonId, atMs: number): LiveStatus {
    const person = this.person(id);
    const authority = person && this.authority(person.authorityId);
    if (person === undefined || authority === undefined) return 'unknown';
    const { status } = this.personStanding(id);
    if (status === 'revoked') return status;
    if (status === 'suspended' || authority.record.isSuspended) return 'suspended';
    return periodStatus(person.certificate, atMs);
  }

  /** Why a device may not act at a time, or `live`: its authority, person, certificates and revocations together. */
  deviceStatus(id: DeviceId, atMs: number): LiveStatus {
    const device = this.device(id);
    if (device === undefined) return 'unknown';
    const { status } = this.deviceStanding(id);
    if (status !== 'live') return status;
    const person = this.personStatus(device.personId, atMs);
    return person === 'live' ? periodStatus(device.certificate, atMs) : person;
  }

  isPersonLive(id: PersonId, atMs: number): boolean {
    return this.personStatus(id, atMs) === 'live';
  }

  isDeviceLive(id: DeviceId, atMs: number): boolean {
    return this.deviceStatus(id, atMs) === 'live';
  }

  /** Whether a live person's certificate allows the role; false for registrars and auditors by their post. */
  mayHoldRole(id: PersonId, role: CaseRole, atMs: number): boolean {
    const person = this.person(id);
    return person !== undefined && this.isPersonLive(id, atMs) && maskAllows(person.certificate.roleCeiling, role);
  }
}

/** SPEC: directory 5 — valid from notBefore on, no longer at notAfter. */
function periodStatus(period: { readonly notBeforeMs: number; readonly notAfterMs: number }, atMs: number): LiveStatus {
  if (atMs < period.notBeforeMs) return 'not-yet-valid';
  return atMs < period.notAfterMs ? 'live' : 'expired';
}

const NO_AUTHORITY = '0'.repeat(32);

/** Whether an id is the all-zero one, which names no authority. */
export function isNoAuthority(id: AuthorityId): boolean {
  return id === NO_AUTHORITY;
}
