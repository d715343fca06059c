import { Secret, type RandomBytes } from '@rogatory/kernel';
import type { MonthWrappingKeys, WrappingKey } from '../application/month-keys.js';

/** Keys of months that last as long as the test. */
export class MemoryMonthKeys implements MonthWrappingKeys {
  readonly #keys = new Map<string, Secret>();
  readonly #random: RandomBytes;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  async find(month: string): Promise<WrappingKey | undefined> {
    const key = this.#keys.get(month);
    return key && { key, isShared: false };
  }

  async make(month: string): Promise<Secret> {
    const key = this.#keys.get(month) ?? new Secret(this.#random(32));
    this.#keys.set(month, key);
    return key;
  }

  async months(): Promise<readonly string[]> {
    return [...this.#keys.keys()].sort();
  }

  async destroy(month: string): Promise<void> {
    this.#keys.delete(month);
  }
}
