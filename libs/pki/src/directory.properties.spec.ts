import { describe, expect, it } from '@jest/globals';
import { toHex, type DeviceId, type PersonId } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { revocationActions, revocationReasons, revocationTargets } from '@rogatory/protocol';
import fc from 'fast-check';
import { makeDevice, makeRevocation } from './ceremony/enrolment.js';
import { makeAuthority } from './ceremony/federation.js';
import { applyEntry, DirectoryState, emptyDirectory } from './directory-state.js';
import type { DirectoryView } from './directory-view.js';
import { FederationWorld, type WorldAuthority, type WorldDevice, type WorldPerson } from './testing.js';

const runs = { seed: 20261123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 2_000 : 30 };
const DAY_MS = 86_400_000;

/** Who signs: any number of registrars and of the person's devices, dead ones too, and at times somebody else's. */
interface SignerChoice {
  readonly registrars: readonly number[];
  /** Places among the devices that the person ever had. */
  readonly own: readonly number[];
  readonly stranger: boolean;
  readonly foreign: boolean;
}

const rarely = fc.nat(9).map((chance) => chance === 0);

const signerChoice: fc.Arbitrary<SignerChoice> = fc.record({
  registrars: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
  own: fc.array(fc.nat(3), { maxLength: 2 }),
  stranger: rarely,
  foreign: rarely,
});

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ act: fc.constant('person' as const), office: fc.nat(1) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('device' as const),
      person: fc.nat(7),
      by: signerChoice,
      days: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('standing' as const),
      ofPerson: fc.nat(3).map((chance) => chance === 0),
      target: fc.nat(7),
      action: fc.constantFrom(...Object.values(revocationActions)),
      serialStep: fc.constantFrom(0, 1, 1, 1, 1, 2),
      by: signerChoice,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('office' as const), office: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 4 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

type Status = 'live' | 'suspended' | 'revoked';
interface ModelDevice extends WorldDevice {
  status: Status;
  serial: number;
  readonly untilMs: number;
}
interface ModelPerson extends WorldPerson {
  status: Status;
  serial: number;
  readonly office: ModelOffice;
}
interface ModelOffice {
  readonly authority: WorldAuthority;
  isSuspended: boolean;
  serial: number;
}

/** A second, naive telling of the rules over plain objects; it knows nothing of logs, versions or signatures. */
class Model {
  readonly world: FederationWorld;
  readonly offices: ModelOffice[];
  readonly persons: ModelPerson[] = [];
  readonly devices: ModelDevice[] = [];
  refusals = 0;
  lifted = 0;

  constructor(seed: number) {
    this.world = new FederationWorld(seed);
    const body = this.world.oversightBody();
    this.offices = [0, 1].map(() => ({ authority: this.world.authority(body), isSuspended: false, serial: 1 }));
    for (const office of this.offices) this.enrolPerson(office);
  }

  isLive(device: ModelDevice): boolean {
    const person = device.person as ModelPerson;
    const isPersonLive = person.status === 'live' && !person.office.isSuspended;
    return device.status === 'live' && isPersonLive && this.world.nowMs < device.untilMs;
  }

  /** Keys of a choice, and what the rules make of them: undefined when one of them may not sign. */
  signers(by: SignerChoice, person: ModelPerson, except?: ModelDevice) {
    const { registrars } = person.authority;
    const other = this.offices.find(({ authority }) => authority !== person.authority) as ModelOffice;
    const mine = this.devices.filter((device) => device.person === person);
    const stranger = by.stranger ? this.devices.find((device) => device.person !== person) : undefined;
    const own = by.own.flatMap((i) => mine[i % Math.max(1, mine.length)] ?? []);
    const devices = [...new Set(stranger === undefined ? own : [...own, stranger])];
    const chosen = by.registrars.map((i) => registrars[i] as SigningKey);
    const foreign = by.foreign ? [other.authority.registrars[0] as SigningKey] : [];
    const isSound =
      !by.foreign && devices.every((device) => device.person === person && device !== except && this.isLive(device));
    return {
      keys: { registrars: [...chosen, ...foreign], devices: devices.map(({ signing }) => signing) },
      counts: isSound ? { registrars: chosen.length, devices: devices.length } : undefined,
    };
  }

