import { join } from 'node:path';
import { durablePostgres } from '../engines.mjs';
import { atLeast, atMost } from '../figures.mjs';
import { alternate, median, medianRatio, percentile } from '../measure.mjs';
import { makePosters, runLoad } from '../posting.mjs';
import { start } from '../processes.mjs';
import { makeStaff, startProduct } from '../stage.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {import('../processes.mjs').Started} Started */
/** @typedef {{ rates: number[], cpu: number[], p50: number[], p99: number[] }} Taken one number per round */
/** @typedef {import('../stage.mjs').Staff} Staff */
/** @typedef {{ staff: Staff, product: Started & { url: string }, bare: Started | undefined, folder: string }} Servers */

const CLIENTS = 16;
const bareProgram = join(import.meta.dirname, '../programs/bare-post-server.mjs');

/**
 * Posts in alternating rounds, of many clients and of one. The bare server gets the very requests that ours got.
 * @param {Servers} servers @param {{ rounds: number, each: number }} options
 */
async function measure({ staff, product, bare, folder }, { rounds, each }) {
  const posters = await makePosters(staff, product.url);
  /** @type {Map<number, import('../posting.mjs').Prepared[][]>} */
  const sent = new Map();
  /** @type {Record<string, Taken>} */
  const taken = {};
  /** @param {string} name @param {Started} server @param {{ clients: number, isOurs: boolean }} kind */
  const variant = (name, server, { clients, isOurs }) => {
    const into = (taken[name] = /** @type {Taken} */ ({ rates: [], cpu: [], p50: [], p99: [] }));
    let round = 0;
    return async () => {
      if (isOurs) sent.set(clients, await posters.prepare(clients, clients === 1 ? 4 * each : each));
      const cpu = server.cpuMs();
      const { rate, latencies } = await runLoad(String(server.ready.url), sent.get(clients) ?? [], folder);
      if (round++ === 0) return rate; // the warm-up
      into.rates.push(rate);
      into.cpu.push((server.cpuMs() - cpu) / latencies.length);
      into.p50.push(median(latencies));
      into.p99.push(percentile(latencies, 99));
      return rate;
    };
  };
  const ours = {
    many: variant('many', product, { clients: CLIENTS, isOurs: true }),
    one: variant('one', product, { clients: 1, isOurs: true }),
  };
  const base =
    bare === undefined
      ? {}
      : {
          bareMany: variant('bareMany', bare, { clients: CLIENTS, isOurs: false }),
          bareOne: variant('bareOne', bare, { clients: 1, isOurs: false }),
        };
  await alternate({ ...ours, ...base }, { rounds });
  await posters.close();
  return taken;
}

/** @param {BenchOptions} options @returns {Promise<Record<string, Taken> | undefined>} undefined without PostgreSQL */
async function onPostgres({ folder, rounds, each, flags }) {
  const database = await durablePostgres();
  if (database === undefined) return undefined;
  try {
    const staff = makeStaff(CLIENTS);
    const product = await startProduct(staff, {
      folder: join(folder, 'on-postgres'),
      databaseUrl: database.url,
      flags,
    });
    const bare = await start(bareProgram, { args: [database.url] });
    try {
      return await measure({ staff, product, bare, folder }, { rounds, each });
    } finally {
      await bare.stop();
      await product.stop();
    }
  } finally {
    await database.stop();
  }
}

/** @typedef {{ folder: string, rounds: number, each: number, flags: string[] }} BenchOptions */

/** @param {BenchOptions} options @returns {Promise<Record<string, Taken>>} */
async function onEmbedded({ folder, rounds, each }) {
  const staff = makeStaff(CLIENTS);
  const product = await startProduct(staff, { folder: join(folder, 'embedded') });
  try {
    return await measure({ staff, product, bare: undefined, folder }, { rounds, each });
  } finally {
    await product.stop();
  }
}

/** @param {Record<string, Taken>} taken @param {string} name @returns {Taken} */
function of(taken, name) {
  const found = taken[name];
  if (found === undefined) throw new Error(`nothing was measured as ${name}`);
  return found;
}

/** @param {Record<string, Taken>} taken @returns {Figure[]} */
function postgresFigures(taken) {
  const [many, one, bareMany, bareOne] = ['many', 'one', 'bareMany', 'bareOne'].map((name) => of(taken, name));
  if (!many || !one || !bareMany || !bareOne) throw new Error('a variant is missing');
  const ratio = medianRatio(many.rates, bareMany.rates);
  /** @param {keyof Taken} key @param {Taken} base */
  const bare = (key, base) => ({ name: 'bare Node HTTP and pg', value: median(base[key]) });
  return [
    {
      ...{ name: 'posts, 16 clients, PostgreSQL', unit: '/s', value: median(many.rates), ratio },
      ...{ baseline: bare('rates', bareMany), target: atLeast(0.25, ratio, 'at least 0.25 of the bare server') },
    },
    {
      ...{ name: 'server CPU per post, 16 clients', unit: 'ms', value: median(many.cpu) },
      ...{ baseline: bare('cpu', bareMany), ratio: medianRatio(many.cpu, bareMany.cpu) },
      target: atMost(0.8, median(many.cpu), 'at most 0.8 ms'),
    },
    {
      ...{ name: '16 clients p99', unit: 'ms', value: median(many.p99), baseline: bare('p99', bareMany) },
      ...{ ratio: medianRatio(many.p99, bareMany.p99), target: atMost(26, median(many.p99), 'at most 26 ms') },
    },
    {
      ...{ name: '1 client p50', unit: 'ms', value: median(one.p50), baseline: bare('p50', bareOne) },
      ...{ ratio: medianRatio(one.p50, bareOne.p50), target: atMost(3, median(one.p50), 'at most 3 ms') },
    },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '6. Posting a sealed, signed, audited message',
  run: async ({ isShort, folder }) => {
    const profile = process.env['BENCH_PROFILE'];
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const options = { folder, rounds: isShort ? 1 : 5, each: isShort ? 25 : 75, flags };
    const postgres = await onPostgres(options);
    const many = of(await onEmbedded({ ...options, rounds: Math.min(3, options.rounds) }), 'many');
    const value = median(many.rates);
    const before = postgres === undefined ? undefined : median(of(postgres, 'many').rates);
    const ratio = before === undefined ? undefined : value / before;
    /** @type {Figure} */
    const embedded = {
      ...{ name: 'posts, 16 clients, embedded', unit: '/s', value },
      ...(before === undefined || ratio === undefined
        ? {}
        : {
            ...{ baseline: { name: 'PostgreSQL', value: before }, ratio },
            target: atLeast(0.5, ratio, 'at least 0.5 of PostgreSQL'),
          }),
    };
    return {
      figures: [...(postgres === undefined ? [] : postgresFigures(postgres)), embedded],
      notes: [
        '16 members of one compartment post into one log; requests are sealed and signed before the clock starts and sent ' +
          'by a process of its own. Processor time is that of the server process, from the kernel, 10 ms fine.',
        'The bare server parses the same request and inserts the message row and the audit row in one statement: no ' +
          'session, signature check, order or tree. Both commit durably on the same PostgreSQL server.',
        ...(postgres === undefined ? ['PostgreSQL skipped: no local binaries.'] : []),
      ],
    };
  },
};
