import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type OpenCase, rootOf } from '@rogatory/client';
import { Seeded } from '../experiments/seeded.js';
import { admitAll } from '../world/admission.js';
import type { World } from '../world/world.js';
import { Ledger } from './ledger.js';
import { untilAnswered, upload, watch, write } from './load.js';
import { ServerProcess } from './server-process.js';

const writers = ['prosecutor-xa', 'judge-xa', 'prosecutor-xb', 'judge-xb'];
const readers = ['prosecutor-xc', 'judge-xc', 'liaison-xc'];
const uploader = 'liaison-xb';

export interface CrashRun {
  readonly ledger: Ledger;
  readonly clients: ReadonlyMap<string, Client>;
  readonly open: OpenCase;
  /** Signed heads of the audit log, one from each life of the server. */
  readonly checkpoints: readonly Uint8Array[];
  /** Milliseconds from the start of a killed server's successor to its first answer. */
  readonly readyMs: readonly number[];
}

/** When a server is killed: after some posts of its life, at any moment of the ones that are under way then. */
const LIFE = { leastPosts: 4, spreadPosts: 30, spreadMs: 40, mostMs: 8_000 };
const LOOK_MS = 3;

/**
 * Kills the server process at random moments of a seeded run while eight writers post in two compartments, three
 * subscribers watch the root's events and one upload is under way. Afterwards the world's own server runs again.
 */
export async function crashRun(
  world: World,
  options: { readonly kills: number; readonly seed: number },
): Promise<CrashRun> {
  const lead = await world.client('prosecutor-xa');
  const open = await lead.cases.create({ title: 'Killed', compartments: ['Second'] });
  const others = [...writers.slice(1), ...readers, uploader];
  const people = Object.fromEntries(others.map((profile) => [profile, {}]));
  const admitted = await admitAll(world, { lead, leader: 'prosecutor-xa', open }, people);
  const clients = new Map([['prosecutor-xa', lead], ...admitted]);
  const ledger = new Ledger();
  const { auditOrigin } = await lead.server();
  const checkpointUrl = `${world.url}/audit/log/${auditOrigin.slice(auditOrigin.lastIndexOf('/') + 1)}/checkpoint`;
  const lived: Lived = { checkpoints: [], readyMs: [] };
  await world.restart(() => lives({ world, clients, open, ledger, checkpointUrl, lived }, options));
  return { ledger, clients, open, ...lived };
}

interface Lived {
  readonly checkpoints: Uint8Array[];
  readonly readyMs: number[];
}

interface Stage {
  readonly world: World;
  readonly clients: ReadonlyMap<string, Client>;
  readonly open: OpenCase;
  readonly ledger: Ledger;
  readonly checkpointUrl: string;
  readonly lived: Lived;
}

async function lives(stage: Stage, { kills, seed }: { readonly kills: number; readonly seed: number }): Promise<void> {
  const draw = new Seeded(seed);
  const stop = new AbortController();
  const door = new Door();
  let server = await begin(stage);
  door.open();
  const work = startLoad(stage, await seatsOf(stage), { door, stop });
  try {
    for (let kill = 0; kill < kills; kill++) {
      await Promise.race([work, someMoment(stage.ledger, draw)]);
      door.close();
      await server.kill();
      server = await begin(stage);
      door.open();
    }
    await Promise.race([work, someMoment(stage.ledger, draw)]);
    stop.abort();
    await work;
    await server.stop();
  } finally {
    stop.abort();
    door.open();
    await server.kill();
  }
}

async function begin({ world, checkpointUrl, lived }: Stage): Promise<ServerProcess> {
  const startedAt = performance.now();
  const server = await ServerProcess.start(world.configuration);
  lived.readyMs.push(Math.round(performance.now() - startedAt));
  lived.checkpoints.push(await checkpointOf(checkpointUrl));
  return server;
}

async function someMoment(ledger: Ledger, draw: Seeded): Promise<void> {
  const posts = ledger.messages.length + LIFE.leastPosts + draw.below(LIFE.spreadPosts);
  const moreMs = draw.next() * LIFE.spreadMs;
  const endMs = performance.now() + LIFE.mostMs;
  while (ledger.messages.length < posts && performance.now() < endMs) await pause(LOOK_MS);
  await pause(moreMs);
}

/** A member with the case open. */
interface Seat {
  readonly client: Client;
  readonly open: OpenCase;
}

async function seatsOf({ clients, open }: Stage): Promise<ReadonlyMap<string, Seat>> {
  const seats = new Map<string, Seat>();
  for (const [profile, client] of clients) {
    seats.set(profile, { client, open: await untilAnswered(() => client.cases.open(open.caseId)) });
  }
  return seats;
}

async function startLoad(
  { open, ledger }: Stage,
  seats: ReadonlyMap<string, Seat>,
  { door, stop }: { readonly door: Door; readonly stop: AbortController },
): Promise<void> {
  const parts = { ledger, up: () => door.wait(), stop: stop.signal };
  const root = rootOf(open.caseId);
  const seatOf = (profile: string): Seat => {
    const seat = seats.get(profile);
    if (seat === undefined) throw new Error(`no ${profile}`);
    return seat;
  };
  await Promise.all([
    ...writers.flatMap((profile, i) =>
      open.compartments.map(({ compartmentId }, k) =>
        write({ ...seatOf(profile), compartmentId }, `writer ${i}.${k}`, parts),
      ),
    ),
    ...readers.map((profile) => watch({ ...seatOf(profile), compartmentId: root }, parts)),
    upload({ ...seatOf(uploader), compartmentId: root }, parts),
  ]);
}

/** The newest signed head, which anybody may fetch; connections kept from the life before are found dead one by one. */
async function checkpointOf(url: string): Promise<Uint8Array> {
  for (let dead = 0; dead < 32; dead++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return new Uint8Array(await answer.arrayBuffer());
  }
  throw new Error('no checkpoint');
}

/** Lets nobody through while the server is away. */
class Door {
  #isOpen = false;
  #waiting: (() => void)[] = [];

  open(): void {
    this.#isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  close(): void {
    this.#isOpen = false;
  }

  /** A moment at least: what failed a moment ago must not be tried without pause. */
  async wait(): Promise<void> {
    await pause(5);
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
