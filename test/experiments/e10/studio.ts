import { type Client, FetchTransport, openClient, type Transport, UnlockedKeyStore } from '@rogatory/client';
import type { KeyStoreContent } from '@rogatory/e2ee';
import { type Clock, limits, Secret } from '@rogatory/kernel';
import { WebSocket } from 'ws';
import type { Json } from '../../rig/evil-proxy.js';
import type { World } from '../../world/world.js';
import { Seeded } from '../seeded.js';
import { SnapshotStore } from '../snapshot-store.js';
import type { Exchange } from './exchange.js';
import { RecordingTransport } from './recording-transport.js';

/** What a person does with the SDK, and what the person then sees. Nothing else decides what is asked. */
export type Scene = (client: Client) => Promise<Json>;

/** A device at one moment: everything that the next session of it begins with. */
interface DeviceAt {
  readonly content: KeyStoreContent;
  readonly store: SnapshotStore;
}

/** An honest session: where it began, what was said, what was seen. Its clock stands still, its randomness is seeded. */
export interface Take extends DeviceAt {
  readonly name: string;
  readonly scene: Scene;
  readonly nowMs: number;
  readonly seed: number;
  readonly origin: string;
  readonly exchanges: readonly Exchange[];
  readonly seen: Json;
  /** What the person could see already where the session began; undefined for a first contact. */
  readonly known: Json | undefined;
}

export interface TakeOptions {
  /** How far the device's clock is ahead. */
  readonly aheadMs?: number;
  /** Stands between the session and the server. */
  readonly through?: (transport: Transport) => Transport;
  readonly known?: Json;
}

const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };

/** Records sessions of people at a real server. */
export class Studio {
  readonly #world: World;
  readonly #devices = new Map<string, DeviceAt>();
  readonly #published = new Map<string, string[]>();
  readonly takes: Take[] = [];
  #seed: number;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#seed = seed;
  }

  /** A session that is only played, as the way to where the next ones begin. */
  async play(profile: string, scene: Scene, options: TakeOptions = {}): Promise<Json> {
    return (await this.#session('', profile, { scene, options })).seen;
  }

  /** A session that is kept to be lied about. */
  async record(name: string, profile: string, scene: Scene, options: TakeOptions = {}): Promise<Json> {
    const take = await this.#session(name, profile, { scene, options });
    this.takes.push(take);
    return take.seen;
  }

  async #session(
    name: string,
    profile: string,
    { scene, options }: { readonly scene: Scene; readonly options: TakeOptions },
  ): Promise<Take> {
    const before = this.#deviceOf(profile);
    const after = { content: before.content, store: before.store.copy() };
    const nowMs = Date.now() + (options.aheadMs ?? 0);
    const seed = this.#seed++;
    const { url: server } = this.#world;
    const inner = new FetchTransport({ server, build: 'rogatory-e10/1', webSocketImpl: WebSocket });
    const transport = new RecordingTransport(options.through?.(inner) ?? inner);
    const session = await openSession({ ...after, nowMs, seed }, transport);
    try {
      const seen = await scene(session.client);
      this.#devices.set(profile, { content: copyOfKeys(session.keys.content), store: after.store });
      const { exchanges, origin } = transport;
      this.#notePrekeys(profile, exchanges);
      const known = options.known;
      return { name, scene, content: before.content, store: before.store, nowMs, seed, origin, exchanges, seen, known };
    } finally {
      await transport.close();
    }
  }

  #notePrekeys(profile: string, exchanges: readonly Exchange[]): void {
    for (const exchange of exchanges) {
      if (exchange.kind !== 'graphql' || exchange.operation !== 'PublishPrekeys') continue;
      const { variables } = JSON.parse(exchange.sent) as { variables: { prekeys: string[] } };
      this.#published.set(profile, variables.prekeys);
    }
  }

  /** Prekeys that a person's device published, as they were sent. */
  prekeysOf(profile: string): readonly string[] {
    return this.#published.get(profile) ?? [];
  }

  #deviceOf(profile: string): DeviceAt {
    const known = this.#devices.get(profile);
    if (known !== undefined) return known;
    const device = this.#world.devices.get(profile);
    if (device === undefined) throw new Error(`no such person: ${profile}`);
    return { content: device.content, store: new SnapshotStore() };
  }
}

interface SessionStart extends DeviceAt {
  readonly nowMs: number;
  readonly seed: number;
}

/** A client at a place, on a transport, with everything that could differ between two runs taken from the start. */
export async function openSession(
  { content, store, nowMs, seed }: SessionStart,
  transport: Transport,
): Promise<{ readonly client: Client; readonly keys: UnlockedKeyStore }> {
  const draw = new Seeded(seed);
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const passphraseKey = new Secret(new Uint8Array(32).fill(7));
  const salt = new Uint8Array(16);
  const keys = new UnlockedKeyStore({ passphraseKey, salt, cost, generation: 1, content: copyOfKeys(content) });
  const client = await openClient({
    keys,
    keyStorage: { read: async () => undefined, replace: async () => undefined },
    stateStore: store,
    transport,
    clock,
    random: (length) => draw.bytes(length),
    zone: 'UTC',
  });
  return { client, keys };
}

/** The session once more, from the same beginning, on another transport. */
export async function replay(take: Take, transport: Transport, store = take.store.copy()): Promise<Json> {
  const { client } = await openSession({ ...take, store }, transport);
  return take.scene(client);
}

/** A copy whose secrets outlive what is done to the original. */
function copyOfKeys(content: KeyStoreContent): KeyStoreContent {
  const copy = (secret: Secret): Secret => secret.use((bytes) => new Secret(bytes.slice()));
  return {
    ...content,
    signingSeed: copy(content.signingSeed),
    kemSeed: copy(content.kemSeed),
    localStateKey: copy(content.localStateKey),
    prekeys: content.prekeys.map((prekey) => ({ ...prekey, seed: copy(prekey.seed) })),
  };
}
