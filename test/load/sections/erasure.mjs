import { decodeExportLine, splitLines, verifyExport } from '@rogatory/evidence';
import { limits, systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { allowedEntry, auditMigrations, nothingConcerned } from '@rogatory/audit';
import { openTestingAudit, TestingClock, TestingDevice, testingContext, testingSource } from '@rogatory/audit/testing';
import {
  actSubjects,
  auditExportStatement,
  auditOrderText,
  auditPurposes,
  legalBases,
  postKinds,
} from '@rogatory/protocol';
import pg from 'pg';
import { openEngine } from '../engines.mjs';
import { atLeast, atMost } from '../figures.mjs';

/** @typedef {import('@rogatory/audit/testing').TestingAudit} TestingAudit */
/** @typedef {import('@rogatory/platform-database').Database} Database */

const BATCH = 1_000;
const START_MS = Date.UTC(2026, 10, 2, 6);
const MONTH = '2026-11';
const DAY_MS = 86_400_000;
/** Longer than openings are kept. */
const YEARS_MS = 38 * 31 * DAY_MS;
const purpose = auditPurposes.lawfulness;
const asAuditor = { postKind: postKinds.auditor };
/** @template {string} Id @param {string} byte @returns {Id} */
const idOf = (byte) => /** @type {Id} */ (byte.repeat(16));
/** @type {import('@rogatory/kernel').AuthorityId} */
const office = idOf('a1');
/** @type {import('@rogatory/kernel').AuthorityId} */
const oversight = idOf('af');

/** Columns that go with the openings. */
const CLEARED = [
  ...['actor_person', 'actor_device', 'actor_authority', 'owner_authority', 'case_id', 'compartment_id', 'object_id'],
  ...['legal_basis', 'act_counter'],
];

/** What a backup of the database has of openings; and how an administrator puts it back, past all triggers. */
class Backup {
  /** @type {pg.Client} */
  #client;

  /** @param {pg.Client} client */
  constructor(client) {
    this.#client = client;
  }

  async take() {
    await this.#client.query('CREATE TABLE backup_opening AS TABLE audit_opening');
    await this.#client.query('CREATE TABLE backup_event AS TABLE audit_event');
    await this.#client.query('CREATE TABLE backup_key AS TABLE audit_month_key');
  }

  async restore() {
    await this.#administrate(`UPDATE audit_opening o SET who = b.who, what = b.what, why = b.why, src = b.src, act = b.act
      FROM backup_opening b WHERE b.event_id = o.event_id`);
    const columns = CLEARED.map((column) => `${column} = b.${column}`).join(', ');
    await this.#administrate(`UPDATE audit_event e SET ${columns} FROM backup_event b WHERE b.id = e.id`);
    await this.#administrate('INSERT INTO audit_month_key SELECT * FROM backup_key ON CONFLICT DO NOTHING');
  }

  /** As the order left it. */
  async takeBack() {
    await this.#administrate(`UPDATE audit_opening o SET who = NULL, what = NULL, why = NULL, src = NULL, act = NULL
      FROM audit_erased x WHERE x.event_id = o.event_id`);
    const columns = CLEARED.map((column) => `${column} = NULL`).join(', ');
    await this.#administrate(`UPDATE audit_event e SET ${columns} FROM audit_erased x WHERE x.event_id = e.id`);
  }

  /** Records of the order of which anything is left. @returns {Promise<number>} */
  async left() {
    const { rows } = await this.#client.query(`SELECT count(*)::int AS left FROM audit_erased x
      JOIN audit_opening o ON o.event_id = x.event_id WHERE num_nonnulls(o.who, o.what, o.why, o.src, o.act) > 0`);
    return rows[0].left;
  }

  /** @param {string} statement */
  async #administrate(statement) {
    await this.#client.query("SET session_replication_role = 'replica'");
    await this.#client.query(statement);
    await this.#client.query("SET session_replication_role = 'origin'");
  }
}

class Story {
  scope = { authorities: [office, oversight] };

  /** @param {TestingAudit} testing @param {Database} database @param {TestingClock} clock */
  constructor(testing, database, clock) {
    this.testing = testing;
    this.database = database;
    this.clock = clock;
    this.prosecutor = new TestingDevice(2_001, clock, { authority: office });
    this.first = new TestingDevice(2_002, clock, { authority: oversight });
    this.second = new TestingDevice(2_003, clock, { authority: oversight });
  }

  /** @param {number} count */
  async record(count) {
    const { prosecutor, testing, clock } = this;
    for (let at = 0; at < count; at += BATCH) {
      const entries = Array.from({ length: BATCH }, () => {
        clock.advance(1_000);
        const facts = { who: prosecutor.who, source: testingSource, what: nothingConcerned };
        return allowedEntry(prosecutor.act('case.list'), facts);
      });
      await this.database.write(prosecutor.principal, (writer) => testing.audit.recorder.recordMany(writer, entries));
    }
    await this.numbered();
  }

  async numbered() {
    const { testing } = this;
    let size = -1;
    for (let next = await testing.audit.worker.tick(); next !== size; next = await testing.audit.worker.tick())
      size = next;
    if (testing.faults.length > 0) throw new Error('the log reported a fault', { cause: testing.faults[0] });
    return size;
  }

  /** Two auditors erase these records. @param {number} count @returns {Promise<number>} milliseconds of the approval */
  async erase(count) {
    const { testing, first, second, clock, scope } = this;
    /** @type {import('@rogatory/protocol').AuditOrder} */
    const order = {
      ...{ verb: 'erase', shard: '2026h2', records: [{ first: 0, last: count - 1 }] },
      ...{ groups: ['who', 'what', 'why', 'src', 'act'], legalBasis: legalBases.oversight },
      ...{ reference: 'XA/2026-17', expiresMs: clock.nowMs() + DAY_MS },
    };
    const id = /** @type {import('@rogatory/kernel').ObjectId} */ (toHex(systemRandom(16)));
    const command = { id, text: auditOrderText(order), authorities: scope.authorities };
    const proposal = actSubjects.proposeOrder(id, order);
    await testing.audit.orders.propose(testingContext(first, first.sign(proposal.event, proposal), asAuditor), command);
    const approval = actSubjects.approveOrder(id, order);
    const context = testingContext(second, second.sign(approval.event, approval), asAuditor);
    const start = performance.now();
    const { result } = await testing.audit.orders.approve(context, command);
    const ms = performance.now() - start;
    if (result.records !== count) throw new Error(`${result.records} of ${count} records were erased`);
    await this.numbered();
    return ms;
  }

  /** The whole log as an auditor takes it away. @param {number} count how many places are counted */
  async exported(count) {
    const { testing, first, scope } = this;
    const range = { first: 0 };
    const { event, ...subject } = actSubjects.exportRecords(utf8(auditExportStatement(purpose, range)));
    const context = testingContext(first, first.sign(event, subject), asAuditor);
    const begun = testing.audit.exportRecords.run(context, { purpose, range, scope }, () => true);
    const settled = begun.then(
      () => true,
      () => true,
    );
    /** @returns {Promise<boolean>} */
    const turn = () => new Promise((resolve) => setImmediate(() => resolve(false)));
    do await testing.audit.worker.tick();
    while (!(await Promise.race([settled, turn()])));
    /** @type {Uint8Array[]} */
    const chunks = [];
    for await (const lines of (await begun).lines) chunks.push(lines);
    let opened = 0;
    for await (const line of splitLines(chunks.slice(1))) {
      const told = decodeExportLine(line);
      const isOpen = told.kind === 'record' && Object.keys(told.record.open ?? {}).length > 0;
      if (told.kind === 'record' && told.record.index < count && isOpen) opened += 1;
    }
    return { chunks, opened };
  }

  /** @param {readonly Uint8Array[]} chunks */
  async verified(chunks) {
    const { testing, clock } = this;
    const { origin, signer } = testing;
    const start = performance.now();
    const report = await verifyExport({ origin, logKeys: signer.keys(origin), nowMs: clock.nowMs(), chunks });
    const outcomeOf = (/** @type {string} */ name) => report.claims.find(({ claim }) => claim === name)?.outcome;
    const holds = ['checkpoint', 'tree', 'leaves', 'openings', 'erasures'].every((name) => outcomeOf(name) === 'holds');
    return { isSound: report.isSound && holds, size: report.size, ms: performance.now() - start };
  }
}

const notes = [
  'Two auditors sign the order; its approval clears openings and columns and records the erasure in one durable transaction. The export of the whole log is then verified from its bytes (tree, leaves, commitments, erasures explained), and the stored log checked against tiles, heads and openings.',
  'The backup is the rows of records, openings and wrapped month keys of before, put back by the administrator of the database past all triggers, and asked for through the export of the running server; once while the key of the month is there, once after three years and the nightly job that ends it.',
];

/**
 * @param {{ count: number, approvalMs: number, proven: number, verdict: { size: number, ms: number }, opened: { restored: number, ended: number } }} taken
 * @returns {import('../figures.mjs').Figure[]}
 */
function figuresOf({ count, approvalMs, proven, verdict, opened }) {
  return [
    {
      name: `erasing ${count.toLocaleString('en-US')} records by order, the approval`,
      unit: 'ms',
      value: approvalMs,
    },
    {
      ...{
        name: 'of them: nothing left in the database, leaf still proven',
        unit: 'records',
        value: proven,
      },
      target: atLeast(count, proven, 'all'),
    },
    {
      name: `export of ${verdict.size.toLocaleString('en-US')} records after it, verified`,
      unit: 'ms',
      value: verdict.ms,
    },
    {
      name: 'of them: opened from a backup put back before the month ends',
      unit: 'records',
      value: opened.restored,
    },
    {
      ...{ name: "of them: opened from the same backup after the month's key is destroyed", unit: 'records' },
      ...{ value: opened.ended, target: atMost(0, opened.ended, 'none') },
    },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '13. Erasure by order',
  run: async ({ isShort, folder }) => {
    const count = isShort ? 1_000 : limits.maxOrderRecords;
    const all = count + (isShort ? 1_000 : 2_000);
    const engine = await openEngine('postgres', { folder, migrations: auditMigrations });
    if (engine?.url === undefined) return { figures: [], notes: ['Skipped: no local binaries of PostgreSQL.'] };
    const { database, url } = engine;
    const clock = new TestingClock(START_MS);
    const testing = await openTestingAudit(database, clock, systemRandom);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      const story = new Story(testing, database, clock);
      const backup = new Backup(client);
      await story.record(all);
      const before = await story.exported(count);
      await backup.take();
      // In the month after: the records of the order itself are not what ends here.
      clock.advance(31 * DAY_MS);
      const approvalMs = await story.erase(count);
      const left = await backup.left();
      const after = await story.exported(count);
      const verdict = await story.verified(after.chunks);
      const findings = (await testing.audit.check.run()).findings.length;
      // That a backup opens them as long as the month's key is there shows that the last figure can be another one.
      await backup.restore();
      const restored = await story.exported(count);
      await backup.takeBack();
      clock.advance(YEARS_MS);
      const { months } = await testing.audit.expiry.run();
      if (!months.includes(MONTH)) throw new Error('the month did not end');
      await backup.restore();
      // Asked on the day of the order again: nobody made keys for the years between.
      clock.advance(-YEARS_MS);
      const ended = await story.exported(count);
      if (before.opened !== count || restored.opened !== count) throw new Error('not every record was open before');
      const proven = verdict.isSound && findings === 0 ? count - after.opened : 0;
      const opened = { restored: restored.opened, ended: ended.opened };
      return { figures: figuresOf({ count, approvalMs, proven: proven - left, verdict, opened }), notes };
    } finally {
      await client.end();
      await testing.close();
      await engine.close();
    }
  },
};
