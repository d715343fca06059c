import { type CompartmentId, type DeviceId, isRogatoryError, type PersonId } from '@rogatory/kernel';
import { complaintHash, isEpochGranted, type MemberPerson, verifyComplaint } from '@rogatory/chain';
import { composeDeviceAdd, composeDeviceDrop, type ComposedLink, composeDisclose, composeReseal } from '@rogatory/e2ee';
import type { SignedComplaint } from '@rogatory/protocol';
import type { CaseParts } from './case-parts.js';
import type { Compartment } from './compartment.js';
import type { CaseScenes, OpenCase } from './open-case.js';
import type { VerifiedItem } from './replica.js';

const MAX_RESEALED_EPOCHS = 900; // below what one box holds

/** A member of a compartment, as its chain says. */
export interface ListedMember extends MemberPerson {
  readonly isLeaving: boolean;
  /** Devices that the directory still lets act. */
  readonly liveDevices: readonly DeviceId[];
}

/** Devices and keys of those who are in already. */
export class Members {
  readonly #parts: CaseParts;

  constructor(parts: CaseParts) {
    this.#parts = parts;
  }

  list(compartment: Compartment): ListedMember[] {
    const { state } = compartment;
    const { directory, gateway } = this.#parts;
    const nowMs = gateway.clock.nowMs();
    return [...state.members.persons.values()].map((person) => ({
      ...person,
      isLeaving: state.leaving.has(person.personId) || state.lagging.has(person.personId),
      liveDevices: person.devices.filter((id) => directory.view.isDeviceLive(id, nowMs)),
    }));
  }

  /** Live devices of members that the case does not know yet: the person's own, or any for a lead. */
  missingDevices(open: OpenCase, personId: PersonId = this.#parts.keys.personId): DeviceId[] {
    const { directory, gateway } = this.#parts;
    const known = new Set(open.root.state.members.person(personId)?.devices ?? []);
    const live = directory.view.liveDevicesOf(personId, gateway.clock.nowMs());
    return live.flatMap(({ deviceId }) => (known.has(deviceId) ? [] : [deviceId]));
  }

  /** Gives a further device of a member everything that its person was granted, in every compartment. */
  addDevice(open: OpenCase, deviceId: DeviceId): Promise<readonly ComposedLink[]> {
    const personId = this.#parts.directory.view.device(deviceId)?.personId;
    const isIn = (scenes: CaseScenes, id: CompartmentId): boolean => {
      const { members } = scenes.scene(id).state;
      return personId !== undefined && members.person(personId) !== undefined && members.device(deviceId) === undefined;
    };
    const add = (scenes: CaseScenes): ComposedLink[] =>
      scenes.ids
        .filter((id) => isIn(scenes, id))
        .map((id) => scenes.note(composeDeviceAdd(scenes.scene(id), deviceId)));
    return open.append(add, personId === undefined ? [] : [personId]);
  }

  /** Takes devices out of every compartment, with new keys: one's own others, any by a lead, ended ones by anybody. */
  dropDevices(open: OpenCase, devices: readonly DeviceId[]): Promise<readonly ComposedLink[]> {
    return open.append((scenes) =>
      scenes.ids.flatMap((id) => {
        const scene = scenes.scene(id);
        const present = devices.filter((device) => scene.state.members.device(device) !== undefined);
        return present.length === 0 ? [] : [scenes.note(composeDeviceDrop(scene, present))];
      }),
    );
  }

  /** Gives named devices the keys of single items; by a lead. */
  disclose(
    open: OpenCase,
    id: CompartmentId,
    disclosure: { readonly devices: readonly DeviceId[]; readonly items: readonly VerifiedItem[] },
  ): Promise<readonly ComposedLink[]> {
    const items = disclosure.items.map(({ signed }) => signed);
    return open.append((scenes) => [composeDisclose(scenes.scene(id), { devices: disclosure.devices, items })]);
  }

  /**
   * Answers complaints of other members with the keys that they were granted and this device can open.
   * @returns how many were answered.
   */
  async answerComplaints(open: OpenCase, id: CompartmentId): Promise<number> {
    const compartment = open.compartment(id);
    const told = await compartment.complaints();
    let answered = 0;
    for (const bytes of told) {
      const signed = this.#openComplaint(compartment, bytes);
      if (signed === undefined) continue;
      const links = await open.append((scenes) => this.#reseal(scenes, id, { signed, bytes }));
      answered += links.length;
    }
    return answered;
  }

  #openComplaint(compartment: Compartment, bytes: Uint8Array): SignedComplaint | undefined {
    try {
      const signed = verifyComplaint(compartment.state, bytes);
      const isOwn = signed.complaint.deviceId === this.#parts.keys.deviceId;
      const isDone = compartment.replica.isAnswered(complaintHash(signed.signedBytes));
      return isOwn || isDone ? undefined : signed;
    } catch (error) {
      if (isRogatoryError(error)) return undefined; // not a complaint of this chain: nothing to answer
      throw error;
    }
  }

  #reseal(
    scenes: CaseScenes,
    id: CompartmentId,
    { signed, bytes }: { readonly signed: SignedComplaint; readonly bytes: Uint8Array },
  ): ComposedLink[] {
    const scene = scenes.scene(id);
    const { deviceId } = signed.complaint;
    const person = scene.state.members.device(deviceId)?.personId;
    if (person === undefined) return [];
    const readable = scene.keyring.readableEpochs().filter((epoch) => isEpochGranted(scene.state, person, epoch));
    const epochs = readable.slice(-MAX_RESEALED_EPOCHS);
    if (epochs.length === 0) return [];
    const cause = { complaintHash: complaintHash(signed.signedBytes) };
    return [composeReseal({ ...scene, complaint: () => bytes }, { deviceId, epochs, cause })];
  }
}
