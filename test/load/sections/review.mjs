import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  decodeExportLine,
  exportFormats,
  renderExport,
  splitLines,
  TlogFolder,
  verifyExport,
} from '@rogatory/evidence';
import { systemRandom, utf8 } from '@rogatory/kernel';
import { allowedEntry, auditMigrations, deniedEntry, nothingConcerned } from '@rogatory/audit';
import { openTestingAudit, TestingClock, TestingDevice, testingContext, testingSource } from '@rogatory/audit/testing';
import { actSubjects, auditExportStatement, auditPurposes, auditQueryStatement, postKinds } from '@rogatory/protocol';
import pg from 'pg';
import { openEngine } from '../engines.mjs';
import { atLeast, atMost } from '../figures.mjs';
import { median, percentile } from '../measure.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {import('@rogatory/audit/testing').TestingAudit} TestingAudit */
/** @typedef {import('@rogatory/protocol').RecordFilter} RecordFilter */

const BATCH = 1_000;
const PAGE = 100;
const DAYS = 20;
const START_MS = Date.UTC(2026, 10, 2, 6);
const FIVE_DAYS_MS = 5 * 86_400_000;
const purpose = auditPurposes.lawfulness;
/** @template {string} Id @param {string} kind @param {number} n @param {number} [length] @returns {Id} */
const idOf = (kind, n, length = 32) => /** @type {Id} */ (kind + n.toString(16).padStart(length - kind.length, '0'));
/** @type {import('@rogatory/kernel').AuthorityId[]} */
const authorities = [0, 1, 2].map((n) => idOf('a0', n));
/** @template T @param {readonly T[]} list @param {number} n @returns {T} around and around */
function of(list, n) {
  const found = list[n % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

const CASES = 300;
const PEOPLE = 24;

/** A log that an auditor reviews: who acts in it, and the auditor. */
class Reviewed {
  clock = new TestingClock(START_MS);
  people = Array.from({ length: PEOPLE }, (_, n) => {
    return new TestingDevice(1_000 + n, this.clock, { authority: of(authorities, n) });
  });
  auditor = new TestingDevice(999, this.clock, { authority: idOf('af', 1) });
  scope = { authorities };

  /** @param {number} n @returns {import('@rogatory/audit').AuditEntry} */
  entry(n) {
    const device = of(this.people, n * 7);
    const caseId = /** @type {import('@rogatory/kernel').CaseId} */ (idOf('ca', (n * 11) % CASES, 64));
    const operation = n % 9 === 0 ? 'doc.read' : n % 5 === 0 ? 'case.open' : 'msg.send';
    const owner = of(authorities, n * 11);
    const what = { ...nothingConcerned, caseId, bytes: 700, ownerAuthorityId: owner };
    const facts = { who: device.who, what, source: testingSource };
    const act = device.act(operation, { caseId });
    return n % 53 === 0 ? deniedEntry(act, facts, 'access/refused') : allowedEntry(act, facts);
  }

  /** Records evenly over the time. @param {TestingAudit} testing @param {import('@rogatory/platform-database').Database} database @param {{ first: number, count: number, of: number }} part */
  async record(testing, database, { first, count, of: all }) {
    const anyone = of(this.people, 0);
    for (let at = first; at < first + count; at += BATCH) {
      const entries = Array.from({ length: BATCH }, (_, n) => {
        this.clock.advance(Math.floor((DAYS * 86_400_000) / all));
        return this.entry(at + n);
      });
      await database.write(anyone.principal, (writer) => testing.audit.recorder.recordMany(writer, entries));
    }
  }
}

/** @param {TestingAudit} testing @param {number} size */
async function numbered(testing, size) {
  while ((await testing.audit.worker.tick()) < size);
  if (testing.faults.length > 0) throw new Error('the log reported a fault', { cause: testing.faults[0] });
}

/** @template T @param {TestingAudit} testing @param {Promise<T>} work @returns {Promise<T>} while the log goes on */
async function whileLogged(testing, work) {
  const settled = work.then(
    () => true,
    () => true,
  );
  /** @returns {Promise<boolean>} */
  const turn = () => new Promise((resolve) => setImmediate(() => resolve(false)));
  do await testing.audit.worker.tick();
  while (!(await Promise.race([settled, turn()])));
  return work;
}

/**
 * @param {TestingAudit} testing @param {Reviewed} reviewed
 * @param {{ end: number, scope: import('@rogatory/audit').AuditScope }} wanted
 * @returns {Promise<{ chunks: Uint8Array[], rate: number, longestMs: number }>}
 */
async function exported(testing, { auditor }, { end, scope }) {
  const range = { first: 0, end };
  const { event, ...subject } = actSubjects.exportRecords(utf8(auditExportStatement(purpose, range)));
  const context = testingContext(auditor, auditor.sign(event, subject), { postKind: postKinds.auditor });
  const request = { purpose, range, scope };
  const begun = await whileLogged(
    testing,
    testing.audit.exportRecords.run(context, request, () => true),
  );
  const start = performance.now();
  /** @type {Uint8Array[]} */
  const chunks = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for await (const lines of begun.lines) chunks.push(lines);
  delay.disable();
  return { chunks, rate: (end * 1_000) / (performance.now() - start), longestMs: delay.percentile(99) / 1e6 };
}

/**
 * Each form as the command line writes it: read, verified record by record, written to a file.
 * @param {TestingAudit} testing @param {readonly Uint8Array[]} chunks @param {{ folder: string, count: number }} place
 * @returns {Promise<Map<string, number>>} records per second by form
 */
async function forms({ origin, signer }, chunks, { folder, count }) {
  const trust = { origin, logKeys: signer.keys(origin), nowMs: START_MS + DAYS * 86_400_000 };
  const rates = new Map();
  /** @param {string} name @param {() => Promise<void>} work */
  const timed = async (name, work) => {
    const start = performance.now();
    await work();
    rates.set(name, (count * 1_000) / (performance.now() - start));
  };
  await timed('NDJSON', async () => {
    const { isSound } = await verifyExport({ ...trust, chunks });
    if (!isSound) throw new Error('the export does not verify');
  });
  let last = new Uint8Array(0);
  for await (const line of splitLines(chunks)) last = new Uint8Array(line);
  const told = decodeExportLine(last);
  if (told.kind !== 'trailer') throw new Error('the export has no end');
  const { trailer } = told;
  for (const name of /** @type {const} */ (['csv', 'ocsf', 'cloudevents'])) {
    await timed(name, async () => {
      const file = createWriteStream(join(folder, name));
      /** @param {string} text */
      const write = async (text) => {
        if (!file.write(text)) await new Promise((resolve) => file.once('drain', () => resolve(undefined)));
      };
      await renderExport({ ...trust, chunks, format: exportFormats[name], trailer, write });
      await new Promise((resolve) => file.end(() => resolve(undefined)));
    });
  }
  await timed('tlog folder', async () => {
    const tiles = new TlogFolder(async (path, bytes) => {
      await mkdir(dirname(join(folder, 'tlog', path)), { recursive: true });
      await writeFile(join(folder, 'tlog', path), bytes);
    });
    const { isSound } = await verifyExport({ ...trust, chunks, onRecord: (_, { leaf }) => tiles.add(leaf) });
    if (!isSound) throw new Error('the export does not verify');
  });
  return rates;
}

/**
 * Spreads the records of the log over a longer one, whose other places are acts of others: copies of its rows with another
 * id, another time and foreign authorities, whose openings nobody here is given. What numbers records and builds the tree
 * has no part in it (section 4): a page asks for neither.
 * @param {pg.Client} client @param {{ own: number, all: number }} amount
 */
async function fillUp(client, { own, all }) {
  const { rows } = await client.query(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'audit_event' ORDER BY ordinal_position",
  );
  const step = all / own;
  /** @type {Readonly<Record<string, string>>} */
  const changed = {
    id: "(lpad(to_hex(f.ms), 12, '0') || '7' || substr(md5(f.n::text), 1, 3) || '8' || substr(md5(f.n::text), 4, 15))::uuid",
    ...{ t: 'f.ms', seq: 'f.n', act_counter: 'NULL' },
    actor_device: "('d1' || lpad(to_hex(f.n % 5000), 30, '0'))::uuid",
    actor_person: "('d2' || lpad(to_hex(f.n % 5000), 30, '0'))::uuid",
    actor_authority: "('d3' || lpad(to_hex(f.n % 40), 30, '0'))::uuid",
    owner_authority: "('d3' || lpad(to_hex((f.n + 7) % 40), 30, '0'))::uuid",
    case_id: "decode('cf' || lpad(to_hex(f.n % 20000), 62, '0'), 'hex')",
  };
  const names = rows.map(({ name }) => String(name));
  const values = names.map((name) => changed[name] ?? `e.${name}`);
  await client.query("SET session_replication_role = 'replica'");
  await client.query('SET synchronous_commit = off');
  await client.query(
    'CREATE TEMP TABLE pattern AS SELECT e.*, row_number() OVER (ORDER BY id) - 1 AS k FROM audit_event e WHERE seq IS NOT NULL ORDER BY id LIMIT 4000',
  );
  await client.query('CREATE INDEX ON pattern (k)');
  await client.query('ANALYZE pattern');
  const { rowCount: kinds } = await client.query('SELECT FROM pattern');
  // Made anew behind the rows: the same indexes, in a tenth of the time.
  const { rows: indexes } = await client.query(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'audit_event' AND indexdef NOT LIKE 'CREATE UNIQUE %'",
  );
  for (const { name } of indexes) await client.query(`DROP INDEX ${String(name)}`);
  // Aside first: no two rows may have one place, not even for a moment.
  await client.query(`UPDATE audit_event SET seq = seq + ${2 * all} WHERE seq IS NOT NULL`);
  await client.query(`UPDATE audit_event SET seq = (seq - ${2 * all}) * ${step} WHERE seq >= ${2 * all}`);
  const spacing = Math.floor((DAYS * 86_400_000) / all);
  await client.query(
    `INSERT INTO audit_event (${names.join(', ')}) SELECT ${values.join(', ')}
     FROM (SELECT n, ${START_MS}::bigint + n * ${spacing}::bigint AS ms FROM generate_series(0, ${all - 1}) n) f
     JOIN pattern e ON e.k = f.n % ${kinds}
     WHERE f.n % ${step} <> 0`,
  );
  for (const { definition } of indexes) await client.query(String(definition));
}

/** What auditors ask. @param {Reviewed} reviewed @returns {Readonly<Record<string, (n: number) => RecordFilter>>} */
const questions = ({ people }) => ({
  'the newest': () => ({}),
  'one event in five days': (n) => ({
    event: 'doc.read',
    fromMs: START_MS + (n % 4) * FIVE_DAYS_MS,
    beforeMs: START_MS + ((n % 4) + 1) * FIVE_DAYS_MS,
  }),
  'all that was refused': () => ({ outcome: 'denied' }),
  'one case': (n) => ({ caseId: idOf('ca', n % CASES, 64) }),
  'one person': (n) => ({ person: of(people, n).principal.person }),
  'one authority, at night': (n) => ({
    authority: of(authorities, n),
    zone: 'Europe/Paris',
    hours: '20:00-06:00',
  }),
  'one device, one event': (n) => ({
    device: of(people, n).id,
    event: 'case.open',
  }),
  'one legal basis': () => ({ legalBasis: 2 }),
  'one that never acted': (n) => ({ person: idOf('ee', n) }),
});

/**
 * @param {TestingAudit} testing @param {Reviewed} reviewed @param {{ rounds: number, size: number }} amount
 * @returns {Promise<Map<string, number[]>>} milliseconds of each page, by question
 */
async function pages(testing, reviewed, { rounds, size }) {
  const { auditor, scope } = reviewed;
  const device = { id: auditor.id, signingKey: auditor.key.publicKey };
  /** @type {Map<string, number[]>} */
  const taken = new Map();
  for (let round = -1; round < rounds; round++) {
    for (const [name, ask] of Object.entries(questions(reviewed))) {
      const filter = ask(round + 1);
      for (const place of ['first page', 'deep page']) {
        // By index, as a list that was gone through goes on.
        const page = {
          first: PAGE,
          ...(place === 'deep page' && { beforeIndex: Math.floor(size * (0.1 + 0.8 * ((round * 0.37 + 1) % 1))) }),
        };
        const statement = auditQueryStatement(purpose, filter, page);
        const received = auditor.sign('audit.query', { payload: [utf8(statement)] });
        const context = { device, who: auditor.who, source: testingSource, scope, purpose, received };
        const start = performance.now();
        await testing.audit.listRecords.run(context, filter, page);
        if (round >= 0)
          taken.set(`${name}, ${place}`, [...(taken.get(`${name}, ${place}`) ?? []), performance.now() - start]);
      }
    }
  }
  return taken;
}

/**
 * @param {import('../engines.mjs').OpenedEngine} engine
 * @param {{ folder: string, own: number, all: number, rounds: number }} amount
 * @returns {Promise<{ exports: ReadonlyMap<string, number>, pages: ReadonlyMap<string, number[]> }>}
 */
async function reviewing({ database, url }, { folder, own, all, rounds }) {
  const reviewed = new Reviewed();
  const testing = await openTestingAudit(database, reviewed.clock, systemRandom);
  try {
    await reviewed.record(testing, database, { first: 0, count: own, of: own });
    await numbered(testing, own);
    await database.maintain();
    /** @type {Map<string, number>} */
    const rates = new Map();
    const one = { authorities: authorities.slice(0, 1) };
    await exported(testing, reviewed, { end: own / 4, scope: one });
    for (const { name, scope } of [
      { name: 'one of three authorities', scope: one },
      { name: 'all open', scope: reviewed.scope },
    ]) {
      const { chunks, rate, longestMs } = await exported(testing, reviewed, { end: own, scope });
      rates.set(`${name}, handed out by the server`, rate);
      rates.set(`${name}, wait of others while it is handed out, p99`, longestMs);
      await mkdir(join(folder, name));
      for (const [form, each] of await forms(testing, chunks, { folder: join(folder, name), count: own }))
        rates.set(`${name}, verified and written, ${form}`, each);
    }
    if (url !== undefined && all > own) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await fillUp(client, { own, all });
      await client.end();
    }
    await database.maintain();
    return { exports: rates, pages: await pages(testing, reviewed, { rounds, size: all }) };
  } finally {
    await testing.close();
  }
}

/** @param {ReadonlyMap<string, number>} rates @returns {Figure[]} */
function exportFigures(rates) {
  return [...rates].map(([name, value]) =>
    name.endsWith('p99')
      ? { name: `export, ${name}`, unit: 'ms', value }
      : {
          ...{ name: `export, ${name}`, unit: 'records/s', value },
          target: atLeast(20_000, value, 'at least 20,000/s'),
        },
  );
}

/** @param {ReadonlyMap<string, number[]>} taken @param {string} where @returns {Figure[]} */
function pageFigures(taken, where) {
  const all = [...taken.values()].flat();
  const [worst, times = []] = [...taken].toSorted((a, b) => percentile(b[1], 95) - percentile(a[1], 95))[0] ?? [];
  const p95 = percentile(all, 95);
  const worstP95 = percentile(times, 95);
  return [
    { name: `page of ${PAGE}, ${where}, p50`, unit: 'ms', value: median(all) },
    { name: `page of ${PAGE}, ${where}, p95`, unit: 'ms', value: p95, target: atMost(100, p95, 'at most 100 ms') },
    {
      ...{ name: `slowest question (${worst}), ${where}, p95`, unit: 'ms', value: worstP95 },
      target: atMost(100, worstP95, 'at most 100 ms'),
    },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '12. Exports, and pages of a long log',
  run: async ({ isShort, folder }) => {
    const [own, all, rounds] = isShort ? [4_000, 20_000, 3] : [20_000, 1_000_000, 20];
    const notes = [
      `Exports of ${own.toLocaleString('en-US')} records by ${PEOPLE} people of three authorities in ${CASES} cases, to an auditor of one authority (5 of 9 records open: its people's, and those of its cases) and to one of all three. What the server hands out is read from the database, opened and encoded, below HTTP. What is in memory is then verified record by record (signatures of devices apart) and written in its form to files.`,
      `Pages of ${all.toLocaleString('en-US')} records: those ${own.toLocaleString('en-US')}, evenly spread, among rows of 40 further authorities, whose openings the auditor is not given. These rows are made by SQL, with their places; no tree stands over them, and a page asks for none.`,
      'Every page is a signed act that is verified, recorded and committed before it is answered; its records are opened. Below HTTP and GraphQL: no session, no parsing of a request.',
      'The embedded database is not measured here.',
    ];
    const engine = await openEngine('postgres', { folder, migrations: auditMigrations });
    if (engine === undefined) return { figures: [], notes: ['Skipped: no local binaries of PostgreSQL.'] };
    try {
      const taken = await reviewing(engine, { folder, own, all, rounds });
      const pages = pageFigures(taken.pages, `of ${all.toLocaleString('en-US')}`);
      return { figures: [...exportFigures(taken.exports), ...pages], notes };
    } finally {
      await engine.close();
    }
  },
};
