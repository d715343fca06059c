import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CodecError, limits, RefusedError, type RogatoryError, UnavailableError } from '@rogatory/kernel';
import { decodeAuditLeaf, decodeSignedReceiptPromise, postKinds } from '@rogatory/protocol';
import type { Database, DatabasePrincipal } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import {
  anonymousContext,
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  testingContext,
  TestingDevice,
  testingRandom,
} from '../testing.js';
import { SqlAuditRecordStore } from '../storage/sql-audit-record.store.js';
import { testingMigrations } from '../testing/tampering.js';
import { type ActPlan, ActRunner } from './act-runner.js';
import { ReleaseGate } from './release-gate.js';

const job = { kind: 'job', job: 'audit-test' } as const;
const done = async () => ({ result: 'done' });

eachEngine('act runner', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(11);
  const device = new TestingDevice(2, clock);
  let testing: TestingAudit;

  const runner = (database: Pick<Database, 'write'> = at.database(), gate = testing.audit.gate) => {
    const { recorder, promises, refusals } = testing.audit;
    const records = new SqlAuditRecordStore('2026h2');
    return new ActRunner({
      database: database as Database,
      recorder,
      gate,
      promises,
      records,
      refusals,
      clock,
      random,
    });
  };
  const leaves = () =>
    at
      .database()
      .read(job, (reader) =>
        reader.queryRows('SELECT leaf FROM audit_event ORDER BY t, id', [], (row) =>
          decodeAuditLeaf(row.bytes('leaf')),
        ),
      );
  /** What a piece of work adds to the log. */
  const added = async (work: () => Promise<unknown>) => {
    const known = new Set((await leaves()).map(({ id }) => id));
    const outcome = await work().then(
      () => 'done',
      (error: RogatoryError) => error.code ?? 'other',
    );
    const fresh = (await leaves()).filter(({ id }) => !known.has(id));
    return { outcome, records: fresh.map(({ ev, out, rc }) => `${ev} ${out} ${rc}`), ids: fresh.map(({ id }) => id) };
  };
  const send = (plan: Partial<ActPlan<string>> = {}): ActPlan<string> => ({
    event: 'key.prekey.publish',
    facts: async () => ({ isOwn: true }),
    perform: done,
    ...plan,
  });

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random);
  });
  afterAll(async () => testing.close());

  it('records an act under its own id and promises that record', async () => {
    const received = device.sign('key.prekey.publish', { payload: [Uint8Array.of(1)] });
    const plan = send({ payload: [Uint8Array.of(1)] });
    let recordId = '';
    const { outcome, records, ids } = await added(async () => {
      const acted = await runner().run(testingContext(device, received), 'mutation.publishPrekeys', () => plan);
      expect(acted.result).toBe('done');
      expect(decodeSignedReceiptPromise(acted.promise).promise.recordId).toBe(acted.recordId);
      recordId = acted.recordId;
    });
    expect([outcome, records]).toEqual(['done', ['key.prekey.publish allowed ok']]);
    expect([ids, recordId]).toEqual([[received.actId], received.actId]);
  });

  it('records a refusal of the policy once, under the act, and answers alike for absent and forbidden', async () => {
    for (const facts of [async () => ({}), async () => ({ isOwn: false })]) {
      const received = device.sign('key.prekey.publish');
      const context = testingContext(device, received);
      const perform = async (): Promise<never> => {
        throw new Error('must not run');
      };
      const refused = await added(() =>
        runner().run(context, 'mutation.publishPrekeys', () => send({ facts, perform })),
      );
      expect(refused.outcome).toBe('access/refused');
      expect(refused.records).toEqual(['key.prekey.publish denied access/refused']);
      expect(refused.ids).toEqual([received.actId]);
    }
  });

  it('rolls back what a failed act did, and records the failure once', async () => {
    const received = device.sign('key.prekey.publish');
    const perform: ActPlan<string>['perform'] = async (writer) => {
      await testing.audit.recorder.record(writer, {
        ...{ id: received.actId, event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
        ...{
          who: { kind: 3, state: 'EU', caseRole: 0 },
          what: { objectKind: 0, version: 0, bytes: 0, count: 0, recipients: [], detail: '' },
        },
      });
      throw new RefusedError('directory/test', 'no');
    };
    const failed = await added(() =>
      runner().run(testingContext(device, received), 'mutation.publishPrekeys', () => send({ perform })),
    );
    expect([failed.outcome, failed.records]).toEqual(['directory/test', ['key.prekey.publish denied directory/test']]);
  });

  it('records what the parser refuses, without a statement', async () => {
    const failed = await added(() =>
      runner().run(testingContext(device), 'mutation.publishPrekeys', () => {
        throw new CodecError('codec/too-long', 'too long');
      }),
    );
    expect([failed.outcome, failed.records]).toEqual(['codec/too-long', ['authz.denied denied codec/too-long']]);
  });

  it.each([
    ['another operation', () => device.sign('key.heartbeat')],
    ['other bytes', () => device.sign('key.prekey.publish', { payload: [Uint8Array.of(9)] })],
    ['another device', () => new TestingDevice(3, clock).sign('key.prekey.publish')],
  ])('refuses a statement about %s', async (_, sign) => {
    const failed = await added(() =>
      runner().run(testingContext(device, sign()), 'mutation.publishPrekeys', () => send()),
    );
    expect([failed.outcome, failed.records]).toEqual(['audit/act', ['authz.denied denied audit/act']]);
  });

  it('refuses an act without a statement, and without a session', async () => {
    const bare = await added(() => runner().run(testingContext(device), 'mutation.publishPrekeys', () => send()));
    expect([bare.outcome, bare.records]).toEqual(['audit/act', ['authz.denied denied audit/act']]);
    const nobody = await added(() => runner().run(anonymousContext(), 'mutation.publishPrekeys', () => send()));
    expect([nobody.outcome, nobody.records]).toEqual(['access/refused', ['authz.denied denied access/refused']]);
  });

  it('gives a repeated act no second effect, and records the repetition under an id of its own', async () => {
    const context = testingContext(device, device.sign('key.prekey.publish'));
    await runner().run(context, 'mutation.publishPrekeys', () => send());
    const again = await added(() => runner().run(context, 'mutation.publishPrekeys', () => send()));
    expect([again.outcome, again.records]).toEqual([
      'audit/duplicate-act',
      ['authz.denied denied audit/duplicate-act'],
    ]);
  });

  it('promises a record that was committed before in the same bytes, to its own device', async () => {
    const received = device.sign('key.prekey.publish');
    const { promise } = await runner().run(testingContext(device, received), 'mutation.publishPrekeys', () => send());
    const again = (principal: DatabasePrincipal) =>
      at.database().read(principal, (reader) => runner().promisedBefore(reader, received.actId));
    expect(await again(device.principal)).toEqual({ recordId: received.actId, promise });
    expect(await again(new TestingDevice(3, clock).principal)).toBeUndefined();
  });

  it('answers an act that changed nothing, and records it as refused, with a promise', async () => {
    const received = device.sign('key.prekey.publish');
    const refusal = new RefusedError('directory/test', 'the head moved');
    const perform = async () => ({ result: 'the head', refusal });
    const seen = await added(async () => {
      const acted = await runner().run(testingContext(device, received), 'mutation.publishPrekeys', () =>
        send({ perform }),
      );
      expect(acted.result).toBe('the head');
      expect(decodeSignedReceiptPromise(acted.promise).promise.recordId).toBe(received.actId);
    });
    expect([seen.outcome, seen.records]).toEqual(['done', ['key.prekey.publish denied directory/test']]);
  });

  it('records reads that need no statement under a fresh id', async () => {
    const read = { event: 'auth.whoami', perform: done } as const;
    const seen = await added(() => runner().run(testingContext(device), 'query.whoAmI', () => read));
    expect([seen.outcome, seen.records]).toEqual(['done', ['auth.whoami allowed ok']]);
  });

  it('refuses the wrong post inside the transaction as well', async () => {
    const context = testingContext(device, undefined, { postKind: postKinds.auditor });
    const read = { event: 'auth.whoami', perform: done } as const;
    const seen = await added(() => runner().run(context, 'mutation.createCase', () => read));
    expect([seen.outcome, seen.records]).toEqual(['access/refused', ['authz.denied denied access/refused']]);
  });

  it('tells nothing when the refusal cannot be recorded', async () => {
    const write = () => Promise.reject(new UnavailableError('database/unavailable', 'gone'));
    const context = testingContext(device, device.sign('key.prekey.publish'));
    const failed = await added(() =>
      runner({ write }).run(context, 'mutation.publishPrekeys', () => send({ facts: async () => ({}) })),
    );
    expect([failed.outcome, failed.records]).toEqual(['audit/unavailable', []]);
  });

  it('adds no failure to an act that did commit although the connection died', async () => {
    let calls = 0;
    const write: Database['write'] = async (principal, use, options) => {
      const result = await at.database().write(principal, use, options);
      if (calls++ === 0) throw new UnavailableError('database/commit-unknown', 'connection lost');
      return result;
    };
    const context = testingContext(device, device.sign('key.prekey.publish'));
    const unknown = await added(() => runner({ write }).run(context, 'mutation.publishPrekeys', () => send()));
    expect([unknown.outcome, unknown.records]).toEqual(['database/commit-unknown', ['key.prekey.publish allowed ok']]);
  });

  it('keeps an answer whose record is not signed in time, and its record as it is', async () => {
    const received = device.sign('key.box.read');
    const boxes: ActPlan<string> = {
      event: 'key.box.read',
      facts: async () => ({ membership: { role: 1, isClosed: false } }),
      perform: done,
    };
    const late = await added(async () => {
      const answer = runner().run(testingContext(device, received), 'query.boxes', () => boxes);
      const outcome = answer.then(
        () => 'left',
        (error: RogatoryError) => error.code,
      );
      const ticker = setInterval(() => clock.advance(limits.gateTimeoutMs), 5);
      expect(await outcome).toBe('audit/unavailable');
      clearInterval(ticker);
    });
    expect(late.records).toEqual(['key.box.read allowed ok']);
  });

  it('refuses reads of documents and keys while no quorum vouches for the log, and records each attempt', async () => {
    let quorumMs = clock.nowMs();
    const log = testing.audit.reader.log.tree;
    const gate = new ReleaseGate({
      ...{ database: at.database(), records: new SqlAuditRecordStore('2026h2'), clock, hasWitnesses: true },
      tree: {
        checkpoint: (reader) => log.checkpoint(reader),
        witnessed: async () => ({ size: 0, note: new Uint8Array(0), timeMs: quorumMs }),
      },
      wake: () => void testing.audit.worker.tick().then(() => gate.notifyHead()),
    });
    const boxes: ActPlan<string> = {
      event: 'key.box.read',
      facts: async () => ({ membership: { role: 1, isClosed: false } }),
      perform: done,
    };
    const read = () => {
      const context = testingContext(device, device.sign('key.box.read'));
      return added(() => runner(at.database(), gate).run(context, 'query.boxes', () => boxes));
    };
    clock.advance(limits.witnessWordsMs + limits.witnessTickMs);
    const refused = await read();
    expect([refused.outcome, refused.records]).toEqual(['audit/unavailable', ['key.box.read error audit/unavailable']]);
    // What asks for no signature goes on: the log does too.
    const posted = await added(() =>
      runner(at.database(), gate).run(
        testingContext(device, device.sign('key.prekey.publish')),
        'mutation.publishPrekeys',
        () => send(),
      ),
    );
    expect(posted.outcome).toBe('done');
    quorumMs = clock.nowMs();
    clock.advance(limits.witnessTickMs);
    expect((await read()).records).toEqual(['key.box.read allowed ok']);
  });

  it('records a refusal of the edge once, however often it passes by', async () => {
    const acts = runner();
    const error = new RefusedError('access/refused', 'no', { cause: 'no-session' });
    const seen = await added(async () => {
      await acts.recordRefusal(anonymousContext(), error);
      await acts.recordRefusal(anonymousContext(), error);
    });
    expect(seen.records).toEqual(['authz.denied denied access/refused']);
    const run = await added(async () => {
      const failure = await acts
        .run(anonymousContext(), 'query.whoAmI', () => ({ event: 'auth.whoami', perform: done }))
        .catch((e: unknown) => e);
      await acts.recordRefusal(anonymousContext(), failure);
    });
    expect(run.records).toEqual(['authz.denied denied access/refused']);
  });
});
