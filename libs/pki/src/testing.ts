import {
  type AuthorityId,
  type DeviceId,
  idFromBytes,
  type PersonId,
  type PostId,
  type RandomBytes,
  SHORT_ID_BYTES,
} from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { sha256 } from '@rogatory/crypto/verify';
import {
  type AuthorityKind,
  authorityKinds,
  type AuthorityRecord,
  type CaseRole,
  decodeSignedFederationRoot,
  type FederationRoot,
  type PostKind,
  postKinds,
  type RevocationAction,
  revocationActions,
  revocationReasons,
  revocationTargets,
  type SignedTime,
} from '@rogatory/protocol';
import { cardHashOf, makeCard } from './card.js';
import { makeDevice, makeEnrolmentRequest, makePerson, makeRevocation } from './ceremony/enrolment.js';
import { makeAuthority, makeRoot } from './ceremony/federation.js';
import type { Signers } from './ceremony/signatures.js';
import { applyEntry, type DirectoryState, emptyDirectory } from './directory-state.js';
import type { DirectoryView } from './directory-view.js';
import { highestCeiling } from './role-ceiling.js';
import { rootHashOf } from './rules/root-rules.js';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const NO_AUTHORITY = '0'.repeat(32) as AuthorityId;

export interface WorldAuthority {
  readonly id: AuthorityId;
  readonly record: Omit<AuthorityRecord, 'suite'>;
  readonly registrars: readonly SigningKey[];
}

export interface WorldPerson {
  readonly id: PersonId;
  readonly postId: PostId;
  readonly authority: WorldAuthority;
  readonly cardBytes: Uint8Array;
}

export interface WorldDevice {
  readonly id: DeviceId;
  readonly person: WorldPerson;
  readonly signing: SigningKey;
  readonly kem: KemKey;
}

/** The same bytes for the same seed, as a source of keys in tests. */
export function seededRandom(seed: number): RandomBytes {
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sha256(new TextEncoder().encode(`${seed}/${counter++}`));
      out.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  };
}

