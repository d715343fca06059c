import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { durablePostgres } from '../engines.mjs';
import { atLeast, atMost } from '../figures.mjs';
import { hashOf, makeFile } from '../files.mjs';
import { identityOf } from '../identity.mjs';
import { median, medianRatio } from '../measure.mjs';
import { start } from '../processes.mjs';
import { makeStaff, startProduct } from '../stage.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {{ up: number, down: number, peakMiB: number }} Run seconds */

const MIB = 2 ** 20;
const run = promisify(execFile);
const clientProgram = join(import.meta.dirname, '../programs/transfer-client.mjs');
const bareProgram = join(import.meta.dirname, '../programs/bare-transfer-server.mjs');

/**
 * One round trip in a process of its own; what came back must be what was sent.
 * @param {string[]} args @param {{ target: string, expected: string }} files @returns {Promise<Run>}
 */
async function roundTrip(args, { target, expected }) {
  await rm(target, { force: true });
  const { stdout } = await run(process.execPath, [clientProgram, ...args]);
  if ((await hashOf(target)) !== expected) throw new Error('other bytes came back');
  return JSON.parse(stdout);
}

/** @param {readonly Run[]} ours @param {readonly Run[]} base @param {number} bytes @returns {Figure[]} */
function rates(ours, base, bytes) {
  return /** @type {const} */ (['up', 'down']).flatMap((way) => {
    const oursRates = ours.map((one) => bytes / MIB / one[way]);
    const baseRates = base.map((one) => bytes / MIB / one[way]);
    const ratio = medianRatio(oursRates, baseRates);
    const value = median(oursRates);
    const name = `${way === 'up' ? 'upload' : 'download'} of ${bytes / MIB} MiB, encryption included`;
    return [
      {
        ...{ name, unit: 'MiB/s', value, ratio, baseline: { name: '@tus/server, bare', value: median(baseRates) } },
        target: atLeast(0.6, ratio, 'at least 0.6 of bare'),
      },
      { name, unit: 'MiB/s', value, target: atLeast(150, value, 'never under 150 MiB/s') },
    ];
  });
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '7. Upload and download over loopback',
  run: async ({ isShort, folder }) => {
    const bytes = isShort ? 128 * MIB : 1024 * MIB;
    const rounds = isShort ? 1 : 3;
    const [source, target, bareFolder] = ['source', 'target', 'tus'].map((name) => join(folder, name));
    if (!source || !target || !bareFolder) throw new Error('no folder');
    await makeFile(source, bytes);
    mkdirSync(bareFolder);
    const files = { target, expected: await hashOf(source) };
    // A device of its own for each round: one that comes back without its state is refused.
    const staff = makeStaff(rounds);
    const identities = staff.devices.map((device, round) => {
      const path = join(folder, `identity-${round}.json`);
      writeFileSync(path, JSON.stringify(identityOf(staff.world, device)), { mode: 0o600 });
      return path;
    });
    const database = await durablePostgres();
    const databaseUrl = database?.url;
    const product = await startProduct(staff, {
      folder: join(folder, 'product'),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    const bare = await start(bareProgram, { args: [bareFolder] });
    /** @type {Run[]} */
    const ours = [];
    /** @type {Run[]} */
    const base = [];
    try {
      await pause(1_000);
      const idleMiB = product.rssMiB();
      for (const identity of identities) {
        ours.push(await roundTrip(['sdk', product.url, source, target, identity], files));
        base.push(await roundTrip(['tus', String(bare.ready.url), source, target], files));
      }
      const above = product.peakMiB() - idleMiB;
      const client = Math.max(...ours.map(({ peakMiB }) => peakMiB));
      const bareClient = Math.max(...base.map(({ peakMiB }) => peakMiB));
      return {
        figures: [
          ...rates(ours, base, bytes),
          {
            ...{
              name: 'client memory, largest',
              unit: 'MiB RSS',
              value: client,
              target: atMost(200, client, 'under 200 MiB'),
            },
            baseline: { name: 'bare client', value: bareClient },
          },
          {
            ...{ name: 'server memory above idle, largest', unit: 'MiB RSS', value: above },
            target: atMost(150, above, 'under 150 MiB'),
          },
        ],
        notes: [
          `Each round is a client process of its own; what came back is compared by SHA-256. Database: ${databaseUrl === undefined ? 'embedded' : 'PostgreSQL'}.`,
          'Our download waits until its audit record is in a signed tree, and writes the file durably before it gets its name.',
        ],
      };
    } finally {
      await bare.stop();
      await product.stop();
      await database?.stop();
    }
  },
};
