import { type Clock, limits, newActId, type RandomBytes, toHex, utf8 } from '@rogatory/kernel';
import {
  type AuthorityCalendar,
  calendarHash,
  defaultFindingSettings,
  type Finding,
  FindingsEngine,
  type FindingsInput,
  type OpenedRecord,
  settingsHash,
} from '@rogatory/findings';
import { sha256 } from '@rogatory/crypto/verify';
import {
  type AuditGroup,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeAuditWho,
  decodeSignedAct,
  decodeWhy,
} from '@rogatory/protocol';
import type { Database, JobPrincipal, Writer } from '@rogatory/platform-database';
import { findingsMoved } from '../../domain/audit.errors.js';
import { type AuditEntry, nothingConcerned, systemActor } from '../../domain/audit-entry.js';
import type { AuditRecorder } from '../audit-recorder.js';
import { openGroup } from '../build-record.js';
import { type MonthKeys, monthOf, sealingMonth } from '../month-keys.js';
import type { FindingPlace, FindingReader, FindingWriter, NumberedRecord, StoredFinding } from './finding.store.js';
import { openMemory, sealFinding, sealMemory } from './sealed-memory.js';

export interface ComputeFindingsParts {
  readonly database: Database;
  readonly findings: FindingReader & FindingWriter;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly monthKeys: Pick<MonthKeys, 'find' | 'at'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** The log that is looked at. */
  readonly shard: string;
  readonly calendars: readonly AuthorityCalendar[];
  readonly mandateOf: FindingsInput['mandateOf'];
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-findings' };

/** Settings and calendars together: findings under another basis are told apart. */
export function findingBasis(calendars: readonly AuthorityCalendar[]): string {
  const hashes = calendars.map(calendarHash).toSorted();
  return toHex(sha256(utf8([settingsHash(defaultFindingSettings), ...hashes].join('\n'))));
}

interface Running {
  readonly engine: FindingsEngine;
  readonly pass: number;
  /** From where the stored progress is to be moved; undefined where there is none. */
  stored: Pick<FindingPlace, 'nextIndex' | 'pass'> | undefined;
}

/**
 * The server's own look at the log: goes on where it stopped, slice by slice. Findings, progress and the record of the
 * work commit together; whatever goes wrong leaves the slice to the next run.
 */
export class ComputeFindings {
  readonly #parts: ComputeFindingsParts;
  readonly #basis: string;
  #running: Running | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ComputeFindingsParts) {
    this.#parts = parts;
    this.#basis = findingBasis(parts.calendars);
  }

  /**
   * Computes over all records that have an index; one run at a time. @returns the number of records that are computed.
   * @throws RefusedError `audit/findings-moved`; whatever the database throws.
   */
  run(): Promise<number> {
    const run = this.#turn.then(() => this.#run());
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #run(): Promise<number> {
    try {
      for (;;) {
        const running = await this.#standing();
        const batch = await this.#advance(running.engine);
        const found = running.engine.take();
        // Its own records alone give it nothing to store, or it would never come to rest.
        if (found.length > 0 || batch.hasActs) await this.#store(running, found);
        if (batch.isLast) return running.engine.nextIndex;
      }
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
  }

  /** Opens and judges the next records in slices, so that others get their turn; the memory is stored after many. */
  async #advance(engine: FindingsEngine): Promise<{ readonly hasActs: boolean; readonly isLast: boolean }> {
    let hasActs = false;
    const end = engine.nextIndex + limits.findingBatchRecords;
    while (engine.nextIndex < end) {
      const records = await this.#read(engine.nextIndex);
      for (const record of records) {
        const opened = await this.#open(record);
        hasActs ||= opened.leaf.cls !== 'system';
        engine.push(opened);
      }
      if (records.length < limits.findingSliceRecords) return { hasActs, isLast: true };
    }
    return { hasActs, isLast: false };
  }

  /** What is in memory counts as long as it is what is stored: another server may have been faster, or an order erased it. */
  async #standing(): Promise<Running> {
    const { database, findings } = this.#parts;
    const running = this.#running;
    if (running !== undefined) {
      const place = await database.read(principal, (reader) => findings.place(reader));
      const { stored } = running;
      if (place?.nextIndex === stored?.nextIndex && place?.pass === stored?.pass) return running;
    }
    return (this.#running = await this.#takeUp());
  }

