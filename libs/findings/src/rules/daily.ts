import { limits } from '@rogatory/kernel';
import type { BoundedMap } from '../bounded-map.js';
import { isOffHours } from '../local-clock.js';
import { type Draft, markOf, type Opening, type Rule, type RuleContext } from '../rule.js';
import type { FindingRule } from '../rule-list.js';
import type { Seen } from '../seen.js';
import { DAY_MS } from '../settings.js';

interface DraftOfDay {
  readonly day: string | number;
  readonly draft: Draft;
}

export function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** At most one finding per subject and day: the first record opens it, the others of the day make it grow. */
export class DailyDrafts {
  readonly #context: RuleContext;
  readonly #rule: FindingRule;
  readonly #drafts: BoundedMap<DraftOfDay>;

  constructor(context: RuleContext, rule: FindingRule, most: number = limits.maxFindingPersons) {
    this.#context = context;
    this.#rule = rule;
    this.#drafts = context.memory.map(`${rule}-day`, most);
  }

  /** @returns the draft of the day, whose facts the rule may change before it returns. */
  add(
    seen: Seen,
    subject: { readonly key: string; readonly day: string | number },
    opening: Omit<Opening, 'records'>,
  ): Draft {
    const mark = markOf(seen);
    const known = this.#drafts.get(subject.key);
    if (known !== undefined && known.day === subject.day) {
      this.#drafts.set(subject.key, known);
      this.#context.found.grow(known.draft, mark);
      return known.draft;
    }
    const draft = this.#context.found.open(this.#rule, { ...opening, records: [mark] });
    this.#drafts.set(subject.key, { day: subject.day, draft });
    return draft;
  }
}

/** SPEC: findings 5: deliberate acts outside the working hours of the actor's authority. */
export class OffHours implements Rule {
  readonly #context: RuleContext;
  readonly #days: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#days = new DailyDrafts(context, 'off-hours');
  }

  see(seen: Seen): void {
    const { actor, isDeliberate } = seen;
    if (actor === undefined || !isDeliberate || !this.#context.isInScope(actor.authority)) return;
    const dated = this.#context.calendarOf(actor.authority);
    if (dated === undefined) return;
    const local = dated.clock.at(seen.timeMs);
    if (!isOffHours(dated.calendar, local)) return;
    const facts = { date: local.date, firstAt: clockText(local.minute), zone: dated.calendar.zone };
    const whose = { authorities: [actor.authority], person: actor.person, calendar: dated.hash };
    this.#days.add(seen, { key: actor.person, day: local.date }, { ...whose, facts });
  }
}

/** `HH:MM` */
function clockText(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** SPEC: findings 3, after-mandate: allowed after the person's certificate had ended. */
export class AfterMandate implements Rule {
  readonly #context: RuleContext;
  readonly #days: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#days = new DailyDrafts(context, 'after-mandate');
  }

  see(seen: Seen): void {
    const { actor, isAllowed, timeMs } = seen;
    if (actor === undefined || !isAllowed || !this.#context.isInScope(actor.authority)) return;
    const mandate = this.#context.mandateOf(actor.person);
    if (mandate === undefined || timeMs < mandate.notAfterMs) return;
    const { notAfterMs } = mandate;
    this.#days.add(
      seen,
      { key: actor.person, day: utcDay(timeMs) },
      { authorities: [actor.authority], person: actor.person, facts: { notAfterMs } },
    );
  }
}

/** SPEC: findings 3, clock-skew: what the device stated against what the server recorded. */
export class ClockSkew implements Rule {
  readonly #context: RuleContext;
  readonly #days: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#days = new DailyDrafts(context, 'clock-skew', limits.maxFindingDevices);
  }

  see(seen: Seen): void {
    const { actor, timeMs, record } = seen;
    const stated = record.groups.act?.act.time.timeMs;
    if (actor === undefined || stated === undefined || !this.#context.isInScope(actor.authority)) return;
    const { clockSkewMs } = this.#context.settings;
    const skewMs = stated - timeMs;
    if (Math.abs(skewMs) <= clockSkewMs) return;
    const draft = this.#days.add(
      seen,
      { key: actor.device, day: utcDay(timeMs) },
      {
        ...{ authorities: [actor.authority], person: actor.person, device: actor.device },
        facts: { largestMs: skewMs, thresholdMs: clockSkewMs },
      },
    );
    if (Math.abs(skewMs) > Math.abs(Number(draft.facts['largestMs']))) draft.facts['largestMs'] = skewMs;
  }
}

interface TakenOut {
  day: number;
  bytes: number;
  records: number;
  draft?: Draft | undefined;
  first?: [number, string, number] | undefined;
}

/** SPEC: findings 3, export-volume: bytes of files and records of the log that a person took out in a day. */
export class ExportVolume implements Rule {
  readonly #context: RuleContext;
  readonly #people: BoundedMap<TakenOut>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#people = context.memory.map('export-volume', limits.maxFindingPersons);
  }

  see(seen: Seen): void {
    const { actor, isAllowed, nowMs, what } = seen;
    if (actor === undefined || !isAllowed || what === undefined || !this.#context.isInScope(actor.authority)) return;
    const event: string = seen.event;
    const bytes = event === 'doc.read' ? what.bytes : 0;
    const records = event === 'audit.export' || event === 'audit.query' ? what.count : 0;
    if (bytes === 0 && records === 0) return;
    const day = utcDay(nowMs);
    const known = this.#people.get(actor.person);
    const taken: TakenOut = known?.day === day ? known : { day, bytes: 0, records: 0 };
    taken.bytes = Math.min(taken.bytes + bytes, Number.MAX_SAFE_INTEGER);
    taken.records += records;
    taken.first ??= [...markOf(seen)];
    this.#people.set(actor.person, taken);
    this.#judge(taken, seen);
  }

  #judge(taken: TakenOut, seen: Seen): void {
    const { settings, found } = this.#context;
    const { exportBytesPerDay, exportRecordsPerDay } = settings;
    const { actor } = seen;
    if (actor === undefined || (taken.bytes <= exportBytesPerDay && taken.records <= exportRecordsPerDay)) return;
    const counted = { bytes: taken.bytes, records: taken.records };
    if (taken.draft !== undefined) {
      Object.assign(taken.draft.facts, counted);
      found.grow(taken.draft, markOf(seen));
      return;
    }
    const first = taken.first ?? markOf(seen);
    const isOne = first[0] === seen.index;
    taken.draft = found.open('export-volume', {
      ...{ authorities: [actor.authority], person: actor.person },
      facts: { ...counted, thresholdBytes: exportBytesPerDay, thresholdRecords: exportRecordsPerDay },
      ...{ records: isOne ? [first] : [first, markOf(seen)], anchors: [first] },
    });
  }
}
