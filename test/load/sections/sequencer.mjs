import { createHash, randomBytes } from 'node:crypto';
import { Secret, systemClock, systemRandom } from '@rogatory/kernel';
import { allowedEntry, auditMigrations, buildRecord, nothingConcerned } from '@rogatory/audit';
import { openTestingAudit, TestingDevice, testingSource } from '@rogatory/audit/testing';
import { isSignature } from '@rogatory/crypto/verify';
import { signaturePurposes } from '@rogatory/protocol';
import pg from 'pg';
import { openEngine } from '../engines.mjs';
import { atLeast } from '../figures.mjs';
import { alternate, median, medianRatio, perSecond } from '../measure.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {import('@rogatory/audit').AuditEntry} AuditEntry */

const BATCH = 1_000;

/** Signed entries of posts, as a server gets them. @param {TestingDevice} device @param {number} count @returns {AuditEntry[]} */
function entriesOf(device, count) {
  const facts = { who: device.who, what: { ...nothingConcerned, bytes: 700 }, source: testingSource };
  return Array.from({ length: count }, () => allowedEntry(device.act('msg.send'), facts));
}

/** @param {number} windowMs @param {number} rounds @returns {Promise<Figure[]>} */
async function building(windowMs, rounds) {
  const device = new TestingDevice(1, systemClock);
  const [entry] = entriesOf(device, 1);
  if (entry === undefined) throw new Error('no entry');
  const place = {
    ...{ shard: '2026h2', timeMs: Date.now() },
    ...{ monthKey: new Secret(randomBytes(32)), random: systemRandom },
  };
  const message = new Uint8Array(300);
  const purpose = signaturePurposes.auditAct;
  const claim = { purpose, publicKey: device.key.publicKey, message, signature: device.key.sign(purpose, message) };
  const taken = await alternate(
    {
      ours: () => 1000 / perSecond(() => buildRecord(entry, place), windowMs),
      base: () => 1000 / perSecond(() => isSignature(claim), windowMs),
    },
    { rounds },
  );
  return [
    {
      name: 'building one record of a post (leaf, commitments, sealed openings)',
      ...{ unit: 'ms', value: median(taken.ours), ratio: medianRatio(taken.ours, taken.base) },
      baseline: { name: 'one signature check', value: median(taken.base) },
    },
  ];
}

/**
 * Records per second that the sequencer numbers, hashes and stores, the signature of the head included.
 * @param {import('../engines.mjs').OpenedEngine} engine @param {number} count @param {number} rounds
 */
async function sequencing({ database }, count, rounds) {
  const testing = await openTestingAudit(database, systemClock, systemRandom);
  const device = new TestingDevice(Math.floor(Math.random() * 1e9), systemClock);
  /** @type {number[]} */
  const rates = [];
  try {
    for (let round = 0; round < rounds; round++) {
      for (let at = 0; at < count; at += BATCH) {
        const entries = entriesOf(device, BATCH);
        await database.write(device.principal, (writer) => testing.audit.recorder.recordMany(writer, entries));
      }
      if (database.engine === 'postgres') await database.maintain();
      const start = performance.now();
      let size = 0;
      while (size < (round + 1) * count) size = await testing.audit.worker.tick();
      rates.push((count * 1000) / (performance.now() - start));
    }
    if (testing.faults.length > 0) throw new Error('the log reported a fault', { cause: testing.faults[0] });
    return median(rates);
  } finally {
    await testing.close();
  }
}

/**
 * The same numbering with bare `pg`: a batch per transaction, one SHA-256 per leaf and node, no tiles, no roles, no
 * signature. @param {string} url @param {number} count
 */
async function bareNumbering(url, count) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE bare_event (id uuid PRIMARY KEY, leaf bytea NOT NULL, seq bigint);
      CREATE INDEX bare_pending ON bare_event (id) WHERE seq IS NULL;
      CREATE UNIQUE INDEX bare_place ON bare_event (seq) WHERE seq IS NOT NULL;`);
    await client.query('INSERT INTO bare_event SELECT gen_random_uuid(), $2 FROM generate_series(1, $1)', [
      count,
      randomBytes(400),
    ]);
    await client.query('VACUUM ANALYZE bare_event');
    const statement = {
      name: 'number',
      text: `WITH picked AS MATERIALIZED (SELECT id FROM bare_event WHERE seq IS NULL ORDER BY id LIMIT $2),
        numbered AS MATERIALIZED (SELECT id, $1::bigint - 1 + row_number() OVER (ORDER BY id) AS place FROM picked)
        UPDATE bare_event e SET seq = place FROM numbered WHERE e.id = numbered.id RETURNING e.seq, e.leaf`,
    };
    const node = Buffer.alloc(65, 1);
    const start = performance.now();
    for (let at = 0; at < count; at += BATCH) {
      const { rows } = await client.query({ ...statement, values: [at, BATCH] });
      if (rows.length !== BATCH) throw new Error('a short batch');
      for (const { leaf } of rows) {
        createHash('sha256').update(leaf).digest();
        createHash('sha256').update(node).digest();
      }
    }
    const rate = (count * 1000) / (performance.now() - start);
    await client.query('DROP TABLE bare_event');
    return rate;
  } finally {
    await client.end();
  }
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '4. Audit records and their sequencer',
  run: async ({ isShort, folder }) => {
    const count = isShort ? 4_000 : 20_000;
    const rounds = isShort ? 1 : 3;
    const figures = await building(isShort ? 200 : 600, isShort ? 3 : 7);
    /** @type {string[]} */
    const notes = ['Both engines durable: fsync on, commits on disk before they are answered.'];
    const postgres = await openEngine('postgres', { folder, migrations: auditMigrations });
    let onPostgres = Number.NaN;
    if (postgres?.url === undefined) notes.push('PostgreSQL skipped: no local binaries.');
    else {
      try {
        const before = await bareNumbering(postgres.url, count);
        onPostgres = await sequencing(postgres, count, rounds);
        const base = median([before, await bareNumbering(postgres.url, count)]);
        figures.push({
          ...{ name: 'sequencer, PostgreSQL', unit: 'records/s', value: onPostgres, ratio: onPostgres / base },
          baseline: { name: 'bare pg: number and hash only', value: base },
          target: atLeast(20_000, onPostgres, 'at least 20,000/s'),
        });
      } finally {
        await postgres.close();
      }
    }
    const embedded = await openEngine('embedded', { folder, migrations: auditMigrations });
    if (embedded === undefined) throw new Error('the embedded engine is always there');
    try {
      const value = await sequencing(embedded, Math.min(count, 5_000), rounds);
      figures.push({
        ...{ name: 'sequencer, embedded', unit: 'records/s', value },
        ...(Number.isNaN(onPostgres)
          ? {}
          : { baseline: { name: 'PostgreSQL', value: onPostgres }, ratio: value / onPostgres }),
      });
    } finally {
      await embedded.close();
    }
    return { figures, notes };
  },
};
