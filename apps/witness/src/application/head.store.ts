/** Where a witness keeps the last head that it cosigned of each log: the signed note, its own cosignature in it. */
export interface HeadStore {
  /** The note last saved; undefined for a log that was never cosigned. */
  load(origin: string): Promise<Uint8Array | undefined>;
  /** MUST be durable when it resolves. When it rejects, either note may be stored. One call per origin at a time. */
  save(origin: string, note: Uint8Array): Promise<void>;
}

/**
 * What two heads that do not fit prove. `fork`: the log signed both, which it must not. `unproven`: it signed both, and what came
 * along does not show that one extends the other, which anybody can bring about.
 */
export type HeadEvidence = 'fork' | 'unproven';

/** Two signed notes of one log. */
export interface HeadPair {
  readonly origin: string;
  readonly held: Uint8Array;
  readonly refused: Uint8Array;
}

/**
 * Where goes what a log signed and must not have: heads that contradict earlier ones, entries that break its rules. Of each
 * kind `limits.maxEvidencePerLog` are kept for a log, so that no log fills the disk, and no kind crowds out another. What convicts
 * a log stays: the first ones. Of what is `unproven` the newest are kept: anybody can bring about the others.
 */
export interface EvidenceStore {
  /**
   * Keeps both notes, one pair for each text that is refused, whoever else signed it. What is unproven may be left out while
   * `limits.maxWitnessWaiting` of its log wait to be written.
   */
  keep(kind: HeadEvidence, pair: HeadPair): Promise<void>;
  /** Keeps an entry that breaks the rules of its log, with the `.tlog-proof` of it under the head that the log signed. */
  keepEntry(origin: string, entry: Uint8Array, proof: Uint8Array): Promise<void>;
  /** A head with the text of this note extends what was cosigned before: an `unproven` pair with it is deleted. */
  explained(origin: string, note: Uint8Array): Promise<void>;
}
