import { beforeAll, describe, expect, it } from '@jest/globals';
import { isRogatoryError, limits, newActId, Secret } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { openCheckpoint, type SignedCheckpoint, tilesOf, tilePath, verifyLog } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import { type AuditEntry, nothingConcerned, systemActor } from '../../domain/audit-entry.js';
import { noteSigner } from '../../folder-signer.js';
import { SqlAuditRecordStore } from '../../storage/sql-audit-record.store.js';
import { AuditLeafSource, NumberedLeafSource } from '../../storage/sql-leaf-sources.js';
import { SqlLogTreeStore } from '../../storage/sql-log-tree.store.js';
import { SqlMonthKeyStore } from '../../storage/sql-month-key.store.js';
import { TestingClock, testingRandom } from '../../testing.js';
import { Fault, type FaultMoment, FaultyDatabase, MemorySignerStore } from '../../testing/faults.js';
import { tamper, testingMigrations } from '../../testing/tampering.js';
import { AuditRecorder } from '../audit-recorder.js';
import { MonthKeys } from '../month-keys.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { LogReader } from './log-reader.js';
import { LocalLogSigner, type LogSigner } from './log-signer.js';
import { Sequencer } from './sequencer.js';
import { type LogDatabase, logReaderPrincipal, type TransparencyLog } from './transparency-log.js';

const clock = new TestingClock();
const random = testingRandom(11);
const key = SigningKey.generate(random);
let logs = 0;

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (isRogatoryError(error) ? error.code : String(error)),
  );

/** A log of its own for each test, with all that outlives a crash: database, signer state, notes ever signed. */
class Rig {
  readonly shard = `s${++logs}`;
  readonly origin = `test.invalid/audit/log/${this.shard}`;
  readonly fault = new Fault();
  readonly signerStore = new MemorySignerStore(this.fault);
  readonly notes: Uint8Array[] = [];
  readonly log: TransparencyLog;
  readonly reader: LogReader;
  readonly #database: Database;
  readonly #recorder: AuditRecorder;

  constructor(database: Database, recorder: (shard: string) => AuditRecorder) {
    this.#database = database;
    this.#recorder = recorder(this.shard);
    const leaves = new AuditLeafSource(this.shard);
    this.log = { origin: this.origin, tree: new SqlLogTreeStore(this.origin), leaves, keepCheckpointsEveryMs: 60_000 };
    this.reader = new LogReader(database, this.log);
  }

  async record(count: number): Promise<void> {
    const entries: AuditEntry[] = Array.from({ length: count }, () => ({
      ...{ id: newActId(clock, random), event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
      ...{ who: systemActor, what: nothingConcerned },
    }));
    await this.#database.write({ kind: 'job', job: 'audit-test' }, (writer) =>
      this.#recorder.recordMany(writer, entries),
    );
  }

  /** As after a restart: nothing is remembered but what was stored. */
  start(log: TransparencyLog = this.log) {
    const database: LogDatabase = new FaultyDatabase(this.#database, this.fault);
    const inner = new LocalLogSigner(this.signerStore, () => noteSigner(this.origin, key));
    const signer: LogSigner = {
      keys: (origin) => inner.keys(origin),
      signedHead: (origin) => inner.signedHead(origin),
      admitLog: (origin) => inner.admitLog(origin),
      sign: (request) =>
        this.fault.around('signer/sign', async () => {
          const note = await inner.sign(request);
          this.notes.push(note);
          return note;
        }),
    };
    return {
      sequencer: new Sequencer(database, log),
      publisher: new CheckpointPublisher(database, log, signer, clock),
    };
  }

  async settle(): Promise<number> {
    const { sequencer, publisher } = this.start();
    while ((await sequencer.runBatch()).leaves > 0);
    return publisher.publish();
  }

  open(note: Uint8Array): SignedCheckpoint {
    return openCheckpoint(note, { origin: this.origin, logKeys: [noteSigner(this.origin, key).key] });
  }

  /** Verifies bytes to signature, as an auditor would, against every head that was ever signed. */
  async verify() {
    const checkpoint = await this.reader.checkpoint();
    if (checkpoint === undefined) throw new Error('no checkpoint');
    const tiles = { readTile: (path: string) => this.reader.file(path) };
    return verifyLog({ tiles, checkpoint: checkpoint.note, open: (note) => this.open(note), earlier: this.notes });
  }
}

/** A lock that everybody, or nobody, gets. */
class TreeWithLock extends SqlLogTreeStore {
  readonly #isFree: boolean;

