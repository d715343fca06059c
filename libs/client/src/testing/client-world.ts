import { Secret } from '@rogatory/kernel';
import type { KeyStoreContent } from '@rogatory/e2ee';
import { FederationWorld, seededRandom, type WorldDevice, type WorldPerson } from '@rogatory/pki/testing';
import { type Client, type ClientOptions, openClient } from '../client.js';
import { type KeyStoreStorage, UnlockedKeyStore } from '../keys/key-store.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { MemoryServer } from './memory-server.js';

/** A person's device in a test: its keys, its storage, and clients opened on both. */
export interface Actor {
  readonly person: WorldPerson;
  readonly device: WorldDevice;
  readonly storage: MemoryStateStore;
  /** A new client on the same keys and storage, as another start of the program. */
  open(storage?: MemoryStateStore, way?: ActorWay): Promise<Client>;
}

/** How a client of a test is opened. */
export type ActorWay = Pick<ClientOptions, 'ciphers' | 'witnessPolicy'> & Partial<Pick<ClientOptions, 'clock'>>;

/** A federation of two offices with one server, all in memory, on a clock that stands still unless moved. */
export class ClientWorld {
  readonly federation: FederationWorld;
  readonly server: MemoryServer;
  readonly #random = seededRandom(99);

  constructor(seed = 7) {
    this.federation = new FederationWorld(seed);
    this.server = new MemoryServer(this.federation);
  }

  actor(state: string): Actor {
    const { federation } = this;
    const office = federation.authority(federation.oversightBody(state));
    const person = federation.person(office);
    return this.deviceOf(person, federation.device(person));
  }

  deviceOf(person: WorldPerson, device: WorldDevice): Actor {
    const content: KeyStoreContent = {
      deviceId: device.id,
      personId: person.id,
      authorityId: person.authority.id,
      federationRootHash: this.federation.pinnedRootHash,
      signingSeed: device.signing.exportSeed(),
      kemSeed: device.kem.exportSeed(),
      localStateKey: new Secret(this.#random(32)),
      prekeys: [],
    };
    let saved = content;
    const keyStorage: KeyStoreStorage = { read: async () => undefined, replace: async () => undefined };
    const storage = new MemoryStateStore();
    const open = async (place = storage, way: ActorWay = {}): Promise<Client> => {
      const keys = new KeptKeys(saved, this.#random, (next) => {
        saved = next;
      });
      const clock = { nowMs: () => this.federation.nowMs, monotonicMs: () => this.federation.nowMs };
      const transport = this.server.transport();
      const outside = { transport, clock, random: this.#random, zone: 'UTC', ...way };
      return openClient({ keys, keyStorage, stateStore: place, ...outside });
    };
    return { person, device, storage, open };
  }
}

/** Keys whose file is a variable: unlocking costs nothing. */
class KeptKeys extends UnlockedKeyStore {
  readonly #keep: (content: KeyStoreContent) => void;

  constructor(
    content: KeyStoreContent,
    random: (length: number) => Uint8Array,
    keep: (content: KeyStoreContent) => void,
  ) {
    const cost = { passes: 2, memoryBytes: 64 * 1024 * 1024 };
    super({ passphraseKey: new Secret(random(32)), salt: random(16), cost, generation: 1, content: copyOf(content) });
    this.#keep = keep;
  }

  override async save(...args: Parameters<UnlockedKeyStore['save']>): Promise<void> {
    await super.save(...args);
    this.#keep(copyOf(args[0]));
  }
}

/** A copy whose secrets outlive the locking of the original. */
function copyOf(content: KeyStoreContent): KeyStoreContent {
  const copy = (secret: Secret): Secret => secret.use((bytes) => new Secret(bytes.slice()));
  return {
    ...content,
    signingSeed: copy(content.signingSeed),
    kemSeed: copy(content.kemSeed),
    localStateKey: copy(content.localStateKey),
    prekeys: content.prekeys.map((prekey) => ({ ...prekey, seed: copy(prekey.seed) })),
  };
}
