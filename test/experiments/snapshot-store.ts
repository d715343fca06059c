import type { StateStore } from '@rogatory/client';

/** State of a device in memory that can be copied, so that many runs begin at the same place. */
export class SnapshotStore implements StateStore {
  readonly values = new Map<string, Uint8Array>();
  readonly records = new Map<string, Uint8Array[]>();
  #tail: Promise<unknown> = Promise.resolve();

  copy(): SnapshotStore {
    const copy = new SnapshotStore();
    for (const [name, bytes] of this.values) copy.values.set(name, bytes.slice());
    for (const [name, records] of this.records) {
      copy.records.set(
        name,
        records.map((record) => record.slice()),
      );
    }
    return copy;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.values.get(name)?.slice();
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.values.set(name, bytes.slice());
  }

  async append(name: string, record: Uint8Array): Promise<void> {
    this.records.set(name, [...(this.records.get(name) ?? []), record.slice()]);
  }

  async readRecords(name: string): Promise<readonly Uint8Array[]> {
    return (this.records.get(name) ?? []).map((record) => record.slice());
  }

  async remove(name: string): Promise<void> {
    this.values.delete(name);
    this.records.delete(name);
  }

  async list(): Promise<readonly string[]> {
    return [...new Set([...this.values.keys(), ...this.records.keys()])].sort();
  }

  exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(run, run);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}