  constructor(origin: string, isFree: boolean) {
    super(origin);
    this.#isFree = isFree;
  }

  override async lock(): Promise<boolean> {
    return this.#isFree;
  }
}

eachEngine('transparency log', { migrations: testingMigrations }, (at) => {
  let recorderOf: (shard: string) => AuditRecorder;
  const rig = () => new Rig(at.database(), recorderOf);

  beforeAll(async () => {
    const store = new SqlMonthKeyStore();
    const monthKeys = new MonthKeys(at.database(), store, new Secret(random(32)), random);
    await monthKeys.prepare(clock.nowMs());
    const databaseRecorder = at.recorder();
    recorderOf = (shard) =>
      new AuditRecorder({ store: new SqlAuditRecordStore(shard), monthKeys, databaseRecorder, clock, random, shard });
  });

  it('numbers records densely in the order of their ids and signs what an auditor can verify', async () => {
    const own = rig();
    for (const count of [1, 300, 17, 1_200]) {
      await own.record(count);
      await own.settle();
    }
    const places = await at
      .database()
      .read(logReaderPrincipal, (reader) =>
        reader.queryRows('SELECT seq FROM audit_event WHERE shard = $1 ORDER BY seq', [own.shard], (row) =>
          row.integer('seq'),
        ),
      );
    expect(places).toEqual(Array.from({ length: 1_518 }, (_, place) => place));
    const verdict = await own.verify();
    expect(verdict).toMatchObject({ outcome: 'verified', checkpoint: { size: 1_518 } });
    expect(own.notes).toHaveLength(4);
  });

  it('serves every file of the signed tree and none beyond it', async () => {
    const own = rig();
    await own.record(600);
    await own.settle();
    await own.record(10);
    await own.start().sequencer.runBatch();
    for (const tile of tilesOf(600)) expect(await own.reader.file(tilePath(tile))).toBeDefined();
    expect(await own.reader.file('tile/0/002.p/88')).toBeDefined();
    expect(await own.reader.file('tile/0/002.p/89')).toBeUndefined();
    expect(await own.reader.file('tile/entries/002.p/89')).toBeUndefined();
    expect(await codeOf(own.reader.file('tile/0/../../etc'))).toBe('tlog/tile-path');
  });

  it('lets one of two sequencers win when the lock is lost, and keeps one branch', async () => {
    const own = rig();
    const unlocked = { ...own.log, tree: new TreeWithLock(own.origin, true) };
    const [first, second] = [own.start(unlocked).sequencer, own.start(unlocked).sequencer];
    let lost = 0;
    for (let round = 0; round < 6; round++) {
      await own.record(40);
      const codes = await Promise.all([codeOf(first.runBatch()), codeOf(second.runBatch())]);
      lost += codes.filter((code) => code === 'audit/log-lost').length;
      expect(codes).not.toEqual(['audit/log-lost', 'audit/log-lost']);
      for (const code of codes) expect(['none', 'audit/log-lost']).toContain(code);
      await own.settle();
    }
    expect(lost).toBeGreaterThan(0);
    expect(await own.settle()).toBe(240);
    expect(await own.verify()).toMatchObject({ outcome: 'verified' });
  });

  it('refuses a leader that was paused and wakes with what it remembers', async () => {
    const own = rig();
    const [paused, other] = [own.start().sequencer, own.start().sequencer];
    await own.record(5);
    await paused.runBatch();
    await own.record(5);
    await other.runBatch();
    await own.record(5);
    expect(await codeOf(paused.runBatch())).toBe('audit/log-lost');
    expect(await paused.runBatch()).toEqual({ leaves: 5, size: 15 });
    expect(await own.settle()).toBe(15);
    expect(await own.verify()).toMatchObject({ outcome: 'verified' });
  });

  it('leaves the work to the one who holds the lock', async () => {
    const own = rig();
    await own.record(3);
    const idle = { ...own.log, tree: new TreeWithLock(own.origin, false) };
    expect(await own.start(idle).sequencer.runBatch()).toEqual({ leaves: 0, size: undefined });
    expect(await own.settle()).toBe(3);
  });

  describe('fault matrix: the same head comes out, and no second head at a size', () => {
    const steps = ['audit/sequence', 'signer/save', 'signer/sign', 'audit/checkpoint'];
    const moments: readonly FaultMoment[] = ['failed', 'failed-but-stored'];
    const cases = steps.flatMap((step) => moments.map((moment) => ({ step, moment })));

    it.each(cases)('$step $moment', async ({ step, moment }) => {
      for (const isRestarted of [true, false]) {
        const own = rig();
        await own.record(270);
        await own.settle();
        await own.record(5);
        const running = own.start();
        const turn = async () => {
          await running.sequencer.runBatch();
          await running.publisher.publish();
        };
        own.fault.arm(step, moment);
        await expect(turn()).rejects.toThrow(`${step} ${moment}`);
        expect(own.fault.isArmed).toBe(false);
        await own.record(2);
        if (isRestarted) await own.settle();
        else await turn();
        expect(await own.verify()).toMatchObject({ outcome: 'verified', checkpoint: { size: 277 } });
        const heads = new Map(own.notes.map((note) => [own.open(note).size, own.open(note).note.text]));
        for (const note of own.notes) expect(own.open(note).note.text).toBe(heads.get(own.open(note).size));
      }
    });

    it('tiles that cannot be stored', async () => {
      const own = rig();
      await own.record(270);
      await own.settle();
      await own.record(5);
      // A stored tile that is not the beginning of the new one: nothing is overwritten, nothing is signed.
      await tamper(
        at.database(),
        `UPDATE tlog_tile SET data = overlay(data PLACING '\\x00'::bytea FROM 3) WHERE origin = '${own.origin}' AND level = 0 AND idx = 1`,
      );
      const { sequencer, publisher } = own.start();
      expect(await codeOf(sequencer.runBatch())).toBe('tlog/tail');
      expect(await codeOf(publisher.publish())).toBe('tlog/tail');
      expect(own.open((await own.reader.checkpoint())?.note ?? new Uint8Array(0)).size).toBe(270);
    });
  });

  it('signs nothing over a bit that flipped on the way to storage', async () => {
    for (const statement of [
      "UPDATE audit_event SET leaf = overlay(leaf PLACING '\\x00'::bytea FROM 9) WHERE seq = 2",
      "UPDATE tlog_tile SET data = overlay(data PLACING '\\x00'::bytea FROM 70) WHERE level = 0",
    ]) {
      const own = rig();
      await own.record(5);
      const { sequencer, publisher } = own.start();
      await sequencer.runBatch();
      const where = statement.includes('audit_event') ? `shard = '${own.shard}'` : `origin = '${own.origin}'`;
      await tamper(at.database(), `${statement} AND ${where}`);
      expect(await codeOf(publisher.publish())).toBe('audit/log-corrupt');
      expect(own.notes).toHaveLength(0);
      expect(own.signerStore.heads.get(own.origin)?.size).toBe(0);
    }
  });

  it('names the record that was edited after it was signed', async () => {
    const own = rig();
    await own.record(700);
    await own.settle();
    await tamper(
      at.database(),
      `UPDATE audit_event SET leaf = overlay(leaf PLACING '\\x21'::bytea FROM 30) WHERE seq = 431 AND shard = '${own.shard}'`,
    );
    expect(await own.verify()).toMatchObject({ outcome: 'failed', fault: 'entry-mismatch', index: 431, end: 432 });
  });

  it('is refused a signature after the database was set back', async () => {
    const own = rig();
    await own.record(300);
    await own.settle();
    const [tiles, head] = [
      `DELETE FROM tlog_tile WHERE origin = '${own.origin}'`,
      `DELETE FROM tlog_head WHERE origin = '${own.origin}'`,
    ];
    await tamper(at.database(), `UPDATE audit_event SET seq = NULL WHERE shard = '${own.shard}'`);
    for (const statement of [tiles, head]) await tamper(at.database(), statement);
    expect(await codeOf(own.start().publisher.publish())).toBe('audit/signer-rewound');
    // The same history can be filled in again; another one cannot.
    await own.start().sequencer.runBatch();
    expect(await own.start().publisher.publish()).toBe(300);
    await tamper(at.database(), `UPDATE audit_event SET seq = NULL WHERE shard = '${own.shard}'`);
    for (const statement of [tiles, head]) await tamper(at.database(), statement);
    await tamper(
      at.database(),
      `UPDATE audit_event SET leaf = overlay(leaf PLACING '\\x21'::bytea FROM 30) WHERE id = (SELECT max(id::text)::uuid FROM audit_event WHERE shard = '${own.shard}')`,
    );
    await own.start().sequencer.runBatch();
    expect(await codeOf(own.start().publisher.publish())).toBe('audit/signer-forked');
    await own.record(1);
    await own.start().sequencer.runBatch();
    expect(await codeOf(own.start().publisher.publish())).toBe('tlog/tail');
  });

  it('does not take a signer that lost its memory for a new one', async () => {
    const own = rig();
    await own.record(3);
    await own.settle();
    own.signerStore.heads.clear();
    expect(await codeOf(own.start().publisher.publish())).toBe('audit/signer-unknown-log');
  });

  it('catches up with a backlog in bounded steps', async () => {
    const own = rig();
    await own.record(2 * limits.sequencerBatchRecords + 17);
    expect(await own.settle()).toBe(2 * limits.sequencerBatchRecords + 17);
    expect(own.notes).toHaveLength(1);
    expect(await own.verify()).toMatchObject({ outcome: 'verified' });
  });

  it('keeps the newest head and one a minute', async () => {
    const own = rig();
    const sizes = () =>
      at
        .database()
        .read(logReaderPrincipal, (reader) =>
          reader.queryRows('SELECT size FROM tlog_checkpoint WHERE origin = $1 ORDER BY size', [own.origin], (row) =>
            row.integer('size'),
          ),
        );
    for (let round = 0; round < 5; round++) {
      await own.record(1);
      await own.settle();
      clock.advance(25_000);
    }
    expect(await sizes()).toEqual([1, 4, 5]);
  });

  it('logs a table whose rows are numbered by their acts, such as the directory', async () => {
    const own = rig();
    const origin = `test.invalid/directory/log/${own.shard}`;
    const source = new NumberedLeafSource({ table: 'testing_entry', indexColumn: 'place', leafColumn: 'bytes' });
    const log = { origin, tree: new SqlLogTreeStore(origin), leaves: source, keepCheckpointsEveryMs: 0 };
    const signer = new LocalLogSigner(new MemorySignerStore(), () => noteSigner(origin, key));
    const sequencer = new Sequencer(at.database(), log);
    const publisher = new CheckpointPublisher(at.database(), log, signer, clock);
    const reader = new LogReader(at.database(), log);
    for (const [first, count] of [
      [0, 4],
      [4, 1],
      [5, 300],
    ] as const) {
      await at
        .database()
        .writeUnaudited(
          { kind: 'job', job: 'testing' },
          (writer) =>
            writer.execute(
              'INSERT INTO testing_entry SELECT place, sha256(place::text::bytea) FROM generate_series($1::bigint, $2::bigint) AS place',
              [first, first + count - 1],
            ),
          { reason: 'testing/fixture' },
        );
      await sequencer.runBatch();
      await publisher.publish();
    }
    const trust = { origin, logKeys: signer.keys(origin) };
    const tiles = { readTile: (path: string) => reader.file(path) };
    const note = (await reader.checkpoint())?.note ?? new Uint8Array(0);
    const verdict = await verifyLog({ tiles, checkpoint: note, open: (bytes) => openCheckpoint(bytes, trust) });
    expect(verdict).toMatchObject({ outcome: 'verified', checkpoint: { size: 305 } });
    const [roots, proof] = await at
      .database()
      .read(
        logReaderPrincipal,
        async (scope) =>
          [
            await Promise.all([0, 4, 5, 305, 306].map((size) => reader.rootAt(scope, size))),
            await reader.consistency(scope, 4, 305),
          ] as const,
      );
    expect(roots.map((root) => root?.length)).toEqual([32, 32, 32, 32, undefined]);
    expect(proof.length).toBeGreaterThan(0);
  });
});
