import { limits } from '@rogatory/kernel';

/** What a check of a stored log can find. Codes are for machines and never reused. */
export const logFindings = {
  /** No record has this index, and a larger one is taken. */
  recordMissing: 'RECORD_MISSING',
  /** A record carries an index that the head does not cover. */
  recordBeyondHead: 'RECORD_BEYOND_HEAD',
  /** The leaf is not the one that was put into the tree: its hash differs from an intact tile. */
  leafMismatch: 'LEAF_MISMATCH',
  /** The leaf has not the form of the specification. */
  leafMalformed: 'LEAF_MALFORMED',
  /** A column of the database differs from what leaf or opened group say. */
  projectionMismatch: 'PROJECTION_MISMATCH',
  /** The stored opening is not what the leaf commits to. */
  openingMismatch: 'OPENING_MISMATCH',
  /** The leaf commits to a group whose opening is gone, and no record of an erasure explains it. */
  openingMissing: 'OPENING_MISSING',
  /** An opening for which the leaf has no commitment. */
  openingSurplus: 'OPENING_SURPLUS',
  /** The key of a month is gone or cannot be opened: what was sealed under it was not checked. */
  monthKeyMissing: 'MONTH_KEY_MISSING',
  tileMissing: 'TILE_MISSING',
  /** A stored hash is not that of the leaves below it. */
  tileMismatch: 'TILE_MISMATCH',
  /** Leaves and the tile over them fit each other, and not an intact tile above: all of them were replaced. */
  subtreeMismatch: 'SUBTREE_MISMATCH',
  /** The head of the database is not that of the tree. */
  headMismatch: 'HEAD_MISMATCH',
  /** A stored checkpoint does not carry the log's signature, or has another form. */
  checkpointRefused: 'CHECKPOINT_REFUSED',
  /** A signed head is not that of the tree at its size: history was rewritten since. */
  checkpointMismatch: 'CHECKPOINT_MISMATCH',
  /** A signed head is larger than the log: its end is gone. */
  logTruncated: 'LOG_TRUNCATED',
} as const;
export type LogFindingCode = (typeof logFindings)[keyof typeof logFindings];

/** One thing that differs, named as exactly as it can be. */
export interface LogFinding {
  readonly code: LogFindingCode;
  /** First index concerned. */
  readonly index?: number;
  /** Index behind the last one concerned; absent for a single one. */
  readonly end?: number;
  readonly recordId?: string;
  readonly column?: string;
  readonly group?: string;
  /** Path of tlog-tiles. */
  readonly tile?: string;
  /** Size of the head concerned, or of the month whose key is gone. */
  readonly size?: number;
  readonly month?: string;
}

/** Keeps findings up to a bound and counts the rest: a broken log must not fill the memory. */
export class Findings {
  readonly #kept: LogFinding[] = [];
  #count = 0;

  get kept(): readonly LogFinding[] {
    return this.#kept;
  }

  /** All of them, the ones that were not kept included. */
  get count(): number {
    return this.#count;
  }

  add(finding: LogFinding): void {
    this.#count += 1;
    if (this.#kept.length < limits.logCheckFindings) this.#kept.push(finding);
  }
}
