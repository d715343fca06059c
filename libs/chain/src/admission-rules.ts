import { type CompartmentId, type DeviceId, limits } from '@rogatory/kernel';
import { caseRoles, historyKinds, type Member } from '@rogatory/protocol';
import { type ChainState, isEpochGranted } from './chain-state.js';
import { demand } from './chain.errors.js';
import { checkLeaf } from './leaf-check.js';
import { isStaying, type LinkContext } from './link-context.js';
import { isMemberLive } from './liveness.js';
import { type MemberSet, sharesMembership } from './member-set.js';

/** Whether ids stand in strictly ascending order: the one order that lists of devices and members have. */
export function areAscending(ids: readonly string[]): boolean {
  return ids.every((id, i) => i === 0 || (ids[i - 1] as string) < id);
}

/** SPEC: chains 4.4 — bounds of a compartment after any link. */
export function checkSizes(members: MemberSet): void {
  const isWithin =
    members.devices.size <= limits.maxDevicesPerCompartment && members.persons.size <= limits.maxMembersPerCase;
  demand(isWithin, 'chain/limit', 'more members or devices than a compartment may have');
}

/** SPEC: chains 5 add — one new person with all their leaves, alike but for the devices. */
export function checkAdd(context: LinkContext): void {
  const { state, link, view, atMs } = context;
  const leaves = link.body.members ?? [];
  const [first] = leaves;
  demand(first !== undefined && leaves.length <= limits.maxDevicesPerPerson, 'chain/member', 'no leaf, or too many');
  demand(areAscending(leaves.map(({ deviceId }) => deviceId)), 'chain/member', 'leaves out of order or repeated');
  const isOnePerson = leaves.every((leaf) => sharesMembership(leaf, first));
  demand(isOnePerson, 'chain/member', 'leaves of one person differ');
  const isNew = !state.members.persons.has(first.personId);
  demand(isNew, 'chain/member', 'the person is a member already');
  checkInRoot(context, first);
  checkGrant(context, first);
  for (const leaf of leaves) {
    demand(!state.members.devices.has(leaf.deviceId), 'chain/member', 'the device is a member already');
    checkLeaf(leaf, view, atMs);
  }
}

/** SPEC: chains 4.3 — users of a compartment are users of the root chain. */
function checkInRoot({ state, rootRecord }: LinkContext, { personId }: Member): void {
  if (state.isRoot) return;
  const isIn = rootRecord?.members.persons.has(personId) === true && !rootRecord.leaving.has(personId);
  demand(isIn, 'chain/member', 'the person is not a member of the case');
}

/** SPEC: chains 4.5 — what an admission grants, and that it is a barrier unless it grants everything. */
function checkGrant({ state, link }: LinkContext, { personId, history }: Member): void {
  const { kind, fromEpoch } = history;
  demand(link.isBarrier === (kind !== historyKinds.all), 'chain/barrier', 'an admission without the barrier it needs');
  const isReadmission = state.grants.has(personId);
  // The gap between two memberships stays closed unless a lead discloses items of it.
  demand(!isReadmission || kind === historyKinds.fromNow, 'chain/history', 'a re-admission reaches back');
  const isWithin = {
    [historyKinds.all]: fromEpoch === 1,
    [historyKinds.fromNow]: fromEpoch === link.epoch,
    [historyKinds.fromDate]: fromEpoch >= 1 && fromEpoch < link.epoch,
  }[kind];
  demand(isWithin, 'chain/history', 'the granted epochs do not fit the kind of history');
}

/** SPEC: chains 5 device-add — one leaf like the person's others, by that person or a lead. */
export function checkDeviceAdd({ state, link, view, atMs, signer, isLead }: LinkContext): void {
  const [leaf, ...more] = link.body.members ?? [];
  demand(leaf !== undefined && more.length === 0, 'chain/member', 'not exactly one leaf');
  const person = state.members.person(leaf.personId);
  const fits = person !== undefined && isStaying(state, leaf.personId) && sharesMembership(leaf, person);
  demand(fits, 'chain/member', "the leaf differs from the person's others");
  demand(person.devices.length < limits.maxDevicesPerPerson, 'chain/limit', 'more devices than a person may have');
  demand(!state.members.devices.has(leaf.deviceId), 'chain/member', 'the device is a member already');
  demand(isLead || signer.personId === leaf.personId, 'chain/right', "adds another person's device");
  checkLeaf(leaf, view, atMs);
}

/** Member devices that a reseal or disclosure seals to: present, staying and live. */
export function checkRecipients(context: LinkContext, devices: readonly DeviceId[]): void {
  const { state, view, atMs } = context;
  demand(devices.length > 0 && areAscending(devices), 'chain/member', 'devices missing, out of order or repeated');
  for (const device of devices) {
    const member = state.members.device(device);
    const isServed = member && isStaying(state, member.personId) && isMemberLive(member, view, atMs);
    demand(isServed === true, 'chain/member', 'seals to a device that may not get keys');
  }
}

/** SPEC: chains 5 reseal — epochs that both the author and the recipient were granted. */
export function checkResealedEpochs({ state, link, signer }: LinkContext, recipient: Member): void {
  const epochs = link.body.epochs ?? [];
  const isOrdered = epochs.length > 0 && epochs.every((epoch, i) => i === 0 || (epochs[i - 1] as number) < epoch);
  demand(isOrdered, 'chain/history', 'epochs missing, out of order or repeated');
  const areGranted = epochs.every(
    (epoch) => isGranted(state, recipient, epoch) && isGranted(state, signer, epoch) && epoch <= state.epoch,
  );
  demand(areGranted, 'chain/history', 'reseals an epoch that was not granted');
}

function isGranted(state: ChainState, { personId }: Member, epoch: number): boolean {
  return isEpochGranted(state, personId, epoch);
}

/** SPEC: chains 5 compartment — a new id, and the person who may begin it: one who may lead there. */
export function checkAnnouncement({ state, link, view, atMs }: LinkContext): void {
  const { compartmentId, personId } = link.body;
  demand(state.isRoot, 'chain/compartment', 'compartments are announced in the root chain');
  const isNew = compartmentId !== undefined && isFree(state, compartmentId);
  demand(isNew, 'chain/compartment', 'the compartment exists already');
  demand(state.compartments.size + 1 < limits.maxCompartmentsPerCase, 'chain/limit', 'too many compartments');
  const named = personId === undefined ? undefined : state.members.person(personId);
  const mayBegin = named !== undefined && isStaying(state, named.personId);
  demand(mayBegin, 'chain/compartment', 'names nobody who may begin the compartment');
  demand(
    view.mayHoldRole(named.personId, caseRoles.lead, atMs),
    'chain/role-ceiling',
    'names a person who may not lead',
  );
}

function isFree(state: ChainState, id: CompartmentId): boolean {
  return id !== state.compartmentId && !state.compartments.has(id);
}
