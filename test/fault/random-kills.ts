import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type OpenCase, rootOf } from '@rogatory/client';
import type { CaseId } from '@rogatory/kernel';
import pg from 'pg';
import { Seeded } from '../experiments/seeded.js';
import { admitAll } from '../world/admission.js';
import type { World } from '../world/world.js';
import { Ledger } from './ledger.js';
import { untilAnswered, write } from './load.js';
import { ServerProcess } from './server-process.js';

const kindsOfKill = ['server', 'database', 'sequencer'] as const;
export type KindOfKill = (typeof kindsOfKill)[number];

export interface RandomKills {
  readonly ledger: Ledger;
  readonly clients: ReadonlyMap<string, Client>;
  readonly caseId: CaseId;
  readonly kinds: readonly KindOfKill[];
  readonly hits: Readonly<Record<KindOfKill, number>>;
  /** Signed heads, one from each life of the server. */
  readonly checkpoints: readonly Uint8Array[];
}

const writers = ['prosecutor-xa', 'judge-xa', 'prosecutor-xb', 'judge-xb'];
/** When something is killed: after some posts, at any moment of the ones that are under way then. */
const MOMENT = { leastPosts: 3, spreadPosts: 12, spreadMs: 60, mostMs: 8_000, lookMs: 3 };

/**
 * Kills at random moments of a seeded run of four writers: the server process; a process of the database, upon which all of
 * it starts anew; the connection on which the sequencer is at work. Where the database is embedded, the server alone.
 */
export async function randomKills(
  world: World,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): Promise<RandomKills> {
  const lead = await world.client('prosecutor-xa');
  const open = await lead.cases.create({ title: 'Killed at random' });
  const people = Object.fromEntries(writers.slice(1).map((profile) => [profile, {}]));
  const admitted = await admitAll(world, { lead, leader: 'prosecutor-xa', open }, people);
  const clients = new Map([['prosecutor-xa', lead], ...admitted]);
  const { auditOrigin } = await lead.server();
  const shard = auditOrigin.slice(auditOrigin.lastIndexOf('/') + 1);
  const kinds = world.configuration.database.kind === 'postgres' ? kindsOfKill : kindsOfKill.slice(0, 1);
  const hits: Record<KindOfKill, number> = { server: 0, database: 0, sequencer: 0 };
  const [ledger, checkpoints] = [new Ledger(), [] as Uint8Array[]];
  const checkpointUrl = `${world.url}/audit/log/${shard}/checkpoint`;
  const run = new Run({ world, open, clients, ledger, checkpoints, checkpointUrl });
  await world.restart(async () => {
    await run.prepare();
    await run.begin();
    const draw = new Seeded(seed);
    try {
      for (let kill = 0; kill < kills; kill++) {
        const kind = kinds[kill % kinds.length] ?? 'server';
        await run.someMoment(draw);
        await run.hit(kind);
        hits[kind]++;
      }
      await run.someMoment(draw);
    } finally {
      await run.end();
    }
  });
  return { ledger, clients, caseId: open.caseId, kinds, hits, checkpoints };
}

interface RunParts {
  readonly world: World;
  readonly open: OpenCase;
  readonly clients: ReadonlyMap<string, Client>;
  readonly ledger: Ledger;
  readonly checkpoints: Uint8Array[];
  readonly checkpointUrl: string;
}

class Run {
  readonly #parts: RunParts;
  readonly #stop = new AbortController();
  #server: ServerProcess | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** A database that answers before it wrote its log loses what it answered; tests are quicker with one, this is not about it. */
  async prepare(): Promise<void> {
    if (this.#parts.world.configuration.database.kind !== 'postgres') return;
    await this.#ask(async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
      await client.query(`ALTER DATABASE ${rows[0]?.name} SET synchronous_commit = 'on'`);
    });
  }

  async begin(): Promise<void> {
    await this.#start();
    const { clients, open, ledger } = this.#parts;
    const compartmentId = rootOf(open.caseId);
    const seats = await Promise.all(
      [...clients.values()].map(async (client) => ({
        client,
        open: await untilAnswered(() => client.cases.open(open.caseId)),
      })),
    );
    const parts = { ledger, up: () => pause(20), stop: this.#stop.signal };
    this.#work = Promise.all(seats.map((seat, i) => write({ ...seat, compartmentId }, `writer ${i}`, parts)));
    this.#work.catch(() => this.#stop.abort());
  }

  async someMoment(draw: Seeded): Promise<void> {
    const { ledger } = this.#parts;
    const posts = ledger.messages.length + MOMENT.leastPosts + draw.below(MOMENT.spreadPosts);
    const moreMs = draw.next() * MOMENT.spreadMs;
    const endMs = performance.now() + MOMENT.mostMs;
    while (ledger.messages.length < posts && performance.now() < endMs && !this.#stop.signal.aborted)
      await pause(MOMENT.lookMs);
    await pause(moreMs);
  }

  async hit(kind: KindOfKill): Promise<void> {
    if (kind === 'server') {
      await this.#server?.kill();
      await this.#start();
    } else if (kind === 'database') await this.#killDatabase();
    else await this.#cutSequencer();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#server?.kill();
  }

  async #start(): Promise<void> {
    const { world, checkpoints, checkpointUrl } = this.#parts;
    this.#server = await ServerProcess.start(world.configuration);
    for (let dead = 0; dead < 32; dead++) {
      const answer = await fetch(checkpointUrl).catch(() => undefined);
      if (answer?.ok !== true) continue;
      checkpoints.push(new Uint8Array(await answer.arrayBuffer()));
      return;
    }
    throw new Error('no checkpoint');
  }

  /** A process of the database is gone without a word: the others are ended, and it recovers from its log. */
  async #killDatabase(): Promise<void> {
    await this.#ask(async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rogatory' LIMIT 1",
      );
      const [row] = rows;
      if (row === undefined) throw new Error('the server has no connection');
      process.kill(row.pid, 'SIGKILL');
    });
    for (let tries = 0; tries < 400; tries++) {
      const isBack = await this.#ask((client) => client.query('SELECT 1')).then(
        () => true,
        () => false,
      );
      if (isBack) return;
      await pause(25);
    }
    throw new Error('the database does not recover');
  }

  /** Whoever holds the lock of the sequencer at some moment loses the connection. */
  async #cutSequencer(): Promise<void> {
    await this.#ask(async (client) => {
      for (;;) {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'advisory' AND a.datname = current_database() AND l.pid <> pg_backend_pid()`,
        );
        if (rowCount !== null && rowCount > 0) return;
        if (this.#stop.signal.aborted) throw new Error('nobody works');
      }
    });
  }

  async #ask<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const { database } = this.#parts.world.configuration;
    if (database.kind !== 'postgres') throw new Error('the embedded database is part of the server');
    const client = new pg.Client({ connectionString: database.url });
    // The database may go while it is asked.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
