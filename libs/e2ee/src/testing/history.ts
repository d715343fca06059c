import { type PersonId, utf8 } from '@rogatory/kernel';
import { type CaseRole, caseRoles, decodeSignedItem, itemClasses, type SignedItem } from '@rogatory/protocol';
import fc from 'fast-check';
import { composeDisclose } from '../compose/disclose.js';
import { composeRole } from '../compose/governance.js';
import {
  composeAdd,
  composeDeviceAdd,
  composeDeviceDrop,
  composeLeave,
  composeRemove,
  type HistoryChoice,
} from '../compose/membership.js';
import { composeReseal, composeRotate } from '../compose/renewal.js';
import { writeObstacles } from '../items/compose-item.js';
import type { CaseDevice } from './case-device.js';
import { CaseWorld } from './case-world.js';
import { PolicyModel } from './policy-model.js';

/** One step of a random history: what, and three choices that the step makes use of as it can. */
export interface Command {
  readonly what: (typeof commandKinds)[number];
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export const commandKinds = [
  'add',
  'add',
  'add',
  'remove',
  'leave',
  'device-add',
  'device-add',
  'device-drop',
  'rotate',
  'revoke',
  'post',
  'post',
  'disclose',
  'role',
  'reseal',
] as const;

const choice = fc.nat({ max: 999 });
/** Random histories of up to `maxLength` steps, with the seed of all their keys. */
export const histories = (maxLength: number) =>
  fc.record({
    seed: fc.nat(),
    commands: fc.array(fc.record({ what: fc.constantFrom(...commandKinds), a: choice, b: choice, c: choice }), {
      minLength: 4,
      maxLength,
    }),
  });

const roles: readonly CaseRole[] = [caseRoles.contributor, caseRoles.lead, caseRoles.reader, caseRoles.liaison];

/** Plays commands in a world and tells the model what was decided. Person 0 begins the case and stays. */
export class History {
  readonly world: CaseWorld;
  readonly model = new PolicyModel();
  readonly items: SignedItem[] = [];
  /** Hash of item by device, of items disclosed to it. */
  readonly disclosed = new Map<CaseDevice, Set<SignedItem>>();
  /** Nobody admits this person any more. */
  banned: PersonId | undefined;
  readonly #beganAtMs = [0];

  constructor(seed: number) {
    this.world = new CaseWorld(seed);
    const founder = this.world.firstDeviceOf(0);
    this.model.begin(founder.personId, [founder.id]);
    this.#beganAtMs[1] = this.world.federation.nowMs;
  }

  get id() {
    return this.world.caseCompartment;
  }

  get state() {
    return this.world.server.state(this.id);
  }

  /** Plays one command; a command that has nobody to act on does nothing. */
  play(command: Command): void {
    this.world.tick(1 + (command.c % 50));
    this.#steps[command.what](command);
  }

  memberDevices(): CaseDevice[] {
    return [...this.world.devices.values()].filter(
      (device) => this.state.members.devices.has(device.id) && this.world.isLive(device),
    );
  }

  writers(): CaseDevice[] {
    const writes = (device: CaseDevice) => writeObstacles(device.writeScene(this.id), itemClasses.message).length === 0;
    return this.memberDevices().filter(writes);
  }

  leads(): CaseDevice[] {
    return this.memberDevices().filter(({ id }) => this.state.members.device(id)?.role === caseRoles.lead);
  }

  rotate(by: CaseDevice): void {
    by.send(composeRotate(by.scene(this.id)));
    this.#newEpoch();
  }

  readonly #steps: Readonly<Record<Command['what'], (command: Command) => void>> = {
    add: (command) => this.#add(command),
    remove: (command) => this.#remove(command),
    leave: (command) => this.#leave(command),
    'device-add': (command) => this.#deviceAdd(command),
    'device-drop': (command) => this.#deviceDrop(command),
    rotate: ({ a }) => this.rotate(pick(this.leads(), a)),
    revoke: (command) => this.#revoke(command),
    post: (command) => this.#post(command),
    disclose: (command) => this.#disclose(command),
    role: (command) => this.#role(command),
    reseal: (command) => this.#reseal(command),
  };

