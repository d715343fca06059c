import { type ActId, type Clock, limits, newActId, type RandomBytes } from '@rogatory/kernel';
import {
  type AuditEventCode,
  auditObjectKinds,
  expiredErasureText,
  keptFromMs,
  rangesOf,
  recordsIn,
  type RetentionSettings,
  shortestMonths,
} from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader, Writer } from '@rogatory/platform-database';
import { auditGroups } from '../../domain/stored-record.js';
import { nothingConcerned, systemActor } from '../../domain/audit-entry.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { MonthKeys } from '../month-keys.js';
import { monthOf } from '../month-keys.js';
import type { Cutoffs, ExpiryStore } from './expiry.store.js';
import type { OpeningEraser, OrderStore } from './order.store.js';
import { cutoffsOf } from './cutoffs.js';

const principal: JobPrincipal = { kind: 'job', job: 'audit-retention', role: 'rogatory_eraser' };

export interface ExpireOpeningsParts {
  readonly database: Pick<Database, 'read' | 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly store: ExpiryStore;
  readonly orders: Pick<OrderStore, 'lock'>;
  readonly eraser: OpeningEraser;
  readonly monthKeys: Pick<MonthKeys, 'months' | 'destroy'>;
  readonly settings: RetentionSettings;
  readonly environment: { readonly clock: Clock; readonly random: RandomBytes };
}

/** What one run did. */
export interface Expired {
  readonly records: number;
  /** Months whose key was destroyed. */
  readonly months: readonly string[];
}

/**
 * The nightly job: clears openings whose time is over, a batch to a transaction, and destroys the keys of months in which
 * none is left. Whatever a run was cut off from, the next one does. SPEC: retention 5
 */
export class ExpireOpenings {
  readonly #parts: ExpireOpeningsParts;

  constructor(parts: ExpireOpeningsParts) {
    this.#parts = parts;
  }

  /** @throws whatever the database, the recorder and the key store throw; what was done until then stands. */
  async run(signal?: AbortSignal): Promise<Expired> {
    const { store, environment, settings } = this.#parts;
    const nowMs = environment.clock.nowMs();
    const cutoffs = cutoffsOf(settings, nowMs);
    let records = 0;
    for (const shard of await this.#read((reader) => store.shards(reader))) {
      records += await this.#expireShard(shard, cutoffs, signal);
    }
    const endedMs = keptFromMs(nowMs, shortestMonths(settings));
    const months: string[] = [];
    for (const month of await this.#read((reader) => store.endedMonths(reader, endedMs))) {
      if (signal?.aborted === true) break;
      if (await this.#endMonth(month, endedMs)) months.push(month);
    }
    await this.#dropKeyFiles(nowMs);
    return { records, months };
  }

  async #expireShard(shard: string, cutoffs: Cutoffs, signal: AbortSignal | undefined): Promise<number> {
    let [records, after] = [0, -1];
    for (;;) {
      if (signal?.aborted === true) return records;
      const batch = await this.#write((writer) => this.#expireBatch(writer, { shard, cutoffs, after }));
      if (batch === undefined) return records;
      records += batch.records;
      after = batch.last;
    }
  }

  /** Chosen, recorded and cleared in one transaction, so that a hold set meanwhile counts. */
  async #expireBatch(
    writer: Writer,
    { shard, cutoffs, after }: { readonly shard: string; readonly cutoffs: Cutoffs; readonly after: number },
  ): Promise<{ readonly records: number; readonly last: number } | undefined> {
    const { store, eraser, orders } = this.#parts;
    await orders.lock(writer);
    const page = { after, limit: limits.retentionBatchRecords };
    const found = rangesOf(await store.due(writer, shard, cutoffs, page)).slice(0, limits.maxOrderRanges);
    const last = found.at(-1)?.last;
    if (last === undefined) return undefined;
    const erased = { shard, records: found, groups: auditGroups };
    const detail = expiredErasureText(erased);
    const record = await this.#record(writer, { event: 'audit.erase.retention', detail, count: recordsIn(found) });
    await eraser.erase(writer, record, erased);
    return { records: recordsIn(found), last };
  }

  async #endMonth(month: string, endedMs: number): Promise<boolean> {
    const { store, orders } = this.#parts;
    return this.#write(async (writer) => {
      await orders.lock(writer);
      const isOver = (await store.endedMonths(writer, endedMs)).includes(month);
      if (!isOver) return undefined;
      const record = await this.#record(writer, { event: 'audit.erase.month', detail: `month=${month}`, count: 1 });
      await store.endMonth(writer, month, record);
      return true;
    }).then((isDone) => isDone === true);
  }

  /** Key files of months whose row is gone: of this run, and of one that was cut off before it came to them. */
  async #dropKeyFiles(nowMs: number): Promise<void> {
    const { store, monthKeys } = this.#parts;
    const known = new Set(await this.#read((reader) => store.months(reader)));
    for (const month of await monthKeys.months()) {
      if (!known.has(month) && month < monthOf(nowMs)) await monthKeys.destroy(month);
    }
  }

  async #record(
    writer: Writer,
    { event, detail, count }: { readonly event: AuditEventCode; readonly detail: string; readonly count: number },
  ): Promise<ActId> {
    const { recorder, environment } = this.#parts;
    const { id } = await recorder.record(writer, {
      ...{ id: newActId(environment.clock, environment.random), event, outcome: 'allowed', reasonCode: 'ok' },
      ...{ who: systemActor, what: { ...nothingConcerned, objectKind: auditObjectKinds.operation, count, detail } },
    });
    return id;
  }

  #read<Result>(use: (reader: Reader) => Promise<Result>): Promise<Result> {
    return this.#parts.database.read(principal, use);
  }

  /** Undefined where nothing was due: then nothing is recorded, and nothing committed. */
  async #write<Result>(use: (writer: Writer) => Promise<Result | undefined>): Promise<Result | undefined> {
    const nothing = new Error('nothing is due');
    try {
      return await this.#parts.database.write(principal, async (writer) => {
        const done = await use(writer);
        if (done === undefined) throw nothing;
        return done;
      });
    } catch (error) {
      if (error === nothing) return undefined;
      throw error;
    }
  }
}
