interface Version<Value> {
  /** Log index of the entry that set it. */
  readonly index: number;
  readonly value: Value;
}

/**
 * A map that remembers every value with the log index that set it, so that it can be read as of any size of the log.
 * Append-only: a reader at an earlier size never sees a later write.
 */
export class VersionedMap<Value> {
  readonly #versions = new Map<string, Version<Value>[]>();

  /** The value in force when the log had `size` entries. */
  get(key: string, size: number): Value | undefined {
    const versions = this.#versions.get(key);
    if (versions === undefined) return undefined;
    for (let i = versions.length - 1; i >= 0; i--) {
      const version = versions[i] as Version<Value>;
      if (version.index < size) return version.value;
    }
    return undefined;
  }

  /** All values ever set below `size`, oldest first. */
  history(key: string, size: number): Value[] {
    const versions = this.#versions.get(key) ?? [];
    return versions.filter(({ index }) => index < size).map(({ value }) => value);
  }

  /** `index` is never below that of an earlier call. */
  set(key: string, index: number, value: Value): void {
    const versions = this.#versions.get(key);
    if (versions === undefined) this.#versions.set(key, [{ index, value }]);
    else versions.push({ index, value });
  }

  /** A map of its own that knows only what was set below `size`. */
  truncated(size: number): VersionedMap<Value> {
    const copy = new VersionedMap<Value>();
    for (const [key, versions] of this.#versions) {
      const kept = versions.filter(({ index }) => index < size);
      if (kept.length > 0) copy.#versions.set(key, kept);
    }
    return copy;
  }
}
