/**
 * E12: 500 peers that are slow at every phase cost a healthy one no more than twice its time.
 * A healthy client asks a server in a process of its own, in turns with 500 slow peers connected and with none, in several rounds
 * of each. With `--long` 6,000 answers of each kind and the 99th percentile; 480 and the 90th by name, since of so few answers the
 * slowest four tell more of the machine than of the peers. `ROGATORY_E12_ROUNDS` chooses another number of rounds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Client, type OpenCase, rootOf } from '@rogatory/client';
import { untilAnswered } from '../fault/load.js';
import { ServerProcess } from '../fault/server-process.js';
import { type SlowCrowd, slowCrowd } from '../fault/slow-peers.js';
import { onQuickEngine } from '../world/engines.js';
import { World } from '../world/world.js';
import { isLong, report } from './report.js';

const PEERS = 500;
const PER_ROUND = 40;
const rounds = Number(process.env['ROGATORY_E12_ROUNDS'] ?? (isLong ? 150 : 12));
const quantile = isLong ? 0.99 : 0.9;
const MOST_RATIO = 2;
/** For all of them to be connected, or gone. */
const SETTLE_MS = 500;

onQuickEngine('E12, X06: a healthy peer among slow ones', (database) => {
  let world: World;
  let client: Client;
  let open: OpenCase;
  const times: { alone: number[]; among: number[] } = { alone: [], among: [] };
  let connected = 0;

  beforeAll(
    async () => {
      world = await World.start(await database());
      client = await world.client('prosecutor-xa');
      open = await client.cases.create({ title: 'Among slow ones' });
      await world.restart(async () => {
        const server = await ServerProcess.start(world.configuration);
        try {
          await untilAnswered(() => client.cases.list());
          await round([]);
          for (let done = 0; done < rounds; done++) {
            await round(times.alone);
            const { port } = world.configuration.listen;
            const crowd = slowCrowd(PEERS, { url: world.url, port, token: await client.gateway.accessToken() });
            await pause(SETTLE_MS);
            connected = await still(crowd);
            await round(times.among);
            for (const peer of [...crowd.early, ...crowd.late]) peer.leave();
            await pause(SETTLE_MS);
          }
        } finally {
          await server.stop();
        }
      });
    },
    120_000 + rounds * 20_000,
  );
  afterAll(() => world.stop());

  async function round(into: number[]): Promise<void> {
    for (let n = 0; n < PER_ROUND; n++) {
      const startedAt = performance.now();
      if (n % 2 === 0) await client.messages.post(open, rootOf(open.caseId), { text: 'among slow ones' });
      else await client.cases.list();
      into.push(performance.now() - startedAt);
    }
  }

  it('does not take more than twice as long', () => {
    const [alone, among] = [quantileOf(times.alone), quantileOf(times.among)];
    report(`${PEERS} slow peers, ${world.configuration.database.kind}`, {
      'answers of each kind': times.alone.length,
      'slow peers still connected when the healthy one began': connected,
      [`p${quantile * 100} without them, ms`]: alone.toFixed(1),
      [`p${quantile * 100} among them, ms`]: among.toFixed(1),
      ratio: (among / alone).toFixed(2),
    });
    expect(connected).toBeGreaterThan(PEERS * 0.9);
    expect(among / alone).toBeLessThanOrEqual(MOST_RATIO);
  });
});

/** How many the server has not let go of. */
async function still({ early, late }: SlowCrowd): Promise<number> {
  const gone = await Promise.all(
    [...early, ...late].map(({ ended }) => Promise.race([ended.then(() => 1), pause(0, 0)])),
  );
  return gone.filter((value) => value === 0).length;
}

function quantileOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * quantile)] as number;
}
