import { limits } from '@rogatory/kernel';
import type { Wake } from './bus.js';

/** A wake and where it goes; `everywhere` is a `look` for the readers of all topics. */
export type AddressedWake = { readonly topic: string; readonly wake: Wake } | 'everywhere';

/** Wakes that wait to be sent, merged per topic. Bounded: with too many ids all of it becomes one `everywhere`. */
export class PendingWakes {
  readonly #maxIds: number;
  readonly #byTopic = new Map<string, Set<string>>();
  #idCount = 0;
  #isEverywhere = false;

  constructor(maxIds: number = limits.busPendingIds) {
    this.#maxIds = maxIds;
  }

  get isEmpty(): boolean {
    return this.#byTopic.size === 0 && !this.#isEverywhere;
  }

  add(topic: string, ids: readonly string[]): void {
    if (this.#isEverywhere) return;
    const known = this.#byTopic.get(topic) ?? new Set<string>();
    this.#byTopic.set(topic, known);
    const before = known.size;
    for (const id of ids) known.add(id);
    this.#idCount += known.size - before;
    if (this.#idCount > this.#maxIds) this.addEverywhere();
  }

  addEverywhere(): void {
    this.#byTopic.clear();
    this.#idCount = 0;
    this.#isEverywhere = true;
  }

  /** Everything, oldest topic first; nothing stays. */
  take(): readonly AddressedWake[] {
    const taken: readonly AddressedWake[] = this.#isEverywhere
      ? ['everywhere']
      : [...this.#byTopic].map(([topic, ids]) => ({ topic, wake: { kind: 'ids', ids: [...ids] } }));
    this.#byTopic.clear();
    this.#idCount = 0;
    this.#isEverywhere = false;
    return taken;
  }
}
