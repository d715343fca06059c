import { expect, it } from '@jest/globals';
import { newActId } from '@rogatory/kernel';
import { eachEngine } from '@rogatory/platform-database/testing';
import { currentShard } from './current-shard.js';
import { nothingConcerned, systemActor } from './domain/audit-entry.js';
import { openTestingAudit, TestingClock, testingRandom } from './testing.js';
import { testingMigrations } from './testing/tampering.js';

eachEngine('the shard of a log', { migrations: testingMigrations }, (at) => {
  it('is that of the first start, and stays when the half-year ends', async () => {
    const [spring, autumn] = [Date.UTC(2027, 0, 1), Date.UTC(2027, 6, 1)];
    expect(await currentShard(at.database(), spring - 1)).toBe('2026h2');
    expect(await currentShard(at.database(), spring)).toBe('2027h1');
    const [clock, random] = [new TestingClock(), testingRandom(3)];
    const testing = await openTestingAudit(at.database(), clock, random);
    await at.database().write({ kind: 'job', job: 'audit-test' }, (writer) =>
      testing.audit.recorder.record(writer, {
        ...{ id: newActId(clock, random), event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
        ...{ who: systemActor, what: nothingConcerned },
      }),
    );
    await testing.close();
    expect(await currentShard(at.database(), spring)).toBe('2026h2');
    expect(await currentShard(at.database(), autumn)).toBe('2026h2');
  });
});