  /** Applies an entry to the real directory and demands the verdict of the model. */
  attempt(entry: Uint8Array, isAllowed: boolean): boolean {
    const before = this.world.state;
    let verdict = 'accepted';
    try {
      this.world.admit(entry);
    } catch (error) {
      verdict = (error as { family: string }).family;
      this.refusals++;
      expect(this.world.state).toBe(before);
    }
    expect(verdict).toBe(isAllowed ? 'accepted' : 'verification');
    return isAllowed;
  }

  take(step: Step): void {
    switch (step.act) {
      case 'wait':
        this.world.nowMs += step.days * DAY_MS;
        return;
      case 'office':
        return this.toggleOffice(this.offices[step.office] as ModelOffice);
      case 'person':
        return this.enrolPerson(this.offices[step.office] as ModelOffice);
      case 'device':
        return this.enrolDevice(this.persons[step.person % this.persons.length], step);
      case 'standing':
        return this.changeStanding(step);
    }
  }

  toggleOffice(office: ModelOffice): void {
    office.isSuspended = !office.isSuspended;
    office.serial++;
    const { world } = this;
    const record = { ...office.authority.record, serial: office.serial, isSuspended: office.isSuspended };
    world.admit(makeAuthority({ ...record, time: world.time }, world.root, world.rootKeys.slice(1)));
  }

  enrolPerson(office: ModelOffice): void {
    if (office.isSuspended) return;
    this.persons.push({ ...this.world.person(office.authority), status: 'live', serial: 0, office });
  }

  enrolDevice(person: ModelPerson | undefined, { by, days }: Extract<Step, { act: 'device' }>): void {
    if (person === undefined) return;
    const { world } = this;
    const untilMs = world.nowMs + days * DAY_MS;
    const device: ModelDevice = {
      id: world.id<DeviceId>(),
      person,
      signing: SigningKey.generate(world.random),
      kem: KemKey.generate(world.random),
      status: 'live',
      serial: 0,
      untilMs,
    };
    const { keys, counts } = this.signers(by, person);
    const usable = this.devices.filter(
      (other) => other.person === person && other.status !== 'revoked' && world.nowMs < other.untilMs,
    );
    const isPersonLive = person.status === 'live' && !person.office.isSuspended;
    const isFirst = usable.length === 0 && counts?.devices === 0 && counts.registrars >= 2;
    const isFurther = counts !== undefined && counts.devices >= 1 && counts.registrars >= 1;
    const isAllowed = isPersonLive && usable.length < 10 && (isFirst || isFurther);
    if (this.attempt(makeDevice(world.requestFor(device, days * DAY_MS), keys), isAllowed)) this.devices.push(device);
  }

  changeStanding(step: Extract<Step, { act: 'standing' }>): void {
    const device = step.ofPerson ? undefined : this.devices[step.target % Math.max(1, this.devices.length)];
    const target = device ?? (step.ofPerson ? this.persons[step.target % this.persons.length] : undefined);
    if (target === undefined) return;
    const person = device === undefined ? (target as ModelPerson) : (device.person as ModelPerson);
    const { keys, counts } = this.signers(step.by, person, device);
    const after: Status | undefined = (
      {
        live: [undefined, 'revoked', 'suspended', undefined],
        suspended: [undefined, 'revoked', undefined, 'live'],
        revoked: [],
      } as const
    )[target.status][step.action];
    const registrars = counts?.registrars ?? 0;
    const isLifting = step.action === revocationActions.reinstate;
    const isEnough =
      device === undefined
        ? registrars >= 2 && counts?.devices === 0
        : registrars >= 1 || (!isLifting && (counts?.devices ?? 0) >= 1);
    const isAllowed =
      counts !== undefined && !person.office.isSuspended && step.serialStep === 1 && after !== undefined && isEnough;
    const serial = target.serial + step.serialStep;
    if (serial === 0) return;
    const entry = makeRevocation(
      {
        authorityId: person.authority.id,
        target: device === undefined ? revocationTargets.person : revocationTargets.device,
        targetId: target.id,
        serial,
        action: step.action,
        reason: revocationReasons.unspecified,
        time: this.world.time,
      },
      keys,
    );
    if (!this.attempt(entry, isAllowed)) return;
    Object.assign(target, { status: after, serial });
    if (isLifting) this.lifted++;
  }
}

