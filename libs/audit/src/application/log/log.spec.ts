import { beforeAll, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { openCheckpoint, tilesOf, tilePath, verifyLog } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { noteSigner } from '../../folder-signer.js';
import { NumberedLeafSource } from '../../storage/sql-leaf-sources.js';
import { SqlLogTreeStore } from '../../storage/sql-log-tree.store.js';
import { TestingClock, testingRandom } from '../../testing.js';
import { MemorySignerStore } from '../../testing/faults.js';
import { LogRig, type LogRigParts, recordersOf } from '../../testing/log-rig.js';
import { tamper, testingMigrations } from '../../testing/tampering.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { LogReader } from './log-reader.js';
import { LocalLogSigner } from './log-signer.js';
import { Sequencer } from './sequencer.js';
import { logReaderPrincipal } from './transparency-log.js';
import { outcomeOf } from '../../testing/recorded.js';

const clock = new TestingClock();
const random = testingRandom(11);
const key = SigningKey.generate(random);

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
  let recorderOf: LogRigParts['recorderOf'];
  const rig = () => new LogRig({ database: at.database(), recorderOf, clock, random, key });

  beforeAll(async () => {
    recorderOf = await recordersOf({ database: at.database(), clock, random }, at.recorder());
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
    expect(await outcomeOf(own.reader.file('tile/0/../../etc'))).toBe('tlog/tile-path');
  });

  it('T19: lets one of two sequencers win when the lock is lost, and keeps one branch', async () => {
    const own = rig();
    const unlocked = { ...own.log, tree: new TreeWithLock(own.origin, true) };
    const [first, second] = [own.start(unlocked).sequencer, own.start(unlocked).sequencer];
    let lost = 0;
    for (let round = 0; round < 6; round++) {
      await own.record(40);
      const codes = await Promise.all([outcomeOf(first.runBatch()), outcomeOf(second.runBatch())]);
      lost += codes.filter((code) => code === 'audit/log-lost').length;
      expect(codes).not.toEqual(['audit/log-lost', 'audit/log-lost']);
      for (const code of codes) expect(['done', 'audit/log-lost']).toContain(code);
      await own.settle();
    }
    expect(lost).toBeGreaterThan(0);
    expect(await own.settle()).toBe(240);
    expect(await own.verify()).toMatchObject({ outcome: 'verified' });
  });

  it('T19: refuses a leader that was paused and wakes with what it remembers', async () => {
    const own = rig();
    const [paused, other] = [own.start().sequencer, own.start().sequencer];
    await own.record(5);
    await paused.runBatch();
    await own.record(5);
    await other.runBatch();
    await own.record(5);
    expect(await outcomeOf(paused.runBatch())).toBe('audit/log-lost');
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

  it('T10: signs nothing over a bit that flipped on the way to storage', async () => {
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
      expect(await outcomeOf(publisher.publish())).toBe('audit/log-corrupt');
      // The shard stands still: neither more records nor a restart bring a signature.
      await own.record(3);
      await outcomeOf(sequencer.runBatch());
      expect(await outcomeOf(publisher.publish())).not.toBe('done');
      expect(await outcomeOf(own.settle())).not.toBe('done');
      expect(own.notes).toHaveLength(0);
      expect(own.signerStore.heads.get(own.origin)?.size).toBe(0);
    }
  });

  it('T01: names the record that was edited after it was signed', async () => {
    const own = rig();
    await own.record(700);
    await own.settle();
    await tamper(
      at.database(),
      `UPDATE audit_event SET leaf = overlay(leaf PLACING '\\x21'::bytea FROM 30) WHERE seq = 431 AND shard = '${own.shard}'`,
    );
    expect(await own.verify()).toMatchObject({ outcome: 'failed', fault: 'entry-mismatch', index: 431, end: 432 });
  });

  it('T18: is refused a signature after the database was set back', async () => {
    const own = rig();
    await own.record(300);
    await own.settle();
    const [tiles, head] = [
      `DELETE FROM tlog_tile WHERE origin = '${own.origin}'`,
      `DELETE FROM tlog_head WHERE origin = '${own.origin}'`,
    ];
    await tamper(at.database(), `UPDATE audit_event SET seq = NULL WHERE shard = '${own.shard}'`);
    for (const statement of [tiles, head]) await tamper(at.database(), statement);
    expect(await outcomeOf(own.start().publisher.publish())).toBe('audit/signer-rewound');
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
    expect(await outcomeOf(own.start().publisher.publish())).toBe('audit/signer-forked');
    await own.record(1);
    await own.start().sequencer.runBatch();
    expect(await outcomeOf(own.start().publisher.publish())).toBe('tlog/tail');
  });

  it('does not take a signer that lost its memory for a new one', async () => {
    const own = rig();
    await own.record(3);
    await own.settle();
    own.signerStore.heads.clear();
    expect(await outcomeOf(own.start().publisher.publish())).toBe('audit/signer-unknown-log');
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
