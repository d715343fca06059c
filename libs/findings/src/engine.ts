import { type ActId, type AuthorityId, limits, type PersonId, UsageError } from '@rogatory/kernel';
import { type AuthorityCalendar, calendarHash } from './calendar.js';
import { compareFindingOrder, type Finding, findingId } from './finding.js';
import { LocalClock } from './local-clock.js';
import { Memory, type MemorySnapshot } from './memory.js';
import type { DatedCalendar, Draft, Found, Mandate, Opening, Rule, RuleContext } from './rule.js';
import { type FindingRule, findingRules } from './rule-list.js';
import { BulkDay, BulkHour } from './rules/bulk.js';
import { DeniedThenAllowed, FirstTouch, NewRecipients, ReadAfterLeaving, UnassignedRead } from './rules/cases.js';
import { AfterMandate, ClockSkew, ExportVolume, OffHours } from './rules/daily.js';
import { ActCounters, DormantAccount, NewDevice } from './rules/devices.js';
import { SelfReview, ServerClock, type WitnessedHead, WitnessLag } from './rules/log-rules.js';
import { ReadPairing } from './rules/pairing.js';
import { Reasons } from './rules/reasons.js';
import { type OpenedRecord, seenOf } from './seen.js';
import { defaultFindingSettings, type FindingSettings, settingsHash } from './settings.js';

export interface FindingsInput {
  /** Authorities whose records are open, all of them; `all` for whoever opens everything. */
  readonly scope: 'all' | ReadonlySet<AuthorityId>;
  readonly calendars: readonly AuthorityCalendar[];
  /** The end of a person's newest certificate; undefined where nobody knows the person. */
  readonly mandateOf: (person: PersonId) => Mandate | undefined;
  readonly settings?: FindingSettings;
  /** Ascending by size; without them nothing is said about witnesses. */
  readonly witnessedHeads?: readonly WitnessedHead[];
  /** Goes on where an earlier engine with the same input stopped. */
  readonly resume?: EngineSnapshot;
}

/** Where an engine stands, as JSON. */
export interface EngineSnapshot {
  readonly nextIndex: number;
  readonly nowMs: number;
  readonly memory: MemorySnapshot;
}

/**
 * Reads the records of a log in the order of their places and tells what somebody should look at. The same input gives
 * the same findings in the same order, in one go or in several. Memory is bounded (`limits.maxFinding…`).
 */
export class FindingsEngine {
  readonly #memory: Memory;
  readonly #rules: readonly Rule[];
  readonly #found: GrowingFindings;
  readonly #timed: readonly Rule[];
  #nextIndex: number;
  #nowMs: number;

  constructor(input: FindingsInput) {
    const { resume, settings = defaultFindingSettings } = input;
    this.#memory = new Memory(resume?.memory);
    this.#nextIndex = resume?.nextIndex ?? 0;
    this.#nowMs = resume?.nowMs ?? 0;
    this.#found = new GrowingFindings(settingsHash(settings));
    this.#rules = rulesOf(contextOf(input, { settings, memory: this.#memory, found: this.#found }), input);
    this.#timed = this.#rules.filter((rule) => rule.pass !== undefined);
  }

  /** Index of the record that comes next. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Entries that were forgotten for want of room; above 0 something may have been missed. */
  get forgotten(): number {
    return this.#memory.forgotten;
  }

