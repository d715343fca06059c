import { concatBytes, Secret, type RandomBytes, utf8 } from '@rogatory/kernel';
import { contexts } from '@rogatory/protocol';
import { restOpen, restSeal } from '@rogatory/crypto/rest';
import type { Database, JobPrincipal } from '@rogatory/platform-database';
import { auditUnavailable } from '../domain/audit.errors.js';
import type { MonthKeyStore } from './month-key.store.js';

const KEY_BYTES = 32;
const principal: JobPrincipal = { kind: 'job', job: 'audit-month-keys' };

/** UTC calendar month of a time, such as "2026-11". */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

function nextMonthMs(timeMs: number): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/**
 * The keys that seal the openings of a month. They lie wrapped in the database; the key that wraps them lies apart from
 * it, so that a dump opens nothing and destroying a month's key erases the month, backups included.
 */
export class MonthKeys {
  readonly #database: Database;
  readonly #store: MonthKeyStore;
  readonly #wrappingKey: Secret;
  readonly #random: RandomBytes;
  readonly #keys = new Map<string, Secret>();

  constructor(database: Database, store: MonthKeyStore, wrappingKey: Secret, random: RandomBytes) {
    this.#database = database;
    this.#store = store;
    this.#wrappingKey = wrappingKey;
    this.#random = random;
  }

  /** Makes or loads the keys of this month and the next. Call at the start and at least once a week. */
  async prepare(nowMs: number): Promise<void> {
    await this.#load(monthOf(nowMs));
    await this.#load(monthOf(nextMonthMs(nowMs)));
  }

  /** The key of a time. @throws UnavailableError `audit/unavailable` unless prepared: no key, no record, no act. */
  at(timeMs: number): Secret {
    const key = this.#keys.get(monthOf(timeMs));
    if (key === undefined) throw auditUnavailable('month-key');
    return key;
  }

  /** The key of a month for reading; undefined when it does not exist (any more). */
  async find(month: string): Promise<Secret | undefined> {
    const known = this.#keys.get(month);
    if (known !== undefined) return known;
    const wrapped = await this.#database.read(principal, (reader) => this.#store.find(reader, month));
    return wrapped === undefined ? undefined : this.#unwrap(month, wrapped);
  }

  async #load(month: string): Promise<void> {
    if ((await this.find(month)) !== undefined) return;
    const fresh = this.#random(KEY_BYTES);
    const wrapped = restSeal({ ...this.#place(month), plaintext: fresh, random: this.#random });
    fresh.fill(0);
    await this.#database.writeUnaudited(principal, (writer) => this.#store.add(writer, month, wrapped), {
      reason: 'audit/month-key',
    });
    // Another process may have been first: what is stored counts.
    if ((await this.find(month)) === undefined) throw auditUnavailable('month-key');
  }

  #unwrap(month: string, wrapped: Uint8Array): Secret {
    const key = new Secret(restOpen({ ...this.#place(month), sealed: wrapped }));
    this.#keys.set(month, key);
    return key;
  }

  #place(month: string) {
    const aad = concatBytes(utf8('month-key\0'), utf8(month));
    return { monthKey: this.#wrappingKey, context: contexts.auditOpening, aad };
  }
}
