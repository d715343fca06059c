import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepServing, type KeptServer, type RunningServer } from '@rogatory/api';
import {
  type DemoDevice,
  makeDemoFederation,
  type PassphraseLock,
  unlockWithLock,
  writeBrowserDevices,
} from '@rogatory/cli/demo-federation';
import {
  type Client,
  FetchTransport,
  MemoryStateStore,
  openClient,
  type StateStore,
  UnlockedKeyStore,
} from '@rogatory/client';
import { derivePassphraseKey } from '@rogatory/crypto/passphrase';
import type { SigningKey } from '@rogatory/crypto/sign';
import { type Clock, fromHex, limits, Secret, systemClock, systemRandom } from '@rogatory/kernel';
import type { Configuration } from '@rogatory/platform-config';
import { type Log, openPinoLog, silentLog } from '@rogatory/platform-telemetry';
import { sealKeyStore } from '@rogatory/e2ee';
import { currentSuite, encodeDirectoryBundle } from '@rogatory/protocol';
import { parseVerifierKey } from '@rogatory/tlog';
import { followLog } from '@rogatory/witness';
import { WebSocket } from 'ws';
import type { WorldDatabase } from './engines.js';

/** A whole server in this process with its fictitious federation, and the devices of its people. */
export class World {
  readonly folder: string;
  readonly devices: ReadonlyMap<string, DemoDevice>;
  readonly configuration: Configuration;
  #server: KeptServer;
  readonly #clock: Clock;
  readonly #clients: Client[] = [];
  readonly #stores = new Map<string, StateStore>();
  readonly #keys = new Map<string, UnlockedKeyStore>();
  readonly #database: WorldDatabase;
  readonly #lock: PassphraseLock;
  readonly #log: Log | undefined;

  private constructor(parts: WorldParts) {
    this.folder = parts.folder;
    this.devices = parts.devices;
    this.configuration = parts.configuration;
    this.#server = parts.server;
    this.#clock = parts.clock;
    this.#database = parts.database;
    this.#lock = parts.lock;
    this.#log = parts.log;
  }

  static async start(
    database: WorldDatabase,
    { log, policyFile, clock = systemClock, browserDevicesEach = 0, ...changed }: WorldOptions = {},
  ): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-world-'));
    const lock = testingLock();
    const federation = makeDemoFederation({ lock, clock: systemClock, random: systemRandom, browserDevicesEach });
    await mkdir(join(folder, 'federation'), { mode: 0o700 });
    await writeFile(join(folder, 'federation', '01.bundle'), encodeDirectoryBundle(federation.directory.bundle));
    const devices = new Map(federation.devices.map((device) => [device.person.profile, device]));
    const plain = configurationOf(folder, database, await freePort());
    const audit = { ...plain.audit, ...(policyFile !== undefined && { policyFile }) };
    const demo = browserDevicesEach > 0 && { devicesFolder: await browserDevices(folder, federation.browserDevices) };
    const configuration = { ...plain, audit, ...changed, ...(demo && { demo }) };
    const server = await run(configuration, { clock, ...(log && { log }) });
    return new World({ folder, devices, configuration, server, database, lock, log, clock });
  }

  get server(): RunningServer {
    return this.#server.current();
  }

  get url(): string {
    return this.server.url;
  }

  /** A logged-in client of one person, by the name of the profile; the same state at each call. */
  async client(profile: string, way: ClientWay = {}): Promise<Client> {
    const client = await this.opened(profile, way);
    await client.login();
    return client;
  }

  /** A client that has not logged in. */
  async opened(profile: string, way: ClientWay = {}): Promise<Client> {
    const stateStore = way.stateStore ?? this.#stores.get(profile) ?? new MemoryStateStore();
    if (way.stateStore === undefined) this.#stores.set(profile, stateStore);
    const { fetch, webSocketImpl = WebSocket } = way.route ?? {};
    const client = await openClient({
      keys: this.keysOf(profile),
      keyStorage: { read: async () => undefined, replace: async () => undefined },
      stateStore,
      transport: new FetchTransport({
        ...{ server: this.url, build: 'rogatory-test/1', webSocketImpl },
        ...(fetch === undefined ? {} : { fetch }),
      }),
      ...(way.clock === undefined ? {} : { clock: way.clock }),
    });
    this.#clients.push(client);
    return client;
  }

  /** The unlocked keys of a person's device, the same at each call. */
  keysOf(profile: string): UnlockedKeyStore {
    const device = this.devices.get(profile);
    if (device === undefined) throw new Error(`no such person: ${profile}`);
    const keys = this.#keys.get(profile) ?? unlocked(device);
    this.#keys.set(profile, keys);
    return keys;
  }

  /** The key with which a registrar signs for the authority. */
  registrarKey(profile: string): SigningKey {
    const file = this.devices.get(profile)?.postKey;
    if (file === undefined) throw new Error(`no registrar: ${profile}`);
    return unlockWithLock(file, this.#lock);
  }

  /** Lets the witness of a folder follow the logs of the server, and replay its directory. */
  async followedBy(witnessFolder: string): Promise<void> {
    const { features, federationHash, logKeys } = this.server;
    const directory = { url: `${this.url}/directory/replay`, federationHash: fromHex(federationHash) };
    for (const key of logKeys.map(parseVerifierKey)) {
      await followLog(witnessFolder, key, key.name === features.directoryOrigin ? directory : undefined);
    }
  }

  /** Stops the server and starts it again on the same data. */
  async restart(meanwhile: () => Promise<void> = async () => undefined, way: ServerWay = {}): Promise<void> {
    await this.#server.stop();
    try {
      await meanwhile();
    } finally {
      this.#server = await run(this.configuration, {
        clock: this.#clock,
        ...(this.#log && { log: this.#log }),
        ...way,
      });
    }
    await this.#answers();
  }

  /** Looks whether the audit log is over, as the server does once a minute; answers so after a turn under way. */
  async lookForTurn(): Promise<boolean> {
    const isOver = await this.server.features.turn.look();
    await this.#server.settled();
    if (isOver) await this.#answers();
    return isOver;
  }

  /** Connections that were kept open to the server before are found dead one by one. */
  async #answers(): Promise<void> {
    for (let dead = 0; dead < 32; dead++) {
      const answer = await fetch(`${this.url}/health/live`).catch(() => undefined);
      if (answer === undefined) continue;
      await answer.body?.cancel();
      return;
    }
    throw new Error('the server does not answer');
  }

  /** Another server on a copy of this one's data, as an operator can run behind everybody's back. */
  async fork(): Promise<RunningServer> {
    const folder = `${this.folder}-fork`;
    await this.restart(() => cp(this.folder, folder, { recursive: true }));
    const { port: _, ...listen } = this.configuration.listen;
    const database: Configuration['database'] = { kind: 'embedded', folder };
    const audit = { ...this.configuration.audit, signerFolder: join(folder, 'signer') };
    const places = { dataFolder: folder, database, blobs: { folder: join(folder, 'blobs') }, audit };
    const named = { publicUrl: this.url, listen: { ...listen, port: await freePort() } };
    return (await run({ ...this.configuration, ...places, ...named })).current();
  }

  /** Clients of one person share keys: whichever closes locks them for all. */
  async #closeClients(): Promise<void> {
    for (const client of this.#clients) await client.gateway.transport.close();
    for (const keys of this.#keys.values()) keys.lock();
  }

  async stop(): Promise<void> {
    await this.#closeClients();
    await this.#server.stop();
    await this.#database.drop();
    await rm(this.folder, { recursive: true, force: true });
    await rm(`${this.folder}-fork`, { recursive: true, force: true });
  }
}

