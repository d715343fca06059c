import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { durablePostgres } from '../engines.mjs';
import { atMost } from '../figures.mjs';
import { alternate, median, medianRatio } from '../measure.mjs';
import { makePosters, runLoad } from '../posting.mjs';
import { makeStaff, startProduct } from '../stage.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {{ p50: number[], cpu: number[] }} Taken */

const CLIENTS = 16;
const ADDED_AT_MOST = 0.15;
const withoutAudit = join(import.meta.dirname, '../programs/without-audit.mjs');

/** @param {string} url @param {string} name */
async function newDatabase(url, name) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

/** Rows may then name records that nobody wrote. @param {string} url */
async function dropReferences(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "SELECT conrelid::regclass AS held, conname FROM pg_constraint WHERE contype = 'f' AND confrelid = 'audit_event'::regclass",
  );
  for (const { held, conname } of rows) await client.query(`ALTER TABLE ${held} DROP CONSTRAINT "${conname}"`);
  await client.end();
  return rows.length;
}

/** @param {string} url @returns {Promise<{ items: number, records: number }>} */
async function stored(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`SELECT (SELECT count(*)::int FROM content_entry) AS items,
    (SELECT count(*)::int FROM audit_event WHERE ev = 'msg.send') AS records`);
  await client.end();
  return rows[0];
}

/** A server with 16 members at work in one compartment. @param {string} folder @param {string} databaseUrl @param {string} [served] */
async function atWork(folder, databaseUrl, served) {
  mkdirSync(folder, { recursive: true });
  const staff = makeStaff(CLIENTS);
  const product = await startProduct(staff, { folder, databaseUrl, ...(served === undefined ? {} : { served }) });
  const posters = await makePosters(staff, product.url);
  /** @param {{ clients: number, each: number }} load @param {Taken} into */
  const round = async ({ clients, each }, into) => {
    const prepared = await posters.prepare(clients, each);
    const cpu = product.cpuMs();
    const { latencies } = await runLoad(product.url, prepared, folder);
    into.p50.push(median(latencies));
    into.cpu.push((product.cpuMs() - cpu) / latencies.length);
    return median(latencies);
  };
  const stop = async () => {
    await posters.close();
    await product.stop();
  };
  return { product, round, stop };
}

/** @returns {Taken} */
const none = () => ({ p50: [], cpu: [] });

/** @param {string} url @param {string} folder @param {{ rounds: number, each: number }} options */
async function measure(url, folder, { rounds, each }) {
  const places = { audited: await newDatabase(url, 'audited'), bare: await newDatabase(url, 'without_audit') };
  const audited = await atWork(join(folder, 'audited'), places.audited);
  const bare = await atWork(join(folder, 'without audit'), places.bare, withoutAudit);
  try {
    if ((await dropReferences(places.bare)) === 0) throw new Error('nothing referred to a record');
    const before = await stored(places.bare);
    bare.product.signal('SIGUSR2');
    const taken = { one: none(), many: none(), bareOne: none(), bareMany: none() };
    await alternate(
      {
        one: () => audited.round({ clients: 1, each: 4 * each }, taken.one),
        bareOne: () => bare.round({ clients: 1, each: 4 * each }, taken.bareOne),
        many: () => audited.round({ clients: CLIENTS, each }, taken.many),
        bareMany: () => bare.round({ clients: CLIENTS, each }, taken.bareMany),
      },
      { rounds },
    );
    const after = await stored(places.bare);
    const unrecorded = after.items - before.items - (after.records - before.records);
    if (after.records !== before.records || unrecorded === 0)
      throw new Error('the server without auditing recorded acts');
    return taken;
  } finally {
    await audited.stop();
    await bare.stop();
  }
}

/** @param {string} name @param {Taken} ours @param {Taken} bare @returns {Figure[]} */
function figuresOf(name, ours, bare) {
  const ratio = medianRatio(ours.p50, bare.p50);
  return [
    {
      ...{ name: `${name}, p50 of a post`, unit: 'ms', value: median(ours.p50), ratio },
      baseline: { name: 'the same server without auditing', value: median(bare.p50) },
      target: atMost(1 + ADDED_AT_MOST, ratio, 'at most 15 % above'),
    },
    {
      ...{ name: `${name}, server CPU per post`, unit: 'ms', value: median(ours.cpu) },
      ...{ ratio: medianRatio(ours.cpu, bare.cpu) },
      baseline: { name: 'the same server without auditing', value: median(bare.cpu) },
    },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '10. What auditing adds at the API',
  run: async ({ isShort, folder }) => {
    const database = await durablePostgres();
    if (database === undefined) return { figures: [], notes: ['Skipped: no local PostgreSQL.'] };
    try {
      const taken = await measure(database.url, folder, { rounds: isShort ? 2 : 7, each: isShort ? 15 : 40 });
      return {
        figures: [
          ...figuresOf('1 client', taken.one, taken.bareOne),
          ...figuresOf('16 clients', taken.many, taken.bareMany),
        ],
        notes: [
          'Without auditing, no record is built, sealed, stored or sequenced, no promise is signed, and no row refers to a ' +
            'record; sessions, signatures of acts, rights and order are checked on both sides. The product has no such switch.',
          'Both servers run on one PostgreSQL, durable, each on a database of its own; rounds alternate. What is counted is ' +
            'that the one without auditing stored posts and no record.',
        ],
      };
    } finally {
      await database.stop();
    }
  },
};
