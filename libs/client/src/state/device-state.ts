import type { CaseId, CompartmentId, DeviceId } from '@rogatory/kernel';
import { type CompartmentState, emptySenderJournal } from '@rogatory/e2ee';
import { sizes } from '@rogatory/protocol';
import { emptyRoot } from '@rogatory/tlog';
import { refusedError } from '../client.errors.js';
import {
  type CompartmentMarks,
  decodeDeviceMemory,
  type DeviceMemory,
  encodeDeviceMemory,
  freshMemory,
} from './device-memory.js';
import { Mutex } from './mutex.js';
import type { SealedStore } from './sealed-store.js';

const SLOT = 'state';

interface Lock {
  readonly ready: Promise<void>;
  release(): Promise<void>;
}

/**
 * The saved memory of a device, changed by one holder at a time, of this and every other process that shares the
 * storage. A change is durable when `update` resolves.
 */
export class DeviceState {
  readonly #store: SealedStore;
  readonly #deviceId: DeviceId;
  readonly #turn = new Mutex();
  #memory: DeviceMemory;
  #holders = 0;
  #lock: Lock | undefined;

  private constructor(store: SealedStore, deviceId: DeviceId, memory: DeviceMemory) {
    this.#store = store;
    this.#deviceId = deviceId;
    this.#memory = memory;
  }

  /** @throws VerificationError `crypto/open`, CodecError for a state that is not this device's; as the storage. */
  static async open(store: SealedStore, deviceId: DeviceId): Promise<DeviceState> {
    const bytes = await store.read(SLOT);
    const memory = bytes === undefined ? freshMemory(deviceId) : decodeDeviceMemory(bytes);
    if (memory.local.deviceId !== deviceId) throw refusedError('client/device-state');
    return new DeviceState(store, deviceId, memory);
  }

  /** As last read or written here. */
  get memory(): DeviceMemory {
    return this.#memory;
  }

  /**
   * Runs something during which no other process changes the memory; several of this process may hold it at once.
   * @throws RefusedError `client/profile-busy`, `client/device-state` when the storage was set back meanwhile.
   */
  async hold<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#holders++;
    this.#lock ??= this.#acquire();
    const lock = this.#lock;
    try {
      await lock.ready;
      return await run();
    } finally {
      this.#holders--;
      if (this.#holders === 0 && this.#lock === lock) {
        this.#lock = undefined;
        await lock.release();
      }
    }
  }

  /**
   * Runs a change over the newest saved memory and saves what it gives, before it resolves. `change` is synchronous: what
   * it hands out besides may leave only after this resolved.
   * @throws as `hold`.
   */
  update<Result>(
    change: (memory: DeviceMemory) => { readonly memory: DeviceMemory; readonly result: Result },
  ): Promise<Result> {
    return this.hold(() =>
      this.#turn.run(async () => {
        const { memory, result } = change(this.#memory);
        if (memory === this.#memory) return result;
        const next = { ...memory, local: { ...memory.local, generation: this.#memory.local.generation + 1 } };
        await this.#store.write(SLOT, encodeDeviceMemory(next));
        this.#memory = next;
        return result;
      }),
    );
  }

  /** A change that gives nothing back. */
  set(change: (memory: DeviceMemory) => DeviceMemory): Promise<void> {
    return this.update((memory) => ({ memory: change(memory), result: undefined }));
  }

  /** The lock of the storage, kept until `release`. */
  #acquire(): Lock {
    let open = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      open = resolve;
    });
    let over: Promise<void> = Promise.resolve();
    const ready = new Promise<void>((resolve, reject) => {
      over = this.#store
        .exclusive(async () => {
          await this.#reload();
          resolve();
          await released;
        })
        .catch(reject);
    });
    return {
      ready,
      release: () => {
        open();
        return over;
      },
    };
  }

  async #reload(): Promise<void> {
    const bytes = await this.#store.read(SLOT);
    const seen = this.#memory.local.generation;
    if (bytes === undefined && seen === 0) return;
    if (bytes === undefined) throw refusedError('client/device-state');
    const memory = decodeDeviceMemory(bytes);
    const isOurs = memory.local.deviceId === this.#deviceId && memory.local.generation >= seen;
    if (!isOurs) throw refusedError('client/device-state');
    if (memory.local.generation > seen) this.#memory = memory;
  }
}

/** What is remembered of a compartment; a blank where nothing is. */
export function compartmentOf(
  memory: DeviceMemory,
  place: { readonly caseId: CaseId; readonly compartmentId: CompartmentId },
): CompartmentState {
  const found = memory.local.compartments.find(({ compartmentId }) => compartmentId === place.compartmentId);
  const blank = { seq: 0, linkHash: new Uint8Array(sizes.hash) };
  const content = { size: 0, root: emptyRoot() };
  const { caseId, compartmentId: id } = place;
  return (
    found ?? { caseId, compartmentId: id, chainHead: blank, contentHead: content, keys: [], sender: emptySenderJournal }
  );
}

export function marksOf(memory: DeviceMemory, compartmentId: CompartmentId): CompartmentMarks {
  return memory.marks.get(compartmentId) ?? { compartmentId, boxSeq: -1, heartbeatAtMs: 0, disclosed: [] };
}

export function withCompartment(memory: DeviceMemory, next: CompartmentState): DeviceMemory {
  const others = memory.local.compartments.filter(({ compartmentId }) => compartmentId !== next.compartmentId);
  return { ...memory, local: { ...memory.local, compartments: [...others, next] } };
}

export function withMarks(memory: DeviceMemory, marks: CompartmentMarks): DeviceMemory {
  return { ...memory, marks: new Map(memory.marks).set(marks.compartmentId, marks) };
}
