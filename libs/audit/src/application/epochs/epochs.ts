import { setTimeout } from 'node:timers/promises';
import { type Clock, equalBytes, limits, newActId, type RandomBytes } from '@rogatory/kernel';
import {
  auditObjectKinds,
  type EpochEntry,
  type EpochSubject,
  epochDetail,
  epochSubjectKinds,
} from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader, Writer } from '@rogatory/platform-database';
import { auditUnavailable, logCorrupt, logLost } from '../../domain/audit.errors.js';
import { type AuditEntry, nothingConcerned, systemActor } from '../../domain/audit-entry.js';
import { countRecords, subjectKey, subjectsOf } from './epoch-counting.js';
import { EpochMap, epochPlace } from './epoch-map.js';
import { type AnchoredCompartments, withHeads } from './compartment-heads.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { LogTreeStore } from '../log/log-tree.store.js';
import type { EpochStore, NewEpoch, StoredEpoch } from './epoch.store.js';

export interface EpochParts {
  readonly database: Database;
  readonly store: EpochStore;
  readonly tree: Pick<LogTreeStore, 'head'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Origin of the log that is counted. */
  readonly origin: string;
  /** Whose heads epochs commit to besides; left out where there are none, or for the end of a log. */
  readonly compartments?: AnchoredCompartments | undefined;
}

/** The newest epoch with its map. */
export interface EpochAtHand {
  readonly epoch: StoredEpoch;
  readonly map: EpochMap;
}

interface Standing {
  readonly size: number;
  readonly entries: readonly EpochEntry[];
  /** Compartments that stand elsewhere than the last epoch said. */
  readonly moved: readonly EpochEntry[];
}

interface EpochChanges extends Pick<Standing, 'moved'> {
  /** The first epoch of an hour forgets what was asked for without any record, except these. */
  readonly kept: readonly EpochSubject[] | undefined;
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-epochs' };
const SECRET_BYTES = 32;
const ATTEMPTS = 5;
const LAST_ATTEMPTS = 100;
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** One that lies further ahead than clocks of servers may differ was made by a clock that was wrong: it is none of this hour. */
const isYoung = (ageMs: number, maxAgeMs: number): boolean => ageMs < maxAgeMs && ageMs > -limits.maxClockSkewMs;

/**
 * Counts the records of a log by case and authority, and commits to the counts in records of their own. Any number of
 * servers may run it: a lock keeps them from idle work, the compare-and-swap of the count decides. What a server dies over
 * was not stored, and is counted once by the next.
 */
export class Epochs {
  readonly #parts: EpochParts;
  #atHand: EpochAtHand | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: EpochParts) {
    this.#parts = parts;
  }

  /** Counts on, up to the head of the log as it is now. Answers how many records are counted. */
  async count(): Promise<number> {
    return this.#inTurn(() => this.#count());
  }

