import { type ActId, type Clock, limits } from '@rogatory/kernel';
import type { AuditGate } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import { auditUnavailable } from '../domain/audit.errors.js';
import type { AuditRecordReader } from './audit-record.store.js';
import type { LogTreeStore, StoredCheckpoint } from './log/log-tree.store.js';

export interface ReleaseGateParts {
  readonly database: Database;
  readonly records: Pick<AuditRecordReader, 'sequencedBelow' | 'countPending' | 'pendingSinceMs'>;
  readonly tree: Pick<LogTreeStore, 'checkpoint' | 'witnessed'>;
  /** Whether there are witnesses to wait for. */
  readonly hasWitnesses: boolean;
  readonly clock: Clock;
  /** Asks whoever sequences the log to do so now. */
  readonly wake: () => void;
}

interface Waiter {
  readonly level: Exclude<AuditGate, 'committed'>;
  readonly untilMs: number;
  readonly open: () => void;
  readonly refuse: (error: unknown) => void;
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-gate' };

/**
 * Holds an answer back until its record has the strength that its event demands (audit-events.ts). There is no way past
 * it: when the log does not sign in time, nothing leaves.
 */
export class ReleaseGate {
  readonly #parts: ReleaseGateParts;
  readonly #waiting = new Map<ActId, Waiter[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;
  #lookAgain = false;
  #countedUntilMs = Number.NEGATIVE_INFINITY;
  #counted: Promise<number> = Promise.resolve(0);
  #refused = 0;
  #vouchedUntilMs = Number.NEGATIVE_INFINITY;
  #vouched: Promise<number | undefined> = Promise.resolve(undefined);

