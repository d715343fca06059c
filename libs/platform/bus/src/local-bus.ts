import { assertIds, assertTopic, type Bus, type Subscription, type Wake } from './bus.js';
import { PendingWakes } from './pending-wakes.js';
import { Subscribers } from './subscribers.js';

/** For a single server: wakes reach the subscribers of this process in the next turn of its event loop. */
export class LocalBus implements Bus {
  readonly #subscribers: Subscribers;
  readonly #pending = new PendingWakes();
  #turn: NodeJS.Immediate | undefined;
  #isClosed = false;

  constructor(onFault: (error: unknown) => void) {
    this.#subscribers = new Subscribers(onFault);
  }

  publish(topic: string, ids: readonly string[]): void {
    assertTopic(topic);
    assertIds(ids);
    if (this.#isClosed || ids.length === 0) return;
    this.#pending.add(topic, ids);
    this.#turn ??= setImmediate(() => this.#deliver());
  }

  subscribe(topic: string, wake: (wake: Wake) => void): Subscription {
    return this.#subscribers.add(topic, wake);
  }

  isConnected(): boolean {
    return !this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#subscribers.clear();
  }

  #deliver(): void {
    this.#turn = undefined;
    for (const addressed of this.#pending.take()) this.#subscribers.wake(addressed);
  }
}
