import { beforeAll, expect, it } from '@jest/globals';
import { SigningKey } from '@rogatory/crypto/sign';
import { evaluateQuorum } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { TestingClock, testingRandom } from '../../testing.js';
import type { FaultMoment } from '../../testing/faults.js';
import { LogRig, type LogRigParts, recordersOf } from '../../testing/log-rig.js';
import { tamper, testingMigrations } from '../../testing/tampering.js';
import { logReaderPrincipal } from './transparency-log.js';
import { outcomeOf } from '../../testing/recorded.js';

const clock = new TestingClock();
const random = testingRandom(21);
const key = SigningKey.generate(random);

/** Every write between a committed record and a head that a quorum vouches for. */
const steps: Readonly<Record<string, string>> = {
  'the lock of the sequencer': 'tree/lock',
  'the numbers of the records (staging)': 'leaves/take',
  'head and tiles': 'tree/advance',
  'the commit of the batch': 'audit/sequence',
  "the signer's stored head": 'signer/save',
  'the signature': 'signer/sign',
  'the checkpoint': 'tree/save-checkpoint',
  'the commit of the checkpoint': 'audit/checkpoint',
  "a witness's stored head": 'witness/add-checkpoint',
  'the witnessed head': 'tree/save-witnessed',
  'the commit of the witnessed head': 'witnessed: audit/checkpoint',
};
const moments: readonly FaultMoment[] = ['failed', 'failed-but-stored'];
/** Records before the batch that fails, and in it: the first tile of all; a full data tile with its parent. */
const places = { 'tile 0': [0, 5], 'a full data tile': [250, 10] } as const;
const isLong = process.env['ROGATORY_LONG'] === '1';
/** Whether the process ends with the fault; both ways in the long mode, else in turns. */
const endings = (turn: number): readonly boolean[] => (isLong ? [true, false] : [turn % 3 === 0]);
let turns = 0;
/** Steps that treat a batch that fills a tile in another way; for the others it is a matter of the long mode. */
const ofTiles = ['head and tiles', 'the commit of the batch', "the signer's stored head"];
const cases = Object.keys(steps).flatMap((step) =>
  moments.flatMap((moment) =>
    (Object.keys(places) as (keyof typeof places)[])
      .filter((place) => place === 'tile 0' || isLong || ofTiles.includes(step))
      .map((place) => ({ step, moment, place })),
  ),
);

eachEngine('the way of a record into a witnessed log', { migrations: testingMigrations }, (at) => {
  let recorderOf: LogRigParts['recorderOf'];
  const rig = () => new LogRig({ database: at.database(), recorderOf, clock, random, key });

  beforeAll(async () => {
    recorderOf = await recordersOf({ database: at.database(), clock, random }, at.recorder());
  });

  const turnOf = (running: ReturnType<LogRig['start']>) => async () => {
    await running.sequencer.runBatch();
    await running.publisher.publish();
    await running.collector.collect();
    await running.collector.heard();
  };

  /** Whatever failed: one history, one head at a size, and everybody who vouches holds that history. */
  const isWhole = async (own: LogRig, size: number): Promise<void> => {
    expect(await own.verify()).toMatchObject({ outcome: 'verified', checkpoint: { size } });
    const heads = own.notes.map((note) => own.open(note));
    const roots = new Map(heads.map((head) => [head.size, head.root]));
    for (const head of heads) expect(head.root).toEqual(roots.get(head.size));
    expect(own.witnesses.map((witness) => witness.size)).toEqual(own.witnesses.map(() => size));
    const places = await at
      .database()
      .read(logReaderPrincipal, (reader) =>
        reader.queryRows('SELECT seq FROM audit_event WHERE shard = $1 ORDER BY seq', [own.shard], (row) =>
          row.integer('seq'),
        ),
      );
    expect(places).toEqual(Array.from({ length: size }, (_, place) => place));
    const witnessed = await at.database().read(logReaderPrincipal, (reader) => own.log.tree.witnessed(reader));
    const head = own.open(witnessed?.note ?? new Uint8Array(0));
    expect(head.size).toBe(size);
    expect(evaluateQuorum(head, own.policy).fulfilled).toBe(true);
  };

  it.each(cases)('T21: $step of $place $moment: the same head comes out, none twice', async ({
    step,
    moment,
    place,
  }) => {
    const [before, batch] = places[place];
    const name = steps[step] ?? '';
    for (const isRestarted of endings(turns++)) {
      const own = rig();
      if (before > 0) {
        await own.record(before);
        await turnOf(own.start())();
      }
      await own.record(batch);
      const turn = turnOf(own.start());
      own.fault.arm(name, moment);
      if (name.startsWith('witness/')) await turn();
      else await expect(turn()).rejects.toThrow(`${name} ${moment}`);
      expect(own.fault.isArmed).toBe(false);
      // Nothing is in force that not every witness of the quorum cosigned.
      expect([before, before + batch]).toContain(await own.witnessedSize());
      if (name.startsWith('witness/')) expect(await own.witnessedSize()).toBe(before);
      await own.record(2);
      await (isRestarted ? turnOf(own.start()) : turn)();
      await isWhole(own, before + batch + 2);
    }
  });

  it('T21: tiles that cannot be stored are not written over, and nothing is signed', async () => {
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
    expect(await outcomeOf(sequencer.runBatch())).toBe('tlog/tail');
    expect(await outcomeOf(publisher.publish())).toBe('tlog/tail');
    expect(own.open((await own.reader.checkpoint())?.note ?? new Uint8Array(0)).size).toBe(270);
  });
});
