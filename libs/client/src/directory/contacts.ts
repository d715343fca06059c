import type { DeviceId, PersonId } from '@rogatory/kernel';
import { contactPins, type ContactPin, contactStatus, type ContactStatus, decideContact } from '@rogatory/e2ee';
import { type Fingerprint, matchesFingerprint, personFingerprint } from '@rogatory/pki';
import { refusedError, usageError } from '../client.errors.js';
import type { DeviceState } from '../state/device-state.js';
import type { Directory } from './directory.js';

/** A person as this device's user should see them before anything is sealed to them. */
export interface Contact {
  readonly personId: PersonId;
  readonly status: ContactStatus;
  readonly fingerprint: Fingerprint;
  /** Live devices, the recipients of keys. */
  readonly devices: readonly DeviceId[];
}

/**
 * Whom the user of this device trusts. The first contact is explicit, a device that no trusted one vouched for stops work
 * with the person; nothing here is ever decided by a server.
 */
export class Contacts {
  readonly #directory: Directory;
  readonly #state: DeviceState;
  readonly #nowMs: () => number;

  constructor(directory: Directory, state: DeviceState, nowMs: () => number) {
    this.#directory = directory;
    this.#state = state;
    this.#nowMs = nowMs;
  }

  /** @throws VerificationError `directory/unknown-person`. */
  contact(personId: PersonId): Contact {
    const { view } = this.#directory;
    const fingerprint = personFingerprint(view, personId);
    const status = contactStatus(this.#state.memory.local.trust, view, personId);
    const devices = view.liveDevicesOf(personId, this.#nowMs()).map(({ deviceId }) => deviceId);
    return { personId, status, fingerprint, devices };
  }

  /** Everybody that was ever decided on. */
  list(): Contact[] {
    return [...this.#state.memory.local.trust.keys()].map((personId) => this.contact(personId));
  }

  /**
   * Pins a person's devices after the fingerprint was compared by another way, such as a call.
   * @param typed what the other person read out: ten words, or the digits.
   * @throws UsageError `client/input` when it is not the person's fingerprint.
   */
  async confirmCompared(personId: PersonId, typed: string): Promise<void> {
    const { fingerprint } = this.contact(personId);
    if (!matchesFingerprint(fingerprint.digest, typed)) throw usageError('client/input');
    await this.#decide(personId, contactPins.compared);
  }

  /** Pins a person's devices knowingly without comparison, on the word of their registrars alone. */
  accept(personId: PersonId): Promise<void> {
    return this.#decide(personId, contactPins.accepted);
  }

  async #decide(personId: PersonId, pin: ContactPin): Promise<void> {
    const { view } = this.#directory;
    if (view.person(personId) === undefined) throw refusedError('client/not-found');
    const nowMs = this.#nowMs();
    await this.#state.set((memory) => {
      const trust = decideContact(memory.local.trust, view, { personId, pin, nowMs });
      return { ...memory, local: { ...memory.local, trust } };
    });
  }
}
