import { isRogatoryError } from '@rogatory/kernel';
import type { AuditLeaf, RetentionSettings } from '@rogatory/protocol';
import type { ExportedRecord } from '../export/export-file.js';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import { CounterCheck } from './counter-check.js';
import { DeviceCheck, type DeviceKeys } from './device-check.js';
import { ErasureCheck, type ErasureOrders } from './erasure-check.js';
import { LoggedErasures } from './logged-erasures.js';
import { LoggedOrders, shardOf } from './logged-orders.js';
import { readGroups, type ReadGroups } from './open-groups.js';
import { EpochCheck } from './epoch-check.js';
import { PairingCheck } from './pairing-check.js';
import type { PassedRange, PassingRecord, RecordCheck, RunFacts } from './record-check.js';
import { RetentionCheck } from './retention-check.js';

export interface OpenedRecordsParts {
  readonly devices?: DeviceKeys;
  /** What explains openings that are gone; the records of erasure among those that pass where left out. */
  readonly erasures?: ErasureOrders;
  /** For how long openings are kept; without it nothing is said of that. */
  readonly retention?: RetentionSettings;
  /** Checks beyond the built-in ones. */
  readonly more?: readonly RecordCheck[];
}

/** Opens the groups of records as they pass, and hands them to every check. */
export class OpenedRecords {
  readonly #checks: readonly RecordCheck[];
  readonly #orders: LoggedOrders;
  #count = 0;
  #bad: Partial<ClaimVerdict> | undefined;

  constructor(facts: RunFacts, { devices, erasures, retention, more = [] }: OpenedRecordsParts) {
    const shard = shardOf(facts.origin);
    const orders = new LoggedOrders(shard);
    this.#orders = orders;
    this.#checks = [
      new DeviceCheck(devices),
      new CounterCheck(facts),
      new PairingCheck(),
      new ErasureCheck(erasures ?? new LoggedErasures({ shard, isFromStart: facts.first === 0 }), orders),
      new RetentionCheck({ shard, settings: retention, orders }),
      new EpochCheck(facts),
      ...more,
    ];
    for (const check of more) check.begin?.(facts);
  }

  /** @returns the record with its groups; without those when they are not what the leaf commits to. */
  take(leaf: AuditLeaf, { index, hash, open }: Omit<ExportedRecord, 'leaf'>): PassingRecord {
    const groups = open === undefined ? {} : this.#read(leaf, open, index);
    const record = { index, leaf, leafHash: hash, openings: open, groups };
    this.#orders.take(record);
    for (const check of this.#checks) check.take(record);
    return record;
  }

  claims(range: PassedRange): ClaimVerdict[] {
    const facts = { basis: 'commitments' as const, count: this.#count };
    const otherwise = range.isProven ? verdictOf('openings', 'holds', facts) : notChecked('openings', 'not-proven');
    const openings = this.#count === 0 ? notChecked('openings', 'none-open') : otherwise;
    const told = this.#bad === undefined ? openings : verdictOf('openings', 'fails', { ...facts, ...this.#bad });
    return [told, ...this.#checks.map((check) => check.claim(range))];
  }

  #read(leaf: AuditLeaf, open: NonNullable<ExportedRecord['open']>, index: number): ReadGroups {
    this.#count += Object.keys(open).length;
    try {
      return readGroups(leaf, open);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#bad ??= { firstBadIndex: index, firstBadRecord: leaf.id, code: error.code };
      return {};
    }
  }
}