  /** Makes an epoch where the newest is `limits.epochMs` old and records came since. */
  async runDue(): Promise<void> {
    await this.#inTurn(async () => {
      const counted = await this.#count();
      const latest = await this.#latest();
      const ageMs = this.#parts.clock.nowMs() - (latest?.timeMs ?? Number.NEGATIVE_INFINITY);
      // The record of the newest epoch itself is no reason for another one.
      if (!isYoung(ageMs, limits.epochMs) && counted > (latest?.size ?? 0) + 1) await this.#close(latest, []);
    });
  }

  /**
   * The newest epoch, not older than `maxAgeMs` and with these subjects in it, made now where there is none.
   * @throws UnavailableError `audit/unavailable` while another server goes on counting, and beyond
   * `limits.maxAbsentSubjects` that no record named.
   */
  async fresh(subjects: readonly EpochSubject[], maxAgeMs: number): Promise<EpochAtHand> {
    return this.#inTurn(async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const newest = await this.#latestMap();
        const missing = subjects.filter((subject) => newest?.map.has(subject) !== true);
        const ageMs = this.#parts.clock.nowMs() - (newest?.epoch.timeMs ?? Number.NEGATIVE_INFINITY);
        if (newest !== undefined && isYoung(ageMs, maxAgeMs) && missing.length === 0) return newest;
        // Where there is no room, the first epoch of an hour makes some.
        const hasRoom = missing.length === 0 || (await this.#admit(missing));
        if (!hasRoom && !this.#startsHour(newest?.epoch)) throw auditUnavailable('epoch-absent');
        await this.#count();
        await this.#close(newest?.epoch, subjects);
      }
      throw auditUnavailable('epoch');
    });
  }

  /** The newest epoch, however old; undefined before the first. @throws InternalError `audit/log-corrupt`. */
  last(): Promise<EpochAtHand | undefined> {
    return this.#inTurn(() => this.#latestMap());
  }

  /**
   * Counts on, and commits to the counts: the last word on a log that ends. No later epoch can be made of it, so that every
   * authority that was counted in any log has its place in this one, with nothing counted where it has no record.
   * @throws UnavailableError `audit/unavailable` while others go on counting.
   */
  async closeNow(): Promise<void> {
    await this.#inTurn(async () => {
      const { database, store } = this.#parts;
      await this.#count();
      const known = await database.read(principal, (reader) => store.authorities(reader, limits.maxDirectoryEntries));
      const subjects = known.flatMap((authority): readonly EpochSubject[] => [
        { kind: epochSubjectKinds.actorAuthority, authority },
        { kind: epochSubjectKinds.ownerAuthority, authority },
      ]);
      const admit = (writer: Writer) => store.admit(writer, subjects, Number.MAX_SAFE_INTEGER);
      await database.writeUnaudited(principal, admit, { reason: 'audit/epoch-count' });
      const target = (await database.read(principal, (reader) => this.#parts.tree.head(reader)))?.size ?? 0;
      // Another server that counts at this moment keeps this one from it: nothing of the log may end uncounted.
      for (let attempt = 0; attempt < LAST_ATTEMPTS; attempt++) {
        await this.#count();
        await this.#close(await this.#latest(), subjects);
        if (((await this.#latest())?.size ?? -1) >= target) return;
        await setTimeout(limits.epochTurnPauseMs);
      }
      throw auditUnavailable('epoch');
    });
  }

  /** Several callers of one server go one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #count(): Promise<number> {
    const { database } = this.#parts;
    for (;;) {
      const { counted, isDone } = await database.writeUnaudited(principal, (writer) => this.#step(writer), {
        reason: 'audit/epoch-count',
      });
      if (isDone) return counted;
      await pause();
    }
  }

  /** Another server that counts at this moment does this one's work. */
  async #step(writer: Writer): Promise<{ readonly counted: number; readonly isDone: boolean }> {
    const { store, tree, origin } = this.#parts;
    const isLocked = await store.lock(writer);
    const from = await store.counted(writer);
    if (!isLocked) return { counted: from, isDone: true };
    const size = (await tree.head(writer))?.size ?? 0;
    const limit = Math.min(limits.epochStepRecords, size - from);
    if (limit <= 0) return { counted: from, isDone: true };
    const records = await store.records(writer, from, limit);
    if (records.length !== limit || records.some(({ index }, place) => index !== from + place)) {
      throw logCorrupt(origin, size);
    }
    const entries = countRecords(await store.counts(writer, records.flatMap(subjectsOf)), records);
    const to = from + limit;
    if (!(await store.advance(writer, { from, to, entries }))) throw logLost();
    return { counted: to, isDone: to === size };
  }

  #startsHour(latest: StoredEpoch | undefined): boolean {
    return hourOf(this.#parts.clock.nowMs()) !== hourOf(latest?.timeMs ?? 0);
  }

  async #admit(subjects: readonly EpochSubject[]): Promise<boolean> {
    const { database, store } = this.#parts;
    const admit = (writer: Writer) => store.admit(writer, subjects, limits.maxAbsentSubjects);
    return database.writeUnaudited(principal, admit, { reason: 'audit/epoch-count' });
  }

  async #latest(): Promise<StoredEpoch | undefined> {
    return this.#parts.database.read(principal, (reader) => this.#parts.store.latest(reader));
  }

  /** The map is made before the transaction, which then holds only if nothing was counted meanwhile. */
  async #close(latest: StoredEpoch | undefined, asked: readonly EpochSubject[]): Promise<void> {
    const { clock, random, origin } = this.#parts;
    const { size, entries: counted, moved } = await this.#standing();
    if (counted.length > limits.maxEpochEntries) throw auditUnavailable('epoch-entries');
    const timeMs = clock.nowMs();
    const kept = this.#startsHour(latest) ? asked : undefined;
    const entries = kept ? withoutAbsent(counted, kept) : counted;
    const secret = random(SECRET_BYTES);
    const map = await EpochMap.build(epochPlace(origin, secret), entries, pause);
    const number = (latest?.number ?? 0) + 1;
    const facts = { number, size, entries: entries.length, root: map.root };
    const recordId = newActId(clock, random);
    const epoch: NewEpoch = { ...facts, timeMs, recordId, secret };
    const isOurs = await this.#parts.database
      .write(principal, (writer) => this.#store(writer, epoch, { kept, moved }))
      .catch((error: unknown) => {
        if (error === lost) return false;
        throw error;
      });
    if (isOurs) this.#atHand = { epoch, map };
  }

  /** What is counted, how far, and where the compartments stand, all of one moment. */
  #standing(): Promise<Standing> {
    const { database, store, compartments } = this.#parts;
    const most = limits.maxEpochEntries + 1;
    const look = async (reader: Reader): Promise<Standing> => {
      const size = await store.counted(reader);
      const counted = await store.allCounts(reader, most);
      const heads = (await compartments?.heads(reader, most)) ?? [];
      return { size, ...withHeads(counted, heads) };
    };
    return database.read(principal, look, { isolation: 'repeatable read' });
  }

  async #store(writer: Writer, epoch: NewEpoch, { kept, moved }: EpochChanges): Promise<boolean> {
    const { store, recorder } = this.#parts;
    const isLocked = await store.lock(writer);
    const counted = await store.counted(writer);
    const latest = await store.latest(writer);
    if (!isLocked || counted !== epoch.size || (latest?.number ?? 0) !== epoch.number - 1) throw lost;
    if (kept) await store.forgetAbsent(writer, kept);
    await store.keepHeads(writer, moved);
    await recorder.record(writer, epochEntry(epoch));
    if (!(await store.close(writer, epoch))) throw lost;
    return true;
  }

  /** @throws InternalError `audit/log-corrupt` when the stored counts are not those that the epoch committed to. */
  async #latestMap(): Promise<EpochAtHand | undefined> {
    const { database, store, origin } = this.#parts;
    const isolation = { isolation: 'repeatable read' } as const;
    const { epoch, entries } = await database.read(
      principal,
      async (reader) => {
        const epoch = await store.latest(reader);
        const isAtHand = epoch === undefined || epoch.number === this.#atHand?.epoch.number;
        return { epoch, entries: isAtHand ? [] : await store.entries(reader, limits.maxEpochEntries) };
      },
      isolation,
    );
    if (epoch === undefined) return undefined;
    if (this.#atHand?.epoch.number === epoch.number) return this.#atHand;
    const map = await EpochMap.build(epochPlace(origin, epoch.secret ?? new Uint8Array(SECRET_BYTES)), entries, pause);
    if (!equalBytes(map.root, epoch.root)) throw logCorrupt(origin, epoch.size);
    this.#atHand = { epoch, map };
    return this.#atHand;
  }
}

const hourOf = (timeMs: number): number => Math.floor(timeMs / limits.epochMs);

function withoutAbsent(entries: readonly EpochEntry[], kept: readonly EpochSubject[]): readonly EpochEntry[] {
  const keys = new Set(kept.map(subjectKey));
  return entries.filter(({ count, subject }) => count > 0 || keys.has(subjectKey(subject)));
}

/** Another server closed an epoch, or counted on: ours is given up before it commits. */
const lost = logLost();

function epochEntry({ recordId, number, size, entries, root }: NewEpoch): AuditEntry {
  const what = { objectKind: auditObjectKinds.none, objectHash: root, bytes: size, count: entries };
  return {
    ...{ id: recordId, event: 'log.epoch', outcome: 'allowed', reasonCode: 'ok', who: systemActor },
    what: { ...nothingConcerned, ...what, detail: epochDetail(number) },
  };
}
