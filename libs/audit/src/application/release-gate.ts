import { type ActId, type Clock, limits } from '@rogatory/kernel';
import type { AuditGate } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import { auditUnavailable } from '../domain/audit.errors.js';
import type { AuditRecordReader } from './audit-record.store.js';
import type { LogTreeStore } from './log/log-tree.store.js';

export interface ReleaseGateParts {
  readonly database: Database;
  readonly records: Pick<AuditRecordReader, 'sequencedBelow' | 'countPending'>;
  readonly tree: Pick<LogTreeStore, 'checkpoint'>;
  readonly clock: Clock;
  /** Asks whoever sequences the log to do so now. */
  readonly wake: () => void;
}

interface Waiter {
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

  constructor(parts: ReleaseGateParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when the committed record is as strong as `level` says.
   * @throws UnavailableError `audit/unavailable` after `limits.gateTimeoutMs`, and at once for a level that this server
   * cannot reach (no witnesses).
   */
  async released(recordId: ActId, level: AuditGate): Promise<void> {
    if (level === 'committed') return;
    if (level === 'witnessed') throw auditUnavailable('not-witnessed');
    const released = new Promise<void>((open, refuse) => {
      const waiter = { untilMs: this.#parts.clock.monotonicMs() + limits.gateTimeoutMs, open, refuse };
      this.#waiting.set(recordId, [...(this.#waiting.get(recordId) ?? []), waiter]);
    });
    this.#parts.wake();
    this.#pollLater();
    await released;
  }

  /** A head was signed: look which answers may leave. */
  notifySigned(): void {
    if (this.#waiting.size > 0) void this.#look();
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
      const ids = [...this.#waiting.keys()];
      const released = await this.#parts.database.read(principal, (reader) => this.#signedOf(reader, ids));
      for (const id of released) this.#settle(id, (waiter) => waiter.open());
    } catch (error) {
      cause = error;
    }
    this.#refuseLate(cause);
  }

  async #signedOf(reader: Reader, ids: readonly ActId[]): Promise<readonly ActId[]> {
    const checkpoint = await this.#parts.tree.checkpoint(reader);
    return checkpoint === undefined ? [] : this.#parts.records.sequencedBelow(reader, ids, checkpoint.size);
  }

  #refuseLate(cause: unknown): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [id, waiters] of this.#waiting) {
      const kept = waiters.filter(({ untilMs }) => untilMs > nowMs);
      for (const waiter of waiters) if (waiter.untilMs <= nowMs) waiter.refuse(auditUnavailable('not-signed', cause));
      if (kept.length === 0) this.#waiting.delete(id);
      else this.#waiting.set(id, kept);
    }
  }

  #settle(id: ActId, act: (waiter: Waiter) => void): void {
    const waiters = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const waiter of waiters) act(waiter);
  }
}
