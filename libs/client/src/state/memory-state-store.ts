import { Mutex } from './mutex.js';
import type { StateStore } from './state-store.js';

/** Keeps state as long as the object lives: tests, and browsers until a durable driver takes its place. */
export class MemoryStateStore implements StateStore {
  readonly #values = new Map<string, Uint8Array>();
  readonly #records = new Map<string, Uint8Array[]>();
  readonly #lock = new Mutex();

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#values.get(name)?.slice();
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#values.set(name, bytes.slice());
  }

  async append(name: string, record: Uint8Array): Promise<void> {
    this.#records.set(name, [...(this.#records.get(name) ?? []), record.slice()]);
  }

  async readRecords(name: string): Promise<readonly Uint8Array[]> {
    return (this.#records.get(name) ?? []).map((record) => record.slice());
  }

  async remove(name: string): Promise<void> {
    this.#values.delete(name);
    this.#records.delete(name);
  }

  async list(): Promise<readonly string[]> {
    return [...new Set([...this.#values.keys(), ...this.#records.keys()])].sort();
  }

  exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#lock.run(run);
  }
}
