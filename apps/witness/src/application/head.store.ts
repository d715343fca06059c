/** Where a witness keeps the last head that it cosigned of each log: the signed note, its own cosignature in it. */
export interface HeadStore {
  /** The note last saved; undefined for a log that was never cosigned. */
  load(origin: string): Promise<Uint8Array | undefined>;
  /** MUST be durable when it resolves. When it rejects, either note may be stored. One call per origin at a time. */
  save(origin: string, note: Uint8Array): Promise<void>;
}

/** Where goes what a log signed and must not have: heads that contradict earlier ones, entries that break its rules. */
export interface EvidenceStore {
  /** Keeps both notes; does nothing once `limits.maxEvidencePerLog` are there, so that no log fills the disk. */
  keep(origin: string, held: Uint8Array, refused: Uint8Array): Promise<void>;
  /**
   * Keeps an entry that breaks the rules of its log, with the `.tlog-proof` of it under the head that the log signed; bounded
   * as `keep`.
   */
  keepEntry(origin: string, entry: Uint8Array, proof: Uint8Array): Promise<void>;
}