/** All that a view says of everybody, as text. */
function tell(view: DirectoryView, persons: readonly { id: PersonId }[], atMs: number): string {
  const authorities = view.authorities().map(({ record, index }) => [record.serial, record.isSuspended, index]);
  const people = persons.map(({ id }) => [
    view.personStatus(id, atMs),
    view.personStanding(id),
    view
      .devicesOf(id)
      .map((device) => [
        device.deviceId,
        view.deviceStatus(device.deviceId, atMs),
        view.deviceStanding(device.deviceId),
        toHex(device.certificateHash),
        device.vouchedBy,
      ]),
  ]);
  return JSON.stringify([view.size, toHex(view.head.root), view.clockMs, view.root()?.index, authorities, people]);
}

function play(seed: number, steps: readonly Step[]) {
  const model = new Model(seed);
  const told: { readonly state: DirectoryState; readonly atMs: number; readonly live: ReadonlySet<DeviceId> }[] = [];
  for (const each of steps) {
    model.take(each);
    const live = new Set(model.devices.filter((device) => model.isLive(device)).map(({ id }) => id));
    told.push({ state: model.world.state, atMs: model.world.nowMs, live });
  }
  return { model, told };
}

describe('random directories', () => {
  const histories = fc.tuple(fc.nat(1_000_000), fc.array(step, { minLength: 10, maxLength: 45 }));

  it('take what the rules allow and nothing else, and say who is live', () => {
    let refusals = 0;
    let admitted = 0;
    let vouched = 0;
    let lifted = 0;
    fc.assert(
      fc.property(histories, ([seed, steps]) => {
        const { model, told } = play(seed, steps);
        refusals += model.refusals;
        admitted += model.devices.length;
        vouched += model.devices.filter(({ id }) => model.world.view.device(id)?.vouchedBy).length;
        lifted += model.lifted;
        for (const { state, atMs, live } of told) {
          for (const { id } of model.devices) expect(state.view.isDeviceLive(id, atMs)).toBe(live.has(id));
        }
      }),
      runs,
    );
    // Neither branch is idle: a generator that only ever fails, or never does, would prove nothing.
    expect(refusals).toBeGreaterThan(runs.numRuns);
    expect(admitted).toBeGreaterThan(runs.numRuns);
    expect(vouched).toBeGreaterThan(runs.numRuns / 4);
    expect(lifted).toBeGreaterThan(0);
  });

  it('are at every size what a fresh replay up to that size gives, whatever came later', () => {
    fc.assert(
      fc.property(histories, ([seed, steps]) => {
        const { model, told } = play(seed, steps);
        const { world, persons } = model;
        const atMs = world.nowMs;
        let fresh = emptyDirectory(world.pinnedRootHash);
        for (const [index, entry] of world.entries.entries()) {
          fresh = applyEntry(fresh, entry);
          expect(tell(world.state.at(index + 1), persons, atMs)).toBe(tell(fresh.view, persons, atMs));
        }
        expect(fresh.head).toEqual(world.state.head);
        for (const { state, atMs: then } of told) {
          expect(tell(world.state.at(state.size), persons, then)).toBe(tell(state.view, persons, then));
        }
      }),
      runs,
    );
  });

  it('never void by a revocation what was receipted before it', () => {
    fc.assert(
      fc.property(histories, ([seed, steps]) => {
        const { model, told } = play(seed, steps);
        for (const { state, atMs, live } of told) {
          const receiptedThen = model.world.state.at(state.size);
          for (const id of live) expect(receiptedThen.isDeviceLive(id, atMs)).toBe(true);
        }
        for (const device of model.devices.filter(({ status }) => status === 'revoked')) {
          const { index } = model.world.view.deviceStanding(device.id);
          expect(model.world.state.at(index as number).deviceStanding(device.id).status).not.toBe('revoked');
          expect(model.world.state.at((index as number) + 1).isDeviceLive(device.id, model.world.nowMs)).toBe(false);
        }
      }),
      runs,
    );
  });
});
