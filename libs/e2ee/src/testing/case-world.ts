import type { CompartmentId, DeviceId, PersonId, RandomBytes } from '@rogatory/kernel';
import { limits } from '@rogatory/kernel';
import { type DirectoryState } from '@rogatory/pki';
import { FederationWorld, seededRandom, type WorldDevice, type WorldPerson } from '@rogatory/pki/testing';
import { composeCase } from '../compose/genesis.js';
import { contactPins, decideContact, type TrustDecisions } from '../trust/contacts.js';
import { CaseDevice } from './case-device.js';
import { CaseServer } from './case-server.js';

const PERSONS = 5;
const FURTHER_DEVICES = 2;

/** A federation that many histories begin from: each person with one device, further ones ready to be enrolled. */
interface Beginning {
  readonly federation: FederationWorld;
  readonly trunk: DirectoryState;
  readonly startMs: number;
  readonly entries: number;
  readonly persons: readonly WorldPerson[];
  readonly firstDevices: readonly WorldDevice[];
}

let beginning: Beginning | undefined;

function begin(): Beginning {
  if (beginning !== undefined) return beginning;
  const federation = new FederationWorld(4711);
  const office = federation.authority(federation.oversightBody('AA'));
  const court = federation.authority(federation.oversightBody('BB'));
  const persons = Array.from({ length: PERSONS }, (_, i) => federation.person(i % 2 === 0 ? office : court));
  const firstDevices = persons.map((person) => federation.device(person));
  const { state: trunk, nowMs: startMs, entries } = federation;
  beginning = { federation, trunk, startMs, entries: entries.length, persons, firstDevices };
  return beginning;
}

/**
 * One history: a real directory, an honest server, and devices with real keys, in memory. Everything is drawn from the
 * seed. Only one history at a time: they share the beginning of the directory.
 */
export class CaseWorld {
  readonly federation: FederationWorld;
  readonly server: CaseServer;
  readonly persons: readonly WorldPerson[];
  readonly devices = new Map<DeviceId, CaseDevice>();
  readonly random: RandomBytes;
  readonly caseCompartment: CompartmentId;
  trust: TrustDecisions = new Map();

  constructor(seed: number) {
    const start = begin();
    this.federation = start.federation;
    this.federation.state = start.trunk;
    this.federation.nowMs = start.startMs;
    this.federation.entries.length = start.entries;
    this.random = seededRandom(seed);
    this.server = new CaseServer(this.federation);
    this.persons = start.persons;
    start.firstDevices.forEach((device, i) => this.adopt(device, i % 2 === 0));
    for (const { id } of this.persons) this.trustPerson(id);
    const creator = this.firstDeviceOf(0);
    const { state: directory, nowMs } = this.federation;
    const composed = composeCase(
      {
        author: { deviceId: creator.id, personId: creator.personId, signingKey: creator.world.signing },
        directory,
        directoryHead: creator.directoryHead,
        prekeysOf: this.server.prekeysOf,
        trust: this.trust,
        time: this.federation.time,
        random: this.random,
      },
      { notAfterMs: nowMs + limits.maxCertificateMs },
    );
    this.caseCompartment = composed.next.compartmentId;
    creator.send(composed);
  }

  get notAfterMs(): number {
    return this.federation.nowMs + limits.maxCertificateMs;
  }

  firstDeviceOf(person: number): CaseDevice {
    return this.devicesOf(person)[0] as CaseDevice;
  }

  devicesOf(person: number): CaseDevice[] {
    const id = this.persons[person]?.id;
    return [...this.devices.values()].filter(({ personId }) => personId === id);
  }

  /** Enrols a further device, vouched for by the person's first; undefined when there are enough. */
  enrol(person: number): CaseDevice | undefined {
    const [first, ...more] = this.devicesOf(person);
    if (first === undefined || more.length >= FURTHER_DEVICES) return undefined;
    const view = this.federation.state.view;
    if (!view.isDeviceLive(first.id, this.federation.nowMs)) return undefined;
    return this.adopt(this.federation.device(first.world.person, first.world), more.length === 0);
  }

  revoke(device: CaseDevice): void {
    this.federation.standDevice(device.world);
  }

  isLive(device: CaseDevice): boolean {
    return this.federation.state.view.isDeviceLive(device.id, this.federation.nowMs);
  }

  tick(minutes: number): void {
    this.federation.nowMs += minutes * 60_000;
  }

  /** A device of this history for one that the federation has enrolled. */
  adopt(world: WorldDevice, hasPrekey = false): CaseDevice {
    const { federation, server, random } = this;
    const device = new CaseDevice(world, { federation, server, trust: () => this.trust, random, hasPrekey });
    this.devices.set(device.id, device);
    return device;
  }

  /** Everybody's user compares fingerprints with a person and trusts the devices they have now. */
  trustPerson(personId: PersonId): void {
    const { state, nowMs } = this.federation;
    this.trust = decideContact(this.trust, state.view, { personId, pin: contactPins.compared, nowMs });
  }
}
