import type { DeviceId, PersonId } from '@rogatory/kernel';
import type { HistoryChoice } from '../compose/membership.js';

interface PersonRecord {
  /** Epochs granted by this and all earlier memberships. */
  readonly granted: Set<number>;
  readonly devices: Set<DeviceId>;
  isMember: boolean;
}

/**
 * What the leads' decisions mean for who may read which epoch, kept as plain sets. Written apart from the chain's own
 * bookkeeping on purpose: it is what that is tested against.
 */
export class PolicyModel {
  epoch = 1;
  readonly #persons = new Map<PersonId, PersonRecord>();
  readonly #knows = new Map<DeviceId, Set<number>>();

  knownBy(device: DeviceId): number[] {
    return [...(this.#knows.get(device) ?? [])].sort((a, b) => a - b);
  }

  grantedTo(person: PersonId): ReadonlySet<number> {
    return this.#persons.get(person)?.granted ?? new Set();
  }

  isMember(person: PersonId): boolean {
    return this.#persons.get(person)?.isMember === true;
  }

  wasMember(person: PersonId): boolean {
    return this.#persons.has(person);
  }

  devicesOf(person: PersonId): DeviceId[] {
    return [...(this.#persons.get(person)?.devices ?? [])];
  }

  begin(person: PersonId, devices: readonly DeviceId[]): void {
    this.#persons.set(person, { granted: new Set([1]), devices: new Set(devices), isMember: true });
    for (const device of devices) this.#set(device).add(1);
  }

  /** A new epoch: the devices that are live get its key. */
  startEpoch(live: (device: DeviceId) => boolean): void {
    this.epoch += 1;
    for (const record of this.#persons.values()) {
      if (!record.isMember) continue;
      record.granted.add(this.epoch);
      for (const device of record.devices) if (live(device)) this.#set(device).add(this.epoch);
    }
  }

  /** Call before `startEpoch`. `firstOfDate` is the first epoch that began at or after the date. */
  admit(
    person: PersonId,
    devices: readonly DeviceId[],
    grant: { readonly kind: HistoryChoice['kind']; readonly firstOfDate: number; readonly author: DeviceId },
  ): void {
    const granted = this.#persons.get(person)?.granted ?? new Set<number>();
    const from = { all: 1, 'from-now': this.epoch + 1, 'from-date': grant.firstOfDate }[grant.kind];
    for (let epoch = from; epoch <= this.epoch; epoch++) granted.add(epoch);
    this.#persons.set(person, { granted, devices: new Set(devices), isMember: true });
    for (const device of devices) this.give(device, grant.author, [...granted]);
  }

  /** What an author can open of a list comes to be known by a device. */
  give(device: DeviceId, author: DeviceId, epochs: readonly number[]): void {
    const known = this.#set(author);
    for (const epoch of epochs) if (known.has(epoch)) this.#set(device).add(epoch);
  }

  addDevice(person: PersonId, device: DeviceId, author: DeviceId): void {
    this.#persons.get(person)?.devices.add(device);
    this.give(device, author, [...this.grantedTo(person)]);
  }

  /** Whoever goes keeps what they knew. Call before `startEpoch`. */
  part(person: PersonId): void {
    const record = this.#persons.get(person);
    if (record === undefined) return;
    record.isMember = false;
    record.devices.clear();
  }

  dropDevice(person: PersonId, device: DeviceId): void {
    const record = this.#persons.get(person);
    record?.devices.delete(device);
    if (record?.devices.size === 0) record.isMember = false;
  }

  #set(device: DeviceId): Set<number> {
    const found = this.#knows.get(device) ?? new Set<number>();
    this.#knows.set(device, found);
    return found;
  }
}
