import type { AuthorityId } from '@rogatory/kernel';
import type { AuditLeaf } from '@rogatory/protocol';
import type { GroupOpenings } from '../export/export-file.js';
import type { ClaimVerdict } from '../log/claims.js';
import type { ReadGroups } from './open-groups.js';

/** A record as it passes a verifier, in the order of the log. Its groups are those that the leaf commits to. */
export interface PassingRecord {
  readonly index: number;
  readonly leaf: AuditLeaf;
  /** RFC 6962 leaf hash of its exact bytes. */
  readonly leafHash: Uint8Array;
  /** As given; undefined where the asker may not open the record. */
  readonly openings: GroupOpenings | undefined;
  readonly groups: ReadGroups;
}

/** What is known of a whole run of records once the last one has passed. */
export interface PassedRange {
  readonly first: number;
  readonly end: number;
  /** Whether the signed head vouches for every leaf that passed. */
  readonly isProven: boolean;
  /** When the evidence was taken at the earliest, ms: the time of its newest record, or of a witness who cosigned its head. */
  readonly asOfMs: number;
}

/** One claim about opened records. Keeps what it needs of those that passed, and no more. */
export interface RecordCheck {
  /** Before the first record; checks that need nothing of the run leave it out. */
  begin?(facts: RunFacts): void;
  take(record: PassingRecord): void;
  claim(range: PassedRange): ClaimVerdict;
}

/** What the whole run says of itself before its first record. */
export interface RunFacts {
  /** Origin of the log, as the evidence says. */
  readonly origin: string;
  readonly first: number;
  readonly scope: readonly AuthorityId[];
}