/** A fictitious federation that grows by real, signed entries on a clock that stands still unless moved. For tests. */
export class FederationWorld {
  readonly random: RandomBytes;
  readonly rootKeys: readonly SigningKey[];
  readonly pinnedRootHash: Uint8Array;
  readonly entries: Uint8Array[] = [];
  nowMs = Date.UTC(2026, 10, 23);
  state: DirectoryState;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    this.rootKeys = this.keys(3);
    const entry = makeRoot({
      keys: this.rootKeys.map((key) => key.publicKey),
      threshold: 2,
      time: this.time,
      signers: this.rootKeys.slice(0, 2),
    });
    this.pinnedRootHash = rootHashOf(decodeSignedFederationRoot(entry).signedBytes);
    this.state = emptyDirectory(this.pinnedRootHash);
    this.admit(entry);
  }

  get view(): DirectoryView {
    return this.state.view;
  }

  get time(): SignedTime {
    return { timeMs: this.nowMs, offsetMinutes: 60 };
  }

  get root(): FederationRoot {
    const root = this.view.root();
    if (root === undefined) throw new RangeError('a world has a root');
    return root.root;
  }

  id<Id extends string>(): Id {
    return idFromBytes<Id>(this.random(SHORT_ID_BYTES));
  }

  keys(count: number): SigningKey[] {
    return Array.from({ length: count }, () => SigningKey.generate(this.random));
  }

  /** Applies an entry as a server would and keeps it; throws what `applyEntry` throws. */
  admit(entry: Uint8Array): void {
    this.state = applyEntry(this.state, entry, this.nowMs);
    this.entries.push(entry);
  }

  /** An oversight body of a state, with three registrars of whom two sign. */
  oversightBody(state = 'AA', changes: Partial<AuthorityRecord> = {}): WorldAuthority {
    const oversightKemKey = KemKey.generate(this.random).publicKey;
    return this.#authority({ state, kind: authorityKinds.oversightBody, oversightKemKey, ...changes });
  }

  /** An authority reviewed by that oversight body, in the same state. */
  authority(body: WorldAuthority, changes: Partial<AuthorityRecord> = {}): WorldAuthority {
    const { state, oversightKemKey } = body.record;
    const kind: AuthorityKind = authorityKinds.prosecutionOffice;
    return this.#authority({ state, kind, oversightAuthorityId: body.id, oversightKemKey, ...changes });
  }

  #authority(
    given: Pick<AuthorityRecord, 'state' | 'kind' | 'oversightKemKey'> & Partial<AuthorityRecord>,
  ): WorldAuthority {
    const registrars = this.keys(3);
    const record: Omit<AuthorityRecord, 'suite'> = {
      authorityId: this.id<AuthorityId>(),
      serial: 1,
      isCentralAuthority: false,
      isDemo: true,
      isSuspended: false,
      name: 'Office of the Example',
      territory: 'Exampleland',
      languages: ['en'],
      instruments: ['EIO'],
      registrarThreshold: 2,
      registrarKeys: registrars.map((key) => key.publicKey),
      oversightAuthorityId: NO_AUTHORITY,
      time: this.time,
      ...given,
    };
    this.admit(makeAuthority(record, this.root, this.rootKeys.slice(0, 2)));
    return { id: record.authorityId, record, registrars };
  }

  person(authority: WorldAuthority, options: { postKind?: PostKind; roles?: readonly CaseRole[] } = {}): WorldPerson {
    const isOversight = authority.record.kind === authorityKinds.oversightBody;
    const postKind = options.postKind ?? (isOversight ? postKinds.auditor : postKinds.prosecutor);
    const roleCeiling = options.roles?.reduce((mask, role) => mask | (1 << role), 0) ?? highestCeiling(postKind);
    const cardBytes = makeCard({ personName: 'Person Example', postName: 'Post 1' }, this.random);
    const person = { id: this.id<PersonId>(), postId: this.id<PostId>(), authority, cardBytes };
    const certificate = {
      authorityId: authority.id,
      serial: 1,
      personId: person.id,
      postId: person.postId,
      postKind,
      roleCeiling,
      notBeforeMs: this.nowMs - HOUR_MS,
      notAfterMs: this.nowMs + YEAR_MS,
      cardHash: cardHashOf(cardBytes),
      time: this.time,
    };
    this.admit(makePerson(certificate, authority.registrars.slice(0, authority.record.registrarThreshold)));
    return person;
  }

  /** A first device by the threshold of registrars, or a further one by `vouchedBy` and one registrar. */
  device(person: WorldPerson, vouchedBy?: WorldDevice, validForMs = YEAR_MS): WorldDevice {
    const device = {
      id: this.id<DeviceId>(),
      person,
      signing: SigningKey.generate(this.random),
      kem: KemKey.generate(this.random),
    };
    const { registrars, record } = person.authority;
    const signers: Signers =
      vouchedBy === undefined
        ? { registrars: registrars.slice(0, record.registrarThreshold) }
        : { registrars: registrars.slice(0, 1), devices: [vouchedBy.signing] };
    this.admit(makeDevice(this.requestFor(device, validForMs), signers));
    return device;
  }

  /** The enrolment request that a device would show. */
  requestFor(device: WorldDevice, validForMs = YEAR_MS): Uint8Array {
    const certificate = {
      authorityId: device.person.authority.id,
      personId: device.person.id,
      deviceId: device.id,
      kemKey: device.kem.publicKey,
      notBeforeMs: this.nowMs - HOUR_MS,
      notAfterMs: this.nowMs + validForMs,
      time: this.time,
    };
    return makeEnrolmentRequest(certificate, device.signing);
  }

  /** Changes the standing of a device by one registrar. */
  standDevice(device: WorldDevice, action: RevocationAction = revocationActions.revoke): void {
    const { authority } = device.person;
    const target = { target: revocationTargets.device, targetId: device.id } as const;
    this.#stand(target, action, { authority, registrars: 1 });
  }

  /** Changes the standing of a person by two registrars. */
  standPerson(person: WorldPerson, action: RevocationAction = revocationActions.revoke): void {
    const target = { target: revocationTargets.person, targetId: person.id } as const;
    this.#stand(target, action, { authority: person.authority, registrars: 2 });
  }

  #stand(
    target: { readonly target: 1 | 2; readonly targetId: string },
    action: RevocationAction,
    by: { readonly authority: WorldAuthority; readonly registrars: number },
  ): void {
    const serial = this.view.standing(target.target, target.targetId).serial + 1;
    const revocation = {
      ...target,
      action,
      authorityId: by.authority.id,
      serial,
      reason: revocationReasons.unspecified,
      time: this.time,
    };
    this.admit(makeRevocation(revocation, { registrars: by.authority.registrars.slice(0, by.registrars) }));
  }
}
