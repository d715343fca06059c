import { type CompartmentId, limits } from '@rogatory/kernel';
import { type CompartmentHead, isRoot } from '../domain/compartment.js';

/**
 * The heads as this server last saw them committed. They may be old by now: whoever goes by them has to lock the rows and
 * compare before anything counts.
 */
export class KnownHeads {
  /** Least recently seen first. */
  readonly #heads = new Map<CompartmentId, CompartmentHead>();

  /** Heads of these compartments and of their root chains, root chains first; undefined unless all are known. */
  of(ids: readonly CompartmentId[]): readonly CompartmentHead[] | undefined {
    const found = new Map<CompartmentId, CompartmentHead>();
    for (const id of ids) {
      const head = this.#heads.get(id);
      const root = head && this.#heads.get(head.caseId as string as CompartmentId);
      if (head === undefined || root === undefined) return undefined;
      found.set(root.compartmentId, root).set(id, head);
    }
    return [...found.values()].sort((a, b) => Number(isRoot(b)) - Number(isRoot(a)));
  }

  put(head: CompartmentHead): void {
    this.#heads.delete(head.compartmentId);
    this.#heads.set(head.compartmentId, head);
    const [oldest] = this.#heads.keys();
    if (this.#heads.size > limits.maxCachedChains && oldest !== undefined) this.#heads.delete(oldest);
  }

  forget(id: CompartmentId): void {
    this.#heads.delete(id);
  }
}