  /** The next record. @throws UsageError `findings/order` for any other. */
  push(record: OpenedRecord): void {
    if (record.index !== this.#nextIndex) throw outOfOrder(this.#nextIndex, record.index);
    this.#nextIndex += 1;
    this.#nowMs = Math.max(this.#nowMs, record.leaf.t);
    for (const rule of this.#timed) rule.pass?.(this.#nowMs);
    const seen = seenOf(record, this.#nowMs);
    for (const rule of this.#rules) rule.see(seen);
  }

  /** Findings that are new or grew since the last call, in their order. */
  take(): readonly Finding[] {
    return this.#found.take();
  }

  /** Call `take` before: what was not taken is not in it. Write it down at once: it changes with the next record. */
  snapshot(): EngineSnapshot {
    return { nextIndex: this.#nextIndex, nowMs: this.#nowMs, memory: this.#memory.snapshot() };
  }
}

/** All findings over records that are in memory already. @throws as `push`. */
export function findingsOf(records: Iterable<OpenedRecord>, input: FindingsInput): readonly Finding[] {
  const engine = new FindingsEngine(input);
  for (const record of records) engine.push(record);
  return engine.take();
}

/** The newest state of each draft that was opened or grew. */
class GrowingFindings implements Found {
  readonly #basis: string;
  readonly #changed = new Map<string, Draft>();

  constructor(basis: string) {
    this.#basis = basis;
  }

  open(rule: FindingRule, opening: Opening): Draft {
    const { authorities, person, device, caseId, calendar, facts, records, anchors = records } = opening;
    const known = authorities.filter((authority) => authority !== undefined);
    const draft: Draft = {
      id: findingId(
        rule,
        anchors.map(([, id]) => id as ActId),
      ),
      ...{ rule, authorities: [...new Set(known)].toSorted(), facts: { ...facts } },
      ...(person === undefined ? {} : { person }),
      ...(device === undefined ? {} : { device }),
      ...(caseId === undefined ? {} : { caseId }),
      ...(calendar === undefined ? {} : { calendar }),
      records: records.slice(0, limits.maxFindingRecords).map(([index, id]) => [index, id]),
      recordCount: records.length,
      fromMs: Math.min(...records.map(([, , timeMs]) => timeMs)),
      untilMs: Math.max(...records.map(([, , timeMs]) => timeMs)),
    };
    this.#changed.set(draft.id, draft);
    return draft;
  }

  grow(draft: Draft, mark?: readonly [number, string, number]): void {
    this.#changed.set(draft.id, draft);
    if (mark === undefined) return;
    const [index, id, timeMs] = mark;
    draft.recordCount += 1;
    draft.untilMs = Math.max(draft.untilMs, timeMs);
    if (draft.records.length < limits.maxFindingRecords) draft.records.push([index, id]);
  }

  take(): readonly Finding[] {
    const findings = [...this.#changed.values()].map((draft) => findingOf(draft, this.#basis));
    this.#changed.clear();
    return findings.toSorted(compareFindingOrder);
  }
}

function findingOf(draft: Draft, basis: string): Finding {
  const { version, severity } = findingRules[draft.rule];
  const records = draft.records.map(([index, id]) => ({ index, id: id as ActId }));
  return { ...draft, version, severity, facts: { ...draft.facts }, records, basis };
}

interface Parts {
  readonly settings: FindingSettings;
  readonly memory: Memory;
  readonly found: Found;
}

function contextOf({ scope, calendars, mandateOf }: FindingsInput, parts: Parts): RuleContext {
  const dated = new Map<AuthorityId, DatedCalendar>();
  for (const calendar of calendars) {
    const { authority, zone } = calendar;
    dated.set(authority, { calendar, hash: calendarHash(calendar), clock: new LocalClock(zone) });
  }
  return {
    ...parts,
    isInScope: (authority): authority is AuthorityId =>
      authority !== undefined && (scope === 'all' || scope.has(authority)),
    calendarOf: (authority) => dated.get(authority),
    mandateOf,
  };
}

function rulesOf(context: RuleContext, { witnessedHeads }: FindingsInput): readonly Rule[] {
  return [
    new BulkHour(context),
    new BulkDay(context),
    new OffHours(context),
    new FirstTouch(context),
    new UnassignedRead(context),
    new ReadAfterLeaving(context),
    new AfterMandate(context),
    new DeniedThenAllowed(context),
    new Reasons(context),
    new NewDevice(context),
    new DormantAccount(context),
    new NewRecipients(context),
    new ActCounters(context),
    new ReadPairing(context),
    new ClockSkew(context),
    new ServerClock(context),
    new ExportVolume(context),
    new SelfReview(context),
    ...(witnessedHeads === undefined ? [] : [new WitnessLag(context, witnessedHeads)]),
  ];
}

function outOfOrder(expected: number, given: number): UsageError<'findings/order'> {
  return new UsageError('findings/order', 'records are read in the order of the log, none left out', {
    details: { expected, given },
  });
}
