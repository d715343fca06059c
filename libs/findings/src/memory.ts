import { BoundedMap } from './bounded-map.js';

/** All that the rules remember, as it can be stored and taken up again. JSON. */
export interface MemorySnapshot {
  readonly maps: Readonly<Record<string, readonly (readonly [string, unknown])[]>>;
  readonly forgotten: number;
}

/** The memories of all rules by name. Values are plain JSON: numbers, texts, lists and objects. */
export class Memory {
  readonly #maps = new Map<string, BoundedMap<unknown>>();
  readonly #saved: MemorySnapshot | undefined;

  constructor(saved?: MemorySnapshot) {
    this.#saved = saved;
  }

  /** A rule asks once for each of its memories; what was saved under the name is in it. */
  map<Value>(name: string, most: number): BoundedMap<Value> {
    const entries = (this.#saved?.maps[name] ?? []) as readonly (readonly [string, Value])[];
    const map = new BoundedMap<Value>(most, entries);
    this.#maps.set(name, map);
    return map;
  }

  /** Entries that were forgotten for want of room: 0 says that nothing was missed. */
  get forgotten(): number {
    let count = this.#saved?.forgotten ?? 0;
    for (const map of this.#maps.values()) count += map.forgotten;
    return count;
  }

  snapshot(): MemorySnapshot {
    const maps = [...this.#maps].map(([name, map]) => [name, [...map.entries()]] as const);
    return { maps: Object.fromEntries(maps), forgotten: this.forgotten };
  }
}
