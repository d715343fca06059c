import type { AuthorityId, DeviceId, PersonId, PostId } from '@rogatory/kernel';
import { type AuthorityKind, type CaseRole, caseRoles, type HistoryGrant, type Member } from '@rogatory/protocol';
import { emptyRoot, leafHash, nodeHash } from '@rogatory/tlog';
import { memberLeaf } from './hashes.js';
import { type Fold, IdMap } from './id-map.js';

/** A member of a compartment: what all leaves of their devices have in common. */
export interface MemberPerson {
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly authorityId: AuthorityId;
  readonly state: string;
  readonly authorityKind: AuthorityKind;
  readonly role: CaseRole;
  readonly history: HistoryGrant;
  /** The membership ends then by itself. */
  readonly notAfterMs: number;
  /** Ascending. */
  readonly devices: readonly DeviceId[];
}

const rootFold: Fold<Member, Uint8Array> = {
  leaf: (member) => leafHash(memberLeaf(member)),
  branch: nodeHash,
};

/**
 * Who is in a compartment, by device and by person. Immutable; a change costs about log2(n) steps, the root after it as
 * many hashes.
 */
export class MemberSet {
  readonly devices: IdMap<DeviceId, Member>;
  readonly persons: IdMap<PersonId, MemberPerson>;
  /** Persons whose role is lead. */
  readonly leads: number;

  private constructor(devices: IdMap<DeviceId, Member>, persons: IdMap<PersonId, MemberPerson>, leads: number) {
    this.devices = devices;
    this.persons = persons;
    this.leads = leads;
  }

  static readonly empty = new MemberSet(IdMap.empty(), IdMap.empty(), 0);

  device(id: DeviceId): Member | undefined {
    return this.devices.get(id);
  }

  person(id: PersonId): MemberPerson | undefined {
    return this.persons.get(id);
  }

  /** Leaves of a person, in order of their device ids. */
  leavesOf(id: PersonId): Member[] {
    return (this.person(id)?.devices ?? []).flatMap((device) => this.device(device) ?? []);
  }

  /** With one more leaf; the person's other leaves, if any, must agree with it (`sharesMembership`). */
  with(member: Member): MemberSet {
    const before = this.person(member.personId);
    const others = (before?.devices ?? []).filter((id) => id !== member.deviceId);
    const person = personOf(member, [...others, member.deviceId].sort());
    const leads = this.leads + countLead(person) - countLead(before);
    return new MemberSet(this.devices.set(member.deviceId, member), this.persons.set(person.personId, person), leads);
  }

  withoutDevice(id: DeviceId): MemberSet {
    const member = this.device(id);
    const person = member && this.person(member.personId);
    if (person === undefined) return this;
    const rest = person.devices.filter((other) => other !== id);
    const devices = this.devices.delete(id);
    if (rest.length > 0) {
      return new MemberSet(devices, this.persons.set(person.personId, { ...person, devices: rest }), this.leads);
    }
    return new MemberSet(devices, this.persons.delete(person.personId), this.leads - countLead(person));
  }

  withoutPerson(id: PersonId): MemberSet {
    return (this.person(id)?.devices ?? []).reduce<MemberSet>((set, device) => set.withoutDevice(device), this);
  }

  withRole(id: PersonId, role: CaseRole): MemberSet {
    const changed = this.leavesOf(id).map((leaf) => ({ ...leaf, role }));
    return changed.reduce<MemberSet>((set, leaf) => set.with(leaf), this);
  }

  /**
   * SPEC: chains 4 — memberRoot: a leaf is SHA-256(0x00 ‖ memberLeaf); several split at the first bit in which their
   * device ids differ and are SHA-256(0x01 ‖ those with 0 ‖ those with 1); none is SHA-256 of nothing.
   */
  root(): Uint8Array {
    return this.devices.fold(rootFold)?.slice() ?? emptyRoot();
  }
}

/** Whether two leaves may belong to one person: equal in all but the device's own fields. */
export function sharesMembership(a: Member | MemberPerson, b: Member | MemberPerson): boolean {
  return (
    a.personId === b.personId &&
    a.postId === b.postId &&
    a.authorityId === b.authorityId &&
    a.state === b.state &&
    a.authorityKind === b.authorityKind &&
    a.role === b.role &&
    a.history.kind === b.history.kind &&
    a.history.fromEpoch === b.history.fromEpoch &&
    a.notAfterMs === b.notAfterMs
  );
}

function personOf(member: Member, devices: readonly DeviceId[]): MemberPerson {
  const { personId, postId, authorityId, state, authorityKind, role, history, notAfterMs } = member;
  return { personId, postId, authorityId, state, authorityKind, role, history, notAfterMs, devices };
}

function countLead(person: MemberPerson | undefined): number {
  return person?.role === caseRoles.lead ? 1 : 0;
}
