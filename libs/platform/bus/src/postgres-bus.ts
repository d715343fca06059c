import { randomUUID } from 'node:crypto';
import { limits } from '@rogatory/kernel';
import { databaseError } from '@rogatory/platform-database';
import pg from 'pg';
import { assertIds, assertTopic, type Bus, type Subscription, type Wake } from './bus.js';
import { LocalBus } from './local-bus.js';
import { PendingWakes } from './pending-wakes.js';
import { Subscribers } from './subscribers.js';
import { encodeWake, parseWake } from './wake-payload.js';

const CHANNEL = 'rogatory';
const NOTIFY = `SELECT pg_notify('${CHANNEL}', payload) FROM unnest($1::text[]) AS payload`;

export interface PostgresBusOptions {
  readonly url: string;
  /** Told of lost connections and of subscribers that throw. */
  readonly onFault: (error: unknown) => void;
}

/**
 * For several servers on one PostgreSQL: LISTEN and NOTIFY on one connection. Own subscribers are woken at once, without
 * the way through the database. While the connection is gone wakes of other servers are missed, so after each
 * reconnection every subscriber is told to look.
 */
export class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions;
  readonly #own: LocalBus;
  readonly #others: Subscribers;
  readonly #sender = randomUUID();
  readonly #pending = new PendingWakes();
  #client: pg.Client | undefined;
  #isSending = false;
  #retryMs: number = limits.busReconnectMinMs;
  #retry: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#own = new LocalBus(options.onFault);
    this.#others = new Subscribers(options.onFault);
  }

  /** @throws UnavailableError `database/unavailable` when the first connection fails. */
  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const bus = new PostgresBus(options);
    await bus.#connect();
    return bus;
  }

  publish(topic: string, ids: readonly string[]): void {
    assertTopic(topic);
    assertIds(ids);
    if (this.#isClosed || ids.length === 0) return;
    this.#own.publish(topic, ids);
    this.#pending.add(topic, ids);
    // Own subscribers know already; whoever publishes need not wait until others are told.
    this.#gathering ??= setTimeout(() => void this.#sendGathered(), limits.busGatherMs);
  }

  subscribe(topic: string, wake: (wake: Wake) => void): Subscription {
    const subscriptions = [this.#own.subscribe(topic, wake), this.#others.add(topic, wake)];
    return {
      close: () => {
        for (const subscription of subscriptions) subscription.close();
      },
    };
  }

  isConnected(): boolean {
    return this.#client !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#others.clear();
    await this.#own.close();
    await this.#sendGathered();
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'rogatory-bus',
      connectionTimeoutMillis: limits.databaseConnectMs,
      query_timeout: limits.databaseStatementMs,
      keepAlive: true,
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, undefined));
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw databaseError(error);
    }
    if (this.#isClosed) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#retryMs = limits.busReconnectMinMs;
    void this.#send();
  }

  #lose(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    if (this.#isClosed) return;
    if (error !== undefined) this.#options.onFault(databaseError(error));
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => this.#others.wake('everywhere'),
        (error: unknown) => {
          this.#options.onFault(error);
          this.#retryMs = Math.min(2 * this.#retryMs, limits.busReconnectMaxMs);
          if (!this.#isClosed) this.#reconnectLater();
        },
      );
    }, this.#retryMs);
    this.#retry.unref();
  }

  #receive(text: string): void {
    const payload = parseWake(text);
    if (payload === undefined || payload.sender === this.#sender) return;
    this.#others.wake(payload.addressed);
  }

  #sendGathered(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    return this.#send();
  }

  /** One statement at a time; what is published meanwhile travels together in the next one. */
  async #send(): Promise<void> {
    while (!this.#isSending && this.#client !== undefined && !this.#pending.isEmpty) {
      const client = this.#client;
      this.#isSending = true;
      const taken = this.#pending.take();
      const texts = taken.flatMap((addressed) => encodeWake(this.#sender, addressed));
      try {
        await client.query({ name: 'bus/notify', text: NOTIFY, values: [texts] });
      } catch (error) {
        // Which of them arrived is unknown, so after the reconnection the others are told to look.
        this.#pending.addEverywhere();
        this.#lose(client, error);
      } finally {
        this.#isSending = false;
      }
    }
  }
}
