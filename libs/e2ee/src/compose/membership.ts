import type { DeviceId, PersonId } from '@rogatory/kernel';
import { type ChainState } from '@rogatory/chain';
import {
  type CaseRole,
  historyKinds,
  type HistoryGrant,
  keyKinds,
  type LinkCause,
  linkTypes,
  type Member,
} from '@rogatory/protocol';
import { composeRefused } from '../e2ee.errors.js';
import { sealKeyBox } from '../keys/boxes.js';
import { epochBook } from '../keys/epoch-book.js';
import { entriesFor, ungivenEpochs } from '../keys/key-grant.js';
import { contactPins, type ContactDirectory, requireContact, type TrustDecisions } from '../trust/contacts.js';
import { composeLink } from './assemble.js';
import { memberLeafOf, memberLeavesOf } from './member-leaf.js';
import { type ComposedLink, type LinkScene, viewOf } from './scene.js';

/** What a new member may read of the past. `from-date` names a time; the first epoch at or after it is the bound. */
export type HistoryChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'from-now' }
  | { readonly kind: 'from-date'; readonly fromMs: number };

export interface Admission {
  readonly personId: PersonId;
  readonly role: CaseRole;
  readonly history: HistoryChoice;
  /** The membership ends then by itself. */
  readonly notAfterMs: number;
}

/**
 * The grant that a choice comes to in a compartment. A person who was a member before gets nothing but from now on, and
 * what they were granted then: the gap between stays closed.
 * SPEC: keys 5: from a date: the epochs from the first that began at or after it.
 */
export function historyGrant(state: ChainState, personId: PersonId, choice: HistoryChoice): HistoryGrant {
  const nextEpoch = state.epoch + 1;
  const fromNow: HistoryGrant = { kind: historyKinds.fromNow, fromEpoch: nextEpoch };
  if (choice.kind === 'from-now') return fromNow;
  if (state.grants.has(personId)) throw composeRefused('readmission-is-from-now');
  if (choice.kind === 'all') return { kind: historyKinds.all, fromEpoch: 1 };
  const fromEpoch = firstEpochSince(state, choice.fromMs);
  return fromEpoch === undefined ? fromNow : { kind: historyKinds.fromDate, fromEpoch };
}

function firstEpochSince(state: ChainState, fromMs: number): number | undefined {
  for (let epoch = 1; epoch <= state.epoch; epoch++) {
    const info = state.epochs.at(epoch - 1);
    if (info !== undefined && (state.links.at(info.seq)?.timeMs ?? -1) >= fromMs) return epoch;
  }
  return undefined;
}

/**
 * Admits a person on all live devices, with a new key; by a lead.
 * @throws RefusedError `e2ee/contact` before the user has decided on the person; `chain/…` as the verifier.
 */
export function composeAdd(scene: LinkScene, admission: Admission): ComposedLink {
  const { personId, role, notAfterMs } = admission;
  requireTrust(scene, personId);
  const history = historyGrant(scene.state, personId, admission.history);
  const atMs = scene.directoryHead.timeMs;
  const members = memberLeavesOf(viewOf(scene), personId, { role, history, notAfterMs, atMs });
  const isBarrier = history.kind !== historyKinds.all;
  return composeLink(scene, { type: linkTypes.add, body: { members }, startsEpoch: true, isBarrier });
}

/**
 * Gives a further device of a member everything that the person is granted and the author can open, without a new key.
 * By another device of the same person, or a lead.
 * @throws RefusedError `e2ee/contact` for a device that no trusted one vouched for; `e2ee/no-key`, `e2ee/too-many-keys`.
 */
export function composeDeviceAdd(scene: LinkScene, deviceId: DeviceId): ComposedLink {
  const { state, keyring, random } = scene;
  const personId = viewOf(scene).device(deviceId)?.personId;
  const person = personId === undefined ? undefined : state.members.person(personId);
  if (person === undefined) throw composeRefused('not-a-member');
  requireTrust(scene, person.personId);
  const { role, history, notAfterMs } = person;
  const leaf = memberLeafOf(viewOf(scene), deviceId, { role, history, notAfterMs });
  const question = { grant: state.grants.get(person.personId) ?? [], keyring, book: epochBook(state) };
  const entries = entriesFor(question);
  const hasNewest = entries[0]?.kind === keyKinds.chain && entries[0].epoch === state.epoch;
  if (!hasNewest) throw composeRefused('newest-key-not-held');
  return composeLink(scene, {
    type: linkTypes.deviceAdd,
    body: { members: [leaf] },
    startsEpoch: false,
    boxes: {
      recipients: [leaf],
      seal: (recipient, contextHash) => sealKeyBox({ recipient, contextHash, random }, entries),
      ungivenEpochs: ungivenEpochs(question),
    },
  });
}

/** Takes a person out, with a new key; by a lead. In a compartment it also completes what the root chain began. */
export function composeRemove(scene: LinkScene, personId: PersonId): ComposedLink {
  return composeLink(scene, { type: linkTypes.remove, body: { personId }, startsEpoch: true });
}

/**
 * Takes a person out of the case and of all compartments given: the root chain's link first, then one new key for each
 * compartment, all to be sent as one request. Compartments that the author cannot open are renewed by their own members.
 */
export function composeRemovalFromCase(
  scene: LinkScene,
  compartments: readonly LinkScene[],
  personId: PersonId,
): ComposedLink[] {
  const removal = composeRemove(scene, personId);
  const held = compartments.filter(({ state }) => state.members.persons.has(personId));
  const plan = { type: linkTypes.rotate, body: {}, startsEpoch: true };
  return [removal, ...held.map((compartment) => composeLink({ ...compartment, root: removal.next }, plan))];
}

/** Marks the author as leaving: nobody writes until a remaining member rotates. */
export function composeLeave(scene: LinkScene): ComposedLink {
  const { personId } = scene.author;
  return composeLink(scene, { type: linkTypes.leave, body: { personId }, startsEpoch: false });
}

/** Takes devices out, with a new key: one's own others, any by a lead, ended ones by anybody. */
export function composeDeviceDrop(scene: LinkScene, devices: readonly DeviceId[], cause?: LinkCause): ComposedLink {
  const body = { devices: [...devices].sort(), ...(cause && { cause }) };
  return composeLink(scene, { type: linkTypes.deviceDrop, body, startsEpoch: true });
}

/** One's own person is trusted as far as the chain already holds its devices. */
function requireTrust(scene: LinkScene, personId: PersonId): void {
  const directory: ContactDirectory = viewOf(scene);
  const { author, state, trust } = scene;
  const isSelf = personId === author.personId && !trust.has(personId);
  requireContact(isSelf ? selfTrust(state, personId) : trust, directory, personId);
}

function selfTrust(state: ChainState, personId: PersonId): TrustDecisions {
  const devices = state.members.leavesOf(personId).map(({ deviceId }: Member) => deviceId);
  return new Map([[personId, { personId, pin: contactPins.compared, devices, decidedAtMs: 0 }]]);
}
