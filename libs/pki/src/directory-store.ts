import { type DeviceId, type PersonId, toHex } from '@rogatory/kernel';
import { type AuthorityId } from '@rogatory/kernel';
import { emptyRoot, Frontier, leafHash } from '@rogatory/tlog';
import type {
  DirectoryAuthority,
  DirectoryDevice,
  DirectoryPerson,
  DirectoryRoot,
  KeyOwner,
  Standing,
} from './directory-records.js';
import { VersionedMap } from './versioned-map.js';

const ROOT = 'root';
const ALL = 'all';

/**
 * All that a directory log says, kept by log index. One store serves every state of one history: a state is a size, and
 * reads below that size. Only `DirectoryState` writes.
 */
export class DirectoryStore {
  roots = new VersionedMap<DirectoryRoot>();
  authorities = new VersionedMap<DirectoryAuthority>();
  persons = new VersionedMap<DirectoryPerson>();
  devices = new VersionedMap<DirectoryDevice>();
  standings = new VersionedMap<Standing>();
  keyOwners = new VersionedMap<KeyOwner>();
  authorityIds = new VersionedMap<AuthorityId>();
  personIds = new VersionedMap<PersonId>();
  deviceIds = new VersionedMap<DeviceId>();
  #frontier = new Frontier();
  #leaves: Uint8Array[] = [];
  #heads: Uint8Array[] = [emptyRoot()];
  /** Latest time of signing among the first n entries. */
  #clocksMs: number[] = [0];

  get size(): number {
    return this.#frontier.size;
  }

  append(entry: Uint8Array, signedAtMs: number): void {
    const leaf = leafHash(entry);
    this.#leaves.push(leaf);
    this.#frontier.append(leaf);
    this.#heads.push(this.#frontier.root());
    this.#clocksMs.push(Math.max(signedAtMs, this.#clocksMs.at(-1) ?? 0));
  }

  leafAt(index: number): Uint8Array | undefined {
    return this.#leaves[index]?.slice();
  }

  rootAt(size: number): Uint8Array | undefined {
    return this.#heads[size]?.slice();
  }

  clockAt(size: number): number {
    return this.#clocksMs[size] ?? 0;
  }

  setRoot(value: DirectoryRoot): void {
    this.roots.set(ROOT, value.index, value);
  }

  rootRecordAt(size: number): DirectoryRoot | undefined {
    return this.roots.get(ROOT, size);
  }

  setAuthority(value: DirectoryAuthority): void {
    if (this.authorities.get(value.authorityId, value.index) === undefined) {
      this.authorityIds.set(ALL, value.index, value.authorityId);
    }
    this.authorities.set(value.authorityId, value.index, value);
  }

  authorityIdsAt(size: number): AuthorityId[] {
    return this.authorityIds.history(ALL, size);
  }

  setPerson(value: DirectoryPerson): void {
    if (this.persons.get(value.personId, value.index) === undefined) {
      this.personIds.set(value.authorityId, value.index, value.personId);
    }
    this.persons.set(value.personId, value.index, value);
  }

  setDevice(value: DirectoryDevice): void {
    if (value.firstIndex === value.index) this.deviceIds.set(value.personId, value.index, value.deviceId);
    this.devices.set(value.deviceId, value.index, value);
  }

  /** `key` is an Ed25519 key, or the hash of a KEM key; both are 32 bytes and never collide by chance. */
  setKeyOwner(key: Uint8Array, index: number, owner: KeyOwner): void {
    this.keyOwners.set(toHex(key), index, owner);
  }

  /** A store of its own with the first `size` entries, for a history that goes on differently from there. */
  truncated(size: number): DirectoryStore {
    const copy = new DirectoryStore();
    copy.roots = this.roots.truncated(size);
    copy.authorities = this.authorities.truncated(size);
    copy.persons = this.persons.truncated(size);
    copy.devices = this.devices.truncated(size);
    copy.standings = this.standings.truncated(size);
    copy.keyOwners = this.keyOwners.truncated(size);
    copy.authorityIds = this.authorityIds.truncated(size);
    copy.personIds = this.personIds.truncated(size);
    copy.deviceIds = this.deviceIds.truncated(size);
    copy.#leaves = this.#leaves.slice(0, size);
    copy.#heads = this.#heads.slice(0, size + 1);
    copy.#clocksMs = this.#clocksMs.slice(0, size + 1);
    for (const leaf of copy.#leaves) copy.#frontier.append(leaf);
    return copy;
  }
}
