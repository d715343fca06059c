import { assertTopic, type Subscription, type Wake } from './bus.js';
import type { AddressedWake } from './pending-wakes.js';

type Listener = (wake: Wake) => void;

/** The subscribers of this process. One that throws is reported and keeps none of the others from waking. */
export class Subscribers {
  readonly #byTopic = new Map<string, Set<Listener>>();
  readonly #onFault: (error: unknown) => void;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(topic: string, listener: Listener): Subscription {
    assertTopic(topic);
    const own: Listener = (wake) => listener(wake); // the same function may subscribe twice
    const listeners = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, listeners.add(own));
    return {
      close: () => {
        listeners.delete(own);
        if (listeners.size === 0 && this.#byTopic.get(topic) === listeners) this.#byTopic.delete(topic);
      },
    };
  }

  wake(addressed: AddressedWake): void {
    if (addressed === 'everywhere') {
      for (const topic of [...this.#byTopic.keys()]) this.#wakeTopic(topic, { kind: 'look' });
    } else {
      this.#wakeTopic(addressed.topic, addressed.wake);
    }
  }

  clear(): void {
    this.#byTopic.clear();
  }

  #wakeTopic(topic: string, wake: Wake): void {
    for (const listener of [...(this.#byTopic.get(topic) ?? [])]) {
      if (this.#byTopic.get(topic)?.has(listener) !== true) continue; // closed by one before it
      try {
        listener(wake);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