  async #takeUp(): Promise<Running> {
    const { database, findings, monthKeys, shard, calendars, mandateOf } = this.#parts;
    const input: FindingsInput = { scope: 'all', calendars, mandateOf };
    const { stored, lastPass } = await database.read(principal, async (reader) => ({
      stored: await findings.progress(reader),
      lastPass: await findings.lastPass(reader),
    }));
    const key = stored?.basis === this.#basis ? await monthKeys.find(stored.month) : undefined;
    if (stored === undefined || key === undefined) {
      const pass = Math.max(lastPass, stored?.pass ?? 0) + 1;
      return { engine: new FindingsEngine(input), pass, stored };
    }
    const resume = openMemory(shard, stored.memory, key);
    return { engine: new FindingsEngine({ ...input, resume }), pass: stored.pass, stored };
  }

  async #read(fromIndex: number): Promise<readonly NumberedRecord[]> {
    const { database, findings } = this.#parts;
    return database.read(principal, (reader) => findings.records(reader, fromIndex, limits.findingSliceRecords));
  }

  async #open({ index, id, leaf: leafBytes, timeMs, openings }: NumberedRecord): Promise<OpenedRecord> {
    const leaf = decodeAuditLeaf(leafBytes);
    const monthKey = await this.#parts.monthKeys.find(sealingMonth(leaf.ev, timeMs));
    const bytesOf = (group: Exclude<AuditGroup, 'src'>) => {
      const sealed = openings[group];
      return sealed === undefined || monthKey === undefined ? undefined : openGroup(id, group, sealed, monthKey).bytes;
    };
    const [who, what, why, act] = [bytesOf('who'), bytesOf('what'), bytesOf('why'), bytesOf('act')];
    const groups = {
      ...(who === undefined ? {} : { who: decodeAuditWho(who) }),
      ...(what === undefined ? {} : { what: decodeAuditWhat(what) }),
      ...(why === undefined ? {} : { why: decodeWhy(why) }),
      ...(act === undefined ? {} : { act: decodeSignedAct(act) }),
    };
    return { index, leaf, groups };
  }

  async #store(running: Running, found: readonly Finding[]): Promise<void> {
    const { database, recorder, findings } = this.#parts;
    const { engine, pass } = running;
    const range = { from: running.stored?.pass === pass ? running.stored.nextIndex : 0, to: engine.nextIndex };
    if (found.length === 0) {
      const reason = { reason: 'audit/finding-progress' } as const;
      await database.writeUnaudited(principal, (writer) => this.#move(writer, running), reason);
    } else {
      const stored = await Promise.all(found.map((finding) => this.#sealed(finding, pass)));
      const entry = this.#entry(found, range);
      await database.write(principal, async (writer) => {
        await this.#move(writer, running);
        await recorder.record(writer, entry);
        await findings.put(writer, stored, entry.id);
      });
    }
    running.stored = { nextIndex: range.to, pass };
  }

  async #move(writer: Writer, { engine, pass, stored }: Running): Promise<void> {
    const { findings, monthKeys, clock, random, shard } = this.#parts;
    const nowMs = clock.nowMs();
    const memory = sealMemory(shard, engine.snapshot(), { monthKey: monthKeys.at(nowMs, 'system.job'), random });
    const progress = { nextIndex: engine.nextIndex, pass, basis: this.#basis, month: monthOf(nowMs), memory };
    if (!(await findings.move(writer, stored, progress))) throw findingsMoved();
  }

  /** Where the month's key is gone, what is found over its records is kept without its facts. */
  async #sealed(finding: Finding, pass: number): Promise<StoredFinding> {
    const { monthKeys, random } = this.#parts;
    const { id, rule, severity, authorities, recordCount, untilMs, records } = finding;
    const facts = { id, rule, severity, authorities, recordCount, untilMs, pass };
    const monthKey = await monthKeys.find(monthOf(untilMs));
    const body = monthKey === undefined ? undefined : sealFinding(finding, { monthKey, random });
    return { ...facts, firstIndex: records[0]?.index ?? 0, records: records.map((record) => record.id), body };
  }

  #entry(found: readonly Finding[], range: { readonly from: number; readonly to: number }): AuditEntry {
    const { clock, random } = this.#parts;
    const detail = `job=findings from=${range.from} to=${range.to} basis=${this.#basis}`;
    const what = { ...nothingConcerned, count: found.length, detail };
    const id = newActId(clock, random);
    return { id, event: 'system.job', outcome: 'allowed', reasonCode: 'ok', who: systemActor, what };
  }
}