  #newEpoch(): void {
    const byId = this.world.devices;
    this.model.startEpoch((id) => {
      const device = byId.get(id);
      return device !== undefined && this.world.isLive(device);
    });
    this.#beganAtMs[this.model.epoch] = this.world.federation.nowMs;
  }

  #others(isMember: boolean): PersonId[] {
    return this.world.persons.slice(1).flatMap(({ id }) => (this.model.isMember(id) === isMember ? [id] : []));
  }

  #liveDevicesOf(person: PersonId): CaseDevice[] {
    return [...this.world.devices.values()].filter((device) => device.personId === person && this.world.isLive(device));
  }

  #add({ a, b, c }: Command): void {
    const outsiders = this.#others(false).filter((id) => id !== this.banned && this.#liveDevicesOf(id).length > 0);
    if (outsiders.length === 0) return;
    const personId = pick(outsiders, a);
    const lead = pick(this.leads(), b);
    const fromMs = this.#beganAtMs[1 + (c % this.model.epoch)] as number;
    const choices: HistoryChoice[] = [{ kind: 'all' }, { kind: 'from-now' }, { kind: 'from-date', fromMs }];
    const history: HistoryChoice = this.model.wasMember(personId) ? { kind: 'from-now' } : pick(choices, c);
    const role = pick(roles, b);
    lead.send(composeAdd(lead.scene(this.id), { personId, role, history, notAfterMs: this.world.notAfterMs }));
    const devices = this.#liveDevicesOf(personId).map(({ id }) => id);
    const firstOfDate = this.#beganAtMs.findIndex((beganAtMs, epoch) => epoch > 0 && beganAtMs >= fromMs);
    this.model.admit(personId, devices, { kind: history.kind, firstOfDate, author: lead.id });
    this.#newEpoch();
  }

  #remove({ a, b }: Command): void {
    const persons = this.#others(true);
    if (persons.length > 0) this.remove(pick(persons, a), b);
  }

  remove(personId: PersonId, b: number): void {
    const authors = this.leads().filter((lead) => lead.personId !== personId);
    const lead = pick(authors, b);
    lead.send(composeRemove(lead.scene(this.id), personId));
    this.model.part(personId);
    this.#newEpoch();
  }

  #leave({ a, b }: Command): void {
    const leavers = this.memberDevices().filter(({ personId }) => personId !== this.world.persons[0]?.id);
    if (leavers.length === 0) return;
    const leaver = pick(leavers, a);
    leaver.send(composeLeave(leaver.scene(this.id)));
    this.model.part(leaver.personId);
    this.rotate(
      pick(
        this.memberDevices().filter(({ personId }) => personId !== leaver.personId),
        b,
      ),
    );
  }

  #deviceAdd({ a, b }: Command): void {
    const members = this.memberDevices();
    const { personId } = pick(members, a);
    const index = this.world.persons.findIndex(({ id }) => id === personId);
    const present = this.state.members;
    const waiting = this.#liveDevicesOf(personId).filter(({ id }) => !present.devices.has(id));
    const device = waiting[0] ?? this.world.enrol(index);
    if (device === undefined) return;
    const authors = members.filter((author) => author.personId === personId || this.leads().includes(author));
    const author = pick(authors, b);
    author.send(composeDeviceAdd(author.scene(this.id), device.id));
    this.model.addDevice(personId, device.id, author.id);
  }

  #deviceDrop({ a, b }: Command): void {
    const droppable = this.memberDevices().filter(({ personId }) => this.model.devicesOf(personId).length > 1);
    if (droppable.length === 0) return;
    const device = pick(droppable, a);
    const authors = this.memberDevices().filter(
      (author) => author !== device && (author.personId === device.personId || this.leads().includes(author)),
    );
    if (authors.length === 0) return;
    const author = pick(authors, b);
    author.send(composeDeviceDrop(author.scene(this.id), [device.id]));
    this.model.dropDevice(device.personId, device.id);
    this.#newEpoch();
  }

  #revoke({ a, b }: Command): void {
    const targets = this.memberDevices().filter(({ personId }) => personId !== this.world.persons[0]?.id);
    if (targets.length === 0) return;
    this.world.revoke(pick(targets, a));
    this.rotate(pick(this.memberDevices(), b));
  }

  #post({ a, b }: Command): void {
    const writers = this.writers();
    if (writers.length === 0) return;
    this.items.push(decodeSignedItem(pick(writers, a).post(this.id, utf8(`note ${b}`)).bytes));
  }

  #disclose({ a, b, c }: Command): void {
    const item = this.items.length === 0 ? undefined : pick(this.items, a);
    const lead = pick(this.leads(), b);
    const canOpen = item !== undefined && this.model.knownBy(lead.id).includes(item.header.epoch);
    if (item === undefined || !canOpen) return;
    const recipient = pick(this.memberDevices(), c);
    lead.send(composeDisclose(lead.scene(this.id), { devices: [recipient.id], items: [item] }));
    this.disclosed.set(recipient, (this.disclosed.get(recipient) ?? new Set()).add(item));
  }

  #role({ a, b, c }: Command): void {
    const persons = this.#others(true);
    if (persons.length === 0) return;
    const personId = pick(persons, a);
    const role = pick(roles, b);
    if (this.state.members.person(personId)?.role === role) return;
    const lead = pick(this.leads(), c);
    lead.send(composeRole(lead.scene(this.id), personId, role));
  }

  #reseal({ a, b }: Command): void {
    const members = this.memberDevices();
    const author = pick(members, a);
    const recipient = pick(members, b);
    const epochs = [...this.model.grantedTo(recipient.personId)].filter(
      (epoch) => this.model.grantedTo(author.personId).has(epoch) && this.model.knownBy(author.id).includes(epoch),
    );
    if (author === recipient || epochs.length === 0) return;
    author.send(composeReseal(author.scene(this.id), { deviceId: recipient.id, epochs }));
    this.model.give(recipient.id, author.id, epochs);
  }
}

/** One of a non-empty list. */
export function pick<Value>(values: readonly Value[], number: number): Value {
  const value = values[number % values.length];
  if (value === undefined) throw new RangeError('nothing to choose from');
  return value;
}
