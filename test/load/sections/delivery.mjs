import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { operations } from '@rogatory/client';
import { toBase64 } from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { durablePostgres } from '../engines.mjs';
import { atMost } from '../figures.mjs';
import { median, medianRatio, percentile } from '../measure.mjs';
import { makePosters } from '../posting.mjs';
import { start } from '../processes.mjs';
import { makeStaff, startProduct } from '../stage.mjs';

/** @typedef {{ accessToken: string, payload: object }} Subscriber */
/** @typedef {import('../posting.mjs').Prepared} Prepared */

const SUBSCRIBERS = 1_000;
const run = promisify(execFile);
const loadProgram = join(import.meta.dirname, '../programs/delivery-load.mjs');
const bareProgram = join(import.meta.dirname, '../programs/bare-fan-out-server.mjs');
const bareQuery = 'subscription { compartmentEvents { position isLink bytes receivedAtMs } }';

/**
 * @param {string} url @param {{ subscribers: Subscriber[], posts: Prepared[] }} plan @param {string} folder
 * @returns {Promise<number[][]>} per post the milliseconds to each subscriber, without the first post
 */
async function deliver(url, plan, folder) {
  const file = join(folder, 'delivery.json');
  writeFileSync(file, JSON.stringify(plan), { mode: 0o600 });
  const { stdout } = await run(process.execPath, [loadProgram, url, file], { maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(stdout).deliveries.slice(1);
}

/** @param {Awaited<ReturnType<typeof makePosters>>} posters @param {number} last position that they have @returns {Promise<Subscriber[]>} */
async function subscribersOf({ clients, state }, last) {
  const { compartmentId } = state;
  const documentId = operations.compartmentEventsOperation.id;
  /** @type {Subscriber[]} */
  const all = [];
  for (const { gateway } of clients) {
    const accessToken = await gateway.accessToken();
    const act = await gateway.acts.make(actSubjects.subscribe(compartmentId));
    const extensions = { documentId, act: toBase64(act.bytes) };
    all.push({ accessToken, payload: { query: '', variables: { compartmentId, after: last }, extensions } });
  }
  return all;
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '8. Delivery to 1,000 subscribers of one compartment',
  run: async ({ isShort, folder }) => {
    const count = isShort ? 100 : SUBSCRIBERS;
    const each = isShort ? 5 : 12;
    const rounds = isShort ? 1 : 3;
    const staff = makeStaff(count);
    const database = await durablePostgres();
    const databaseUrl = database?.url;
    const product = await startProduct(staff, {
      folder: join(folder, 'product'),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    const bare = await start(bareProgram);
    /** @type {{ ours: number[], base: number[], oursMedian: number[], baseMedian: number[] }} */
    const taken = { ours: [], base: [], oursMedian: [], baseMedian: [] };
    try {
      const posters = await makePosters(staff, product.url);
      for (let round = 0; round < rounds; round++) {
        const last = posters.state.content.size - 1 + round * each;
        const subscribers = await subscribersOf(posters, last);
        const [posts = []] = await posters.prepare(1, each);
        const ours = (await deliver(product.url, { subscribers, posts }, folder)).flat();
        const plain = Array.from({ length: count }, () => ({ accessToken: '', payload: { query: bareQuery } }));
        const base = (await deliver(String(bare.ready.url), { subscribers: plain, posts }, folder)).flat();
        taken.ours.push(percentile(ours, 99));
        taken.base.push(percentile(base, 99));
        taken.oursMedian.push(median(ours));
        taken.baseMedian.push(median(base));
      }
      await posters.close();
    } finally {
      await bare.stop();
      await product.stop();
      await database?.stop();
    }
    const ratio = medianRatio(taken.ours, taken.base);
    const name = `from post to ${count.toLocaleString('en-US')} subscribers`;
    return {
      figures: [
        {
          ...{ name: `${name}, p99`, unit: 'ms', value: median(taken.ours), ratio },
          baseline: { name: 'bare graphql-ws fan-out', value: median(taken.base) },
          target: atMost(2, ratio, 'at most 2 times bare'),
        },
        {
          ...{ name: `${name}, p50`, unit: 'ms', value: median(taken.oursMedian) },
          ...{ ratio: medianRatio(taken.oursMedian, taken.baseMedian) },
          baseline: { name: 'bare graphql-ws fan-out', value: median(taken.baseMedian) },
        },
      ],
      notes: [
        'Measured from the moment the post leaves its author. Ours therefore includes session, signatures, the durable ' +
          'commit of the message with its record, the check of each reader and the durable record of the delivery that ' +
          'names its recipients; the bare server has an event in memory.',
        'One device per subscriber; subscribers and poster share a process and a clock.',
      ],
    };
  },
};
