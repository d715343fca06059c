import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { limits, newActId } from '@rogatory/kernel';
import { openPolicyCheckpoint, verifyCheckpoint } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { nothingConcerned, systemActor } from '../../domain/audit-entry.js';
import { openTestingAudit, type TestingAudit, TestingClock, testingRandom } from '../../testing.js';
import { testingMigrations } from '../../testing/tampering.js';
import { quorumOf, TestingWitness } from '../../testing/witnesses.js';
import { CosignatureCollector } from './cosignature-collector.js';
import { logReaderPrincipal } from './transparency-log.js';
import { WitnessWorker } from './witness-worker.js';

eachEngine('witnesses of a log', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(31);
  let testing: TestingAudit;
  let witnesses: readonly TestingWitness[] = [];
  let changes: string[] = [];

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
  });
  afterAll(() => testing.close());

  const logKeys = () => testing.signer.keys(testing.origin);
  const signed = async (): Promise<number> => {
    await at.database().write({ kind: 'job', job: 'audit-test' }, (writer) =>
      testing.audit.recorder.record(writer, {
        ...{ id: newActId(clock, random), event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
        ...{ who: systemActor, what: nothingConcerned },
      }),
    );
    return testing.audit.worker.tick();
  };
  /** New witnesses of which two make a quorum, and what asks them, as after a start of the server. */
  const open = (
    known: readonly TestingWitness[] = ['fr', 'de', 'nl'].map((name, i) => new TestingWitness(name, i + 1, logKeys())),
  ) => {
    witnesses = known;
    changes = [];
    const policy = { ...quorumOf(2, witnesses), logs: logKeys().map((key) => ({ key, url: undefined })) };
    const collector = new CosignatureCollector({
      ...{ database: at.database(), log: testing.audit.reader.log, logKeys: logKeys(), policy, clock },
      clientOf: ({ name }) => witnesses.find(({ witness }) => witness.name === name),
      onChange: (name, error) => changes.push(`${name} ${error === undefined ? 'answers' : String(error)}`),
    });
    return { collector, policy };
  };
  /** The witnessed size once everybody that was asked has spoken. */
  const collected = async (collector: CosignatureCollector): Promise<number> => {
    await collector.collect();
    await collector.heard();
    return (await stored())?.size ?? 0;
  };
  const stored = () =>
    at.database().read(logReaderPrincipal, (reader) => testing.audit.reader.log.tree.witnessed(reader));

  it('stores a head with the lines of all who cosigned it, and goes on from what they hold after a restart', async () => {
    const size = await signed();
    const { collector, policy } = open();
    expect(await collected(collector)).toBe(size);
    const head = verifyCheckpoint((await stored())?.note ?? new Uint8Array(0), policy);
    expect([head.size, head.quorum.witnesses.length]).toEqual([size, 3]);
    const grown = await signed();
    const restarted = open(witnesses);
    expect(await collected(restarted.collector)).toBe(grown);
    expect(witnesses.map((witness) => witness.size)).toEqual([grown, grown, grown]);
  });

  it('T22: keeps the head before in force while the quorum is missing, and says who fails, once', async () => {
    const { collector, policy } = open();
    const before = await signed();
    await collected(collector);
    for (const witness of witnesses.slice(1)) witness.mood = 'down';
    await signed();
    for (let round = 0; round < 3; round++) expect(await collected(collector)).toBe(before);
    expect(changes.toSorted()).toEqual(['de Error: connection refused', 'nl Error: connection refused']);
    expect(Object.fromEntries(collector.failing())).toEqual({ de: 'internal', nl: 'internal' });
    for (const witness of witnesses) witness.mood = 'honest';
    const after = await signed();
    expect(await collected(collector)).toBe(after);
    expect(changes.slice(2).toSorted()).toEqual(['de answers', 'nl answers']);
    expect(verifyCheckpoint((await stored())?.note ?? new Uint8Array(0), policy).size).toBe(after);
  });

  it.each([
    'forging',
    'foreign',
    'boasting',
  ] as const)('T17: counts no witness that is %s, and loses no other', async (mood) => {
    const { collector, policy } = open();
    await signed();
    const [liar] = witnesses;
    if (liar === undefined) throw new Error('no witness');
    liar.mood = mood;
    const size = await signed();
    expect(await collected(collector)).toBe(size);
    const head = openPolicyCheckpoint((await stored())?.note ?? new Uint8Array(0), policy);
    const names = head.signatures.filter(({ timeSeconds }) => timeSeconds !== undefined).map(({ key }) => key.name);
    expect(names.toSorted()).toEqual(['witness.invalid/de', 'witness.invalid/nl']);
    // Two liars are more than the quorum bears: nothing newer is stored.
    for (const witness of witnesses.slice(0, 2)) witness.mood = mood;
    await signed();
    expect(await collected(collector)).toBe(size);
  });

  it('T17: waits for no straggler, asks him nothing meanwhile, and takes his line when it comes', async () => {
    const { collector } = open();
    const [, , late] = witnesses;
    if (late === undefined) throw new Error('no witness');
    late.mood = 'hanging';
    const size = await signed();
    expect((await collector.collect())?.size).toBe(size);
    const first = await stored();
    const next = await signed();
    expect((await collector.collect())?.size).toBe(next);
    expect(late.asked).toBe(1);
    late.goOn();
    // His line is for a head that a newer one has replaced: the newer one stays.
    await collector.heard();
    expect((await stored())?.size).toBe(next);
    expect(first?.size).toBe(size);
  });

  it('T18: does not hide that a witness saw more than there is, or something else', async () => {
    const { collector } = open();
    const size = await signed();
    await collected(collector);
    const ahead = new TestingWitness('ahead', 7, logKeys());
    ahead.mood = 'boasting';
    const other = open([...witnesses.slice(0, 2), ahead]);
    expect(await collected(other.collector)).toBe(size);
    expect([...other.collector.failing()]).toEqual([['ahead', 'audit/witness-ahead']]);
  });

  it('tells since when nobody vouches for the newest records, also after a restart, and says it once', async () => {
    const { collector } = open();
    const sizes: number[] = [];
    const told: (number | undefined)[] = [];
    const worker = () =>
      new WitnessWorker({
        ...{ collector, clock, onWitnessed: (size: number) => sizes.push(size) },
        onStanding: ({ unwitnessedSinceMs }) => told.push(unwitnessedSinceMs),
        onFault: (error) => {
          throw error;
        },
      });
    const first = worker();
    const size = await signed();
    first.signed(size);
    await first.round();
    await collector.heard();
    const quorumMs = clock.nowMs();
    const vouched = { signedSize: size, witnessedSize: size, quorumMs, unwitnessedSinceMs: undefined };
    expect(first.state()).toEqual({ ...vouched, failing: new Map() });
    for (const witness of witnesses) witness.mood = 'down';
    clock.advance(60_000);
    const sinceMs = clock.nowMs();
    first.signed(await signed());
    await first.round();
    expect(first.state()).toMatchObject({ signedSize: size + 1, unwitnessedSinceMs: undefined });
    clock.advance(limits.witnessPatienceMs);
    await first.round();
    await first.round();
    const missing = { signedSize: size + 1, witnessedSize: size, quorumMs, unwitnessedSinceMs: sinceMs };
    expect(first.state()).toMatchObject(missing);
    expect([...first.state().failing.keys()].toSorted()).toEqual(['de', 'fr', 'nl']);
    expect([sizes, told]).toEqual([[size], [sinceMs]]);
    const second = worker();
    clock.advance(limits.witnessWordsMs);
    await second.resume();
    second.signed(size + 1);
    expect(second.state()).toMatchObject({ ...missing, unwitnessedSinceMs: quorumMs });
    for (const witness of witnesses) witness.mood = 'honest';
    await first.round();
    await collector.heard();
    expect(told).toEqual([sinceMs, undefined]);
  });

  it('counts silence of the witnesses also where nothing new is recorded', async () => {
    const { collector } = open();
    const worker = new WitnessWorker({
      ...{ collector, clock, onWitnessed: () => undefined },
      onFault: (error) => {
        throw error;
      },
    });
    worker.signed(await signed());
    await worker.round();
    await collector.heard();
    const quorumMs = clock.nowMs();
    clock.advance(limits.witnessHeartbeatMs);
    expect(worker.state().unwitnessedSinceMs).toBeUndefined();
    clock.advance(limits.witnessHeartbeatMs);
    expect(worker.state().unwitnessedSinceMs).toBe(quorumMs);
  });
});