  constructor(parts: ReleaseGateParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when the committed record is as strong as `level` says.
   * @throws UnavailableError `audit/unavailable` after `limits.gateTimeoutMs`, and at once for a level that this server
   * cannot reach (no witnesses). There is no grace: what a quorum has to vouch for waits for it, or is not shown.
   */
  async released(recordId: ActId, level: AuditGate): Promise<void> {
    if (level === 'committed') return;
    if (level === 'witnessed' && !this.#parts.hasWitnesses) {
      this.#refused += 1;
      throw auditUnavailable('not-witnessed');
    }
    const released = new Promise<void>((open, refuse) => {
      const waiter = { level, untilMs: this.#parts.clock.monotonicMs() + limits.gateTimeoutMs, open, refuse };
      this.#waiting.set(recordId, [...(this.#waiting.get(recordId) ?? []), waiter]);
    });
    this.#parts.wake();
    this.#pollLater();
    await released;
  }

  /** A head was signed or witnessed: look which answers may leave. */
  notifyHead(): void {
    if (this.#waiting.size > 0) void this.#look();
  }

  /**
   * Whether an answer of this level may be sought at all: what waits for a signature is refused while the last word of the
   * quorum is older than `limits.witnessWordsMs`, and before its first. Nothing is asked for what is committed only, nor
   * where there are no witnesses. Call it before a transaction is opened.
   * @throws UnavailableError `audit/unavailable`, until the quorum is back.
   */
  async vouched(level: AuditGate): Promise<void> {
    const { clock, hasWitnesses } = this.#parts;
    if (level === 'committed' || !hasWitnesses) return;
    const quorumMs = await this.#quorum();
    const ageMs = quorumMs === undefined ? Number.POSITIVE_INFINITY : Math.abs(clock.nowMs() - quorumMs);
    if (ageMs <= limits.witnessWordsMs) return;
    this.#refused += 1;
    throw auditUnavailable('unwitnessed');
  }

  /**
   * Waits while more than `limits.maxUnsequencedRecords` wait for the sequencer, at most `limits.gateTimeoutMs`; then
   * lets the act go on, for its record commits with it all the same. Call it before a transaction is opened.
   */
  async admitted(): Promise<void> {
    const untilMs = this.#parts.clock.monotonicMs() + limits.gateTimeoutMs;
    while ((await this.#pending()) >= limits.maxUnsequencedRecords && this.#parts.clock.monotonicMs() < untilMs) {
      this.#parts.wake();
      await new Promise((resolve) => setTimeout(resolve, limits.sequencerTickMs));
    }
  }

  /** How many answers are held back until a signed head covers their record. */
  get waitingAnswers(): number {
    return [...this.#waiting.values()].reduce((sum, waiters) => sum + waiters.length, 0);
  }

  /** How many answers were refused because the log did not vouch for their record in time. */
  get refusedAnswers(): number {
    return this.#refused;
  }

  /** How many records wait for the sequencer, counted up to `limits.maxUnsequencedRecords`. */
  async unsequencedRecords(): Promise<number> {
    return this.#pending();
  }

  /** Time of the oldest record that waits for the sequencer; undefined when none does. */
  async unsequencedSinceMs(): Promise<number | undefined> {
    return this.#parts.database.read(principal, (reader) => this.#parts.records.pendingSinceMs(reader));
  }

  /** Counted once a tick, however many acts ask. */
  #pending(): Promise<number> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs >= this.#countedUntilMs) {
      this.#countedUntilMs = nowMs + limits.sequencerTickMs;
      const most = limits.maxUnsequencedRecords;
      this.#counted = this.#parts.database.read(principal, (reader) => this.#parts.records.countPending(reader, most));
    }
    return this.#counted;
  }

  /** When a quorum last spoke, whichever server heard it; looked up once a second, however many reads ask. */
  #quorum(): Promise<number | undefined> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs >= this.#vouchedUntilMs) {
      this.#vouchedUntilMs = nowMs + limits.witnessTickMs;
      const head = this.#parts.database.read(principal, (reader) => this.#parts.tree.witnessed(reader));
      this.#vouched = head.then((stored) => stored?.timeMs);
    }
    return this.#vouched;
  }

  #pollLater(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, limits.gatePollMs);
  }

  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#lookAgain && this.#waiting.size > 0) {
      this.#lookAgain = false;
      await this.#lookOnce();
    }
    this.#isLooking = false;
    this.#pollLater();
  }

  async #lookOnce(): Promise<void> {
    let cause: unknown;
    try {
      const released = await this.#parts.database.read(principal, (reader) => this.#released(reader));
      for (const [level, ids] of released) for (const id of ids) this.#open(id, level);
    } catch (error) {
      cause = error;
    }
    this.#refuseLate(cause);
  }

  /** Of the answers that wait for each kind of head, those whose record it covers. */
  async #released(reader: Reader): Promise<readonly (readonly [Waiter['level'], readonly ActId[]])[]> {
    const { tree, records } = this.#parts;
    const covered = async (level: Waiter['level'], head: () => Promise<StoredCheckpoint | undefined>) => {
      const ids = this.#idsAt(level);
      const size = ids.length === 0 ? 0 : ((await head())?.size ?? 0);
      return [level, size === 0 ? [] : await records.sequencedBelow(reader, ids, size)] as const;
    };
    return [
      await covered('signed', () => tree.checkpoint(reader)),
      await covered('witnessed', () => tree.witnessed(reader)),
    ];
  }

  #idsAt(level: Waiter['level']): readonly ActId[] {
    return [...this.#waiting]
      .filter(([, waiters]) => waiters.some((waiter) => waiter.level === level))
      .map(([id]) => id);
  }

  #refuseLate(cause: unknown): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [id, waiters] of this.#waiting) {
      const kept = waiters.filter(({ untilMs }) => untilMs > nowMs);
      for (const waiter of waiters) {
        if (waiter.untilMs > nowMs) continue;
        this.#refused += 1;
        waiter.refuse(auditUnavailable(`not-${waiter.level}`, cause));
      }
      if (kept.length === 0) this.#waiting.delete(id);
      else this.#waiting.set(id, kept);
    }
  }

  #open(id: ActId, level: Waiter['level']): void {
    const waiters = this.#waiting.get(id) ?? [];
    const kept = waiters.filter((waiter) => waiter.level !== level);
    if (kept.length === 0) this.#waiting.delete(id);
    else this.#waiting.set(id, kept);
    for (const waiter of waiters) if (waiter.level === level) waiter.open();
  }
}