/** How a client of a world reaches the server, and where it keeps its state. */
export interface ClientWay {
  readonly route?: { readonly fetch: typeof fetch; readonly webSocketImpl: unknown };
  readonly stateStore?: StateStore;
  /** The clock that the device goes by; that of the machine where left out. */
  readonly clock?: Clock;
}

/** How a server of a world runs, where not as in production. */
export interface ServerWay {
  readonly admitsAnyDocument?: boolean;
  /** Where its log goes. */
  readonly log?: Log;
  readonly clock?: Clock;
}

interface WorldParts {
  readonly folder: string;
  readonly devices: ReadonlyMap<string, DemoDevice>;
  readonly configuration: Configuration;
  readonly server: KeptServer;
  readonly clock: Clock;
  readonly database: WorldDatabase;
  readonly lock: PassphraseLock;
  readonly log: Log | undefined;
}

/** What of a world's server is not as in the other suites. */
export interface WorldOptions extends Pick<ServerWay, 'log'>, Pick<Configuration, 'metrics' | 'web'> {
  /** Names the witnesses of its logs. */
  readonly policyFile?: string;
  /** What the server goes by; that of the machine where left out. */
  readonly clock?: Clock;
  /** How many devices the server hands out to browsers for each person who works on cases, as the demonstration does. */
  readonly browserDevicesEach?: number;
}

/** Under the passphrase of the demonstration, which every page knows. */
async function browserDevices(folder: string, devices: readonly DemoDevice[]): Promise<string> {
  const at = join(folder, 'browser');
  const salt = systemRandom(16);
  const passphraseKey = derivePassphraseKey({ passphrase: 'rogatory demo', salt, cost });
  const header = { suite: currentSuite, ...cost, salt, generation: 1 };
  await writeBrowserDevices(at, {
    devices,
    witnessPolicy: '',
    keyStoreOf: ({ content }: DemoDevice) => sealKeyStore({ passphraseKey, header, content, random: systemRandom }),
  });
  return at;
}

function configurationOf(folder: string, database: WorldDatabase, port: number): Configuration {
  return {
    profile: 'demo',
    listen: { host: '127.0.0.1', port },
    trustedProxies: [],
    dataFolder: folder,
    database: database.settings(folder),
    blobs: { folder: join(folder, 'blobs') },
    audit: { origin: 'demo.invalid/audit', signerFolder: join(folder, 'signer') },
    federation: {},
    log: { level: 'error' },
  };
}

function run(configuration: Configuration, way: ServerWay = {}): Promise<KeptServer> {
  return keepServing({
    configuration,
    clock: systemClock,
    random: systemRandom,
    log: process.env['DEBUG_WORLD'] ? openPinoLog({ level: 'debug', destination: process.stderr }) : silentLog,
    ...way,
  });
}

const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };

/** Key files of a world never leave this process: no passphrase is derived. */
function testingLock() {
  return { key: new Secret(systemRandom(32)), salt: systemRandom(16), cost };
}

function unlocked({ content }: DemoDevice): UnlockedKeyStore {
  return new UnlockedKeyStore({
    passphraseKey: new Secret(systemRandom(32)),
    salt: systemRandom(16),
    cost,
    generation: 1,
    content,
  });
}

/** A port that nobody listens on: the origin by which clients name the server has to be known before it starts. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
