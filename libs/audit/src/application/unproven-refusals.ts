import { type Clock, limits, networkOf, newActId, type RandomBytes, RateWindow } from '@rogatory/kernel';
import { auditObjectKinds } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';
import { type AuditEntry, nothingConcerned, unprovenActor } from '../domain/audit-entry.js';
import type { AuditRecorder } from './audit-recorder.js';

const MINUTE_MS = 60_000;
const OTHER_CODES = 'other';
/** Stands in the leaf, so that every auditor sees that refusals were counted. */
const REASON = 'access/refusals-counted';

export interface UnprovenRefusalsParts {
  readonly database: Pick<Database, 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/**
 * Refusals of callers without proof: anybody can cause them, so they are recorded one by one up to a bound of each
 * network and one of all together, and in a sum beyond it. What the caller is told is the same either way.
 */
export class UnprovenRefusals {
  readonly #parts: UnprovenRefusalsParts;
  readonly #ofNetwork = rates(limits.refusalsPerMinute);
  readonly #ofAll = rates(limits.refusalsPerMinuteInAll);
  #counted = new Map<string, number>();
  #sinceMs = 0;

  constructor(parts: UnprovenRefusalsParts) {
    this.#parts = parts;
  }

  /** Whether this refusal gets a record of its own; otherwise it is counted here. */
  isRecorded(address: string, reasonCode: string): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const isRecorded = this.#ofNetwork.take(networkOf(address), nowMs) && this.#ofAll.take('', nowMs);
    if (!isRecorded) this.#count(reasonCode, nowMs, 1);
    return isRecorded;
  }

  /** Records the sum of what was counted only; nothing when there was none. What cannot be recorded stays counted. */
  async flush(): Promise<void> {
    if (this.#counted.size === 0) return;
    const { database, recorder } = this.#parts;
    const [counted, sinceMs] = [this.#counted, this.#sinceMs];
    this.#counted = new Map();
    try {
      const entry = this.#sum(counted, sinceMs);
      await database.write({ kind: 'job', job: 'refusals' }, (writer) => recorder.record(writer, entry));
    } catch (error) {
      for (const [code, count] of counted) this.#count(code, sinceMs, count);
      throw error;
    }
  }

  #count(reasonCode: string, nowMs: number, count: number): void {
    this.#sinceMs = this.#counted.size === 0 ? nowMs : Math.min(this.#sinceMs, nowMs);
    const isKnown = this.#counted.has(reasonCode) || this.#counted.size < limits.maxRefusalCodes;
    const code = isKnown ? reasonCode : OTHER_CODES;
    this.#counted.set(code, (this.#counted.get(code) ?? 0) + count);
  }

  #sum(counted: ReadonlyMap<string, number>, sinceMs: number): AuditEntry {
    const { clock, random } = this.#parts;
    const count = [...counted.values()].reduce((sum, one) => sum + one, 0);
    const codes = [...counted].map(([code, one]) => `${code}=${one}`);
    const detail = ['counted', `since=${new Date(sinceMs).toISOString()}`, ...codes].join(' ');
    const what = { ...nothingConcerned, objectKind: auditObjectKinds.operation, count, detail };
    const said = { event: 'authz.denied', outcome: 'denied', reasonCode: REASON } as const;
    return { id: newActId(clock, random), ...said, who: unprovenActor, what };
  }
}

function rates(perWindow: number): RateWindow {
  return new RateWindow({ perWindow, windowMs: MINUTE_MS, maxKeys: limits.maxRateKeys });
}
