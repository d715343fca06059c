import type { AuthorityId, CaseId, DeviceId, PersonId } from '@rogatory/kernel';
import type { AuthorityCalendar } from './calendar.js';
import type { FindingId } from './finding.js';
import type { LocalClock } from './local-clock.js';
import type { Memory } from './memory.js';
import type { FindingRule } from './rule-list.js';
import type { Seen } from './seen.js';
import type { FindingSettings } from './settings.js';

/** A finding that may still grow; plain JSON, so that memory can keep it. */
export interface Draft {
  readonly id: FindingId;
  readonly rule: FindingRule;
  readonly authorities: readonly AuthorityId[];
  readonly person?: PersonId;
  readonly device?: DeviceId;
  readonly caseId?: CaseId;
  readonly calendar?: string;
  readonly facts: Record<string, number | string>;
  readonly records: [index: number, id: string][];
  recordCount: number;
  readonly fromMs: number;
  untilMs: number;
}

/** What a rule says when it opens a finding. */
export interface Opening {
  readonly authorities: readonly (AuthorityId | undefined)[];
  readonly person?: PersonId | undefined;
  readonly device?: DeviceId | undefined;
  readonly caseId?: CaseId | undefined;
  readonly calendar?: string | undefined;
  readonly facts: Record<string, number | string>;
  /** Records so far, anchors first; times of the first and the last. */
  readonly records: readonly Mark[];
  /** The records that make the id; all of `records` where left out. */
  readonly anchors?: readonly Mark[];
}

/** A record as memory keeps it. */
export type Mark = readonly [index: number, id: string, timeMs: number];

export function markOf({ index, id, timeMs }: Pick<Seen, 'index' | 'id' | 'timeMs'>): Mark {
  return [index, id, timeMs];
}

/** Where rules put what they find. */
export interface Found {
  open(rule: FindingRule, opening: Opening): Draft;
  /** Says that one more record belongs to it, or that its facts were changed. */
  grow(draft: Draft, mark?: Mark): void;
}

/** What rules may look at besides records. */
export interface RuleContext {
  readonly settings: FindingSettings;
  readonly memory: Memory;
  readonly found: Found;
  /** Whether records of this authority are open, all of them. */
  isInScope(authority: AuthorityId | undefined): authority is AuthorityId;
  calendarOf(authority: AuthorityId): DatedCalendar | undefined;
  mandateOf(person: PersonId): Mandate | undefined;
}

export interface DatedCalendar {
  readonly calendar: AuthorityCalendar;
  readonly hash: string;
  readonly clock: LocalClock;
}

/** How long a person's certificate holds; the newest one, whose beginning says nothing of those before it. */
export interface Mandate {
  readonly notAfterMs: number;
}

/** One rule, or a few that share what they remember. */
export interface Rule {
  see(seen: Seen): void;
  /** Deadlines that passed before a record of this time. */
  pass?(nowMs: number): void;
}
