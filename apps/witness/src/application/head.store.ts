/** Where a witness keeps the last head that it cosigned of each log: the signed note, its own cosignature in it. */
export interface HeadStore {
  /** The note last saved; undefined for a log that was never cosigned. */
  load(origin: string): Promise<Uint8Array | undefined>;
  /** MUST be durable when it resolves. When it rejects, either note may be stored. One call per origin at a time. */
  save(origin: string, note: Uint8Array): Promise<void>;
}

/** Where heads go that a log signed and that do not fit what it signed before. */
export interface EvidenceStore {
  /** Keeps both notes; does nothing once `limits.maxEvidencePerLog` are there, so that no log fills the disk. */
  keep(origin: string, held: Uint8Array, refused: Uint8Array): Promise<void>;
}
