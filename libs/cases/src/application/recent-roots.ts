import { type CompartmentId, limits } from '@rogatory/kernel';

/** The newest heads of the content logs in use, so that an item that cites a slightly older one costs no query. */
export class RecentRoots {
  readonly #logs = new Map<CompartmentId, Map<number, Uint8Array>>();

  get(id: CompartmentId, size: number): Uint8Array | undefined {
    return this.#logs.get(id)?.get(size);
  }

  put(id: CompartmentId, size: number, root: Uint8Array): void {
    const log = this.#logs.get(id) ?? new Map<number, Uint8Array>();
    this.#logs.delete(id);
    this.#logs.set(id, log);
    log.set(size, root);
    dropOldest(log, limits.maxRecentContentRoots);
    dropOldest(this.#logs, limits.maxCachedChains);
  }
}

function dropOldest<Key>(map: Map<Key, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
