import { concatBytes, isRogatoryError, Secret, type RandomBytes, utf8 } from '@rogatory/kernel';
import { type AuditEventCode, contexts, isLastingEvent } from '@rogatory/protocol';
import { restOpen, restSeal } from '@rogatory/crypto/rest';
import type { Database, JobPrincipal } from '@rogatory/platform-database';
import { auditUnavailable } from '../domain/audit.errors.js';
import type { MonthKeyStore } from './month-key.store.js';

const KEY_BYTES = 32;
const principal: JobPrincipal = { kind: 'job', job: 'audit-month-keys' };

/** What the log says of itself names nobody and stays: it is sealed under a month that never ends. SPEC: retention 5 */
export const lastingMonth = '0000-00';

/** UTC calendar month of a time, such as "2026-11". */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

/** The month whose key seals the openings of a record. */
export function sealingMonth(event: AuditEventCode, timeMs: number): string {
  return isLastingEvent(event) ? lastingMonth : monthOf(timeMs);
}

function nextMonthMs(timeMs: number): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** What wraps the key of a month. */
export interface WrappingKey {
  readonly key: Secret;
  /** Whether it wraps the keys of other months as well. */
  readonly isShared: boolean;
}

/** Keys that wrap the keys of months, apart from the database and its backups: destroying one ends its month for good. */
export interface MonthWrappingKeys {
  find(month: string): Promise<WrappingKey | undefined>;
  /** The month's own key, made durably unless it is there. */
  make(month: string): Promise<Secret>;
  /** Months that have a key of their own. */
  months(): Promise<readonly string[]>;
  /** MUST be durable when it resolves. */
  destroy(month: string): Promise<void>;
}

/**
 * The keys that seal the openings of a month. They lie wrapped in the database; the keys that wrap them lie apart from
 * it, so that a dump opens nothing and destroying a month's key erases the month, backups included.
 */
export class MonthKeys {
  readonly #database: Database;
  readonly #store: MonthKeyStore;
  readonly #wrappingKeys: MonthWrappingKeys;
  readonly #random: RandomBytes;
  readonly #keys = new Map<string, Secret>();

  constructor(database: Database, store: MonthKeyStore, wrappingKeys: MonthWrappingKeys, random: RandomBytes) {
    this.#database = database;
    this.#store = store;
    this.#wrappingKeys = wrappingKeys;
    this.#random = random;
  }

  /** Makes or loads the keys of this month and the next, and forgets what was destroyed since. Call at the start and at least once a week. */
  async prepare(nowMs: number): Promise<void> {
    for (const month of this.#keys.keys()) {
      // Another server ended it: what this one holds would go on opening backups.
      if ((await this.#wrappingKeys.find(month)) === undefined) this.forget(month);
    }
    await this.#load(lastingMonth);
    await this.#load(monthOf(nowMs));
    await this.#load(monthOf(nextMonthMs(nowMs)));
  }

  /** The key for a record of now. @throws UnavailableError `audit/unavailable` unless prepared: no key, no record, no act. */
  at(timeMs: number, event: AuditEventCode): Secret {
    const key = this.#keys.get(sealingMonth(event, timeMs));
    if (key === undefined) throw auditUnavailable('month-key');
    return key;
  }

  /** The key of a month for reading; undefined when it does not exist (any more). */
  async find(month: string): Promise<Secret | undefined> {
    const known = this.#keys.get(month);
    if (known !== undefined) return known;
    const wrapped = await this.#database.read(principal, (reader) => this.#store.find(reader, month));
    const wrapping = wrapped && (await this.#wrappingKeys.find(month));
    return wrapping && this.#unwrap(month, wrapped, wrapping);
  }

  /** Months that have a key of their own. */
  months(): Promise<readonly string[]> {
    return this.#wrappingKeys.months();
  }

  /** Destroys the key of a month: the one that wraps it, and what this process holds of it. Durable when it resolves. */
  async destroy(month: string): Promise<void> {
    this.forget(month);
    await this.#wrappingKeys.destroy(month);
    // Somebody may have asked for it meanwhile.
    this.forget(month);
  }

  /** Forgets a month that ended. */
  forget(month: string): void {
    this.#keys.get(month)?.wipe();
    this.#keys.delete(month);
  }

  async #load(month: string): Promise<void> {
    if ((await this.find(month)) !== undefined) return;
    const fresh = this.#random(KEY_BYTES);
    const wrapping = await this.#wrappingKeys.make(month);
    const wrapped = restSeal({ ...place(month, wrapping), plaintext: fresh, random: this.#random });
    fresh.fill(0);
    await this.#database.writeUnaudited(principal, (writer) => this.#store.add(writer, month, wrapped), {
      reason: 'audit/month-key',
    });
    // Another process may have been first: what is stored counts.
    if ((await this.find(month)) === undefined) throw auditUnavailable('month-key');
  }

  #unwrap(month: string, wrapped: Uint8Array, { key: wrapping, isShared }: WrappingKey): Secret | undefined {
    try {
      const key = new Secret(restOpen({ ...place(month, wrapping), sealed: wrapped }));
      this.#keys.set(month, key);
      return key;
    } catch (error) {
      // A key for many months does not open a month that had its own: that one was destroyed.
      if (isShared && isRogatoryError(error) && error.family === 'verification') return undefined;
      throw error;
    }
  }
}

function place(month: string, monthKey: Secret) {
  return { monthKey, context: contexts.auditOpening, aad: concatBytes(utf8('month-key\0'), utf8(month)) };
}
