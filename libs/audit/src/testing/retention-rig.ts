import type { RandomBytes } from '@rogatory/kernel';
import type { AuditRecorder as DatabaseRecorder, Database } from '@rogatory/platform-database';
import { AuditRecorder } from '../application/audit-recorder.js';
import { Sequencer } from '../application/log/sequencer.js';
import { MonthKeys, type MonthWrappingKeys } from '../application/month-keys.js';
import { ExpireOpenings } from '../application/retention/expire-openings.js';
import type { RetentionSettings } from '@rogatory/protocol';
import { allowedEntry, nothingConcerned } from '../domain/audit-entry.js';
import { auditLogOf } from '../log-check.js';
import { SqlAuditRecordStore } from '../storage/sql-audit-record.store.js';
import { SqlExpiryStore } from '../storage/sql-expiry.store.js';
import { SqlMonthKeyStore } from '../storage/sql-month-key.store.js';
import { SqlOpeningEraser } from '../storage/sql-opening-eraser.js';
import { SqlOrderStore } from '../storage/sql-order.store.js';
import { type TestingClock, type TestingDevice, testingSource } from '../testing.js';
import type { AuditEventCode } from '@rogatory/protocol';

export interface RetentionRigOptions {
  readonly database: Database;
  readonly databaseRecorder: DatabaseRecorder;
  readonly wrappingKeys: MonthWrappingKeys;
  readonly settings: RetentionSettings;
  readonly clock: TestingClock;
  readonly random: RandomBytes;
}

const SHARD = '2026h2';

/** Records, numbers and expires over years, without the timers of a server. */
export async function openRetentionRig(options: RetentionRigOptions) {
  const { database, databaseRecorder, wrappingKeys, settings, clock, random } = options;
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), wrappingKeys, random);
  const store = new SqlAuditRecordStore(SHARD);
  const recorder = new AuditRecorder({ store, monthKeys, databaseRecorder, clock, random, shard: SHARD });
  const sequencer = new Sequencer(database, auditLogOf(`test.rogatory.invalid/audit/log/${SHARD}`));
  const environment = { clock, random };
  const [orders, eraser] = [new SqlOrderStore(), new SqlOpeningEraser()];
  const parts = {
    database,
    recorder,
    store: new SqlExpiryStore(),
    orders,
    eraser,
    monthKeys,
    settings,
    environment,
  };
  return {
    monthKeys,
    expiry: new ExpireOpenings(parts),
    /** Records acts of a device, in the order of their indices. */
    record: async (device: TestingDevice, event: AuditEventCode, count: number) => {
      await monthKeys.prepare(clock.nowMs());
      for (let i = 0; i < count; i++) {
        const facts = { who: device.who, source: testingSource, what: nothingConcerned };
        const entry = allowedEntry(device.act(event), facts);
        await database.write(device.principal, (writer) => recorder.record(writer, entry));
        clock.advance(1);
      }
      await sequencer.runBatch();
    },
    /** Lets months go by, and the day that they end on. */
    passMonths: async (months: number) => {
      const now = new Date(clock.nowMs());
      const then = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, now.getUTCDate() + 1);
      clock.advance(then - clock.nowMs());
      await monthKeys.prepare(clock.nowMs());
    },
  };
}
