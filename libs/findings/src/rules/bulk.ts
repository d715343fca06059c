import { limits } from '@rogatory/kernel';
import type { BoundedMap } from '../bounded-map.js';
import { type Draft, type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { Seen, SeenActor } from '../seen.js';
import { DAY_MS, HOUR_MS } from '../settings.js';

interface HourOfPerson {
  recent: [nowMs: number, key: string, mark: Mark][];
  /** How often each thing stands in `recent`. */
  counts: Record<string, number>;
  distinct: number;
  draft?: Draft | undefined;
}

interface DayOfPerson {
  day: number;
  keys: Record<string, true>;
  count: number;
  first?: Mark | undefined;
  draft?: Draft | undefined;
  /** Earlier days on which anything was read, oldest first. */
  history: [day: number, count: number][];
}

const MEDIAN_DAYS = 30;

/** SPEC: findings 3, bulk-hour: many different things within any hour. */
export class BulkHour implements Rule {
  readonly #context: RuleContext;
  readonly #people: BoundedMap<HourOfPerson>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#people = context.memory.map('bulk-hour', limits.maxFindingPersons);
  }

  see(seen: Seen): void {
    const { actor, readKey, nowMs } = seen;
    if (actor === undefined || readKey === undefined || !this.#context.isInScope(actor.authority)) return;
    const hour = this.#people.get(actor.person) ?? { recent: [], counts: {}, distinct: 0 };
    this.#people.set(actor.person, hour);
    dropOld(hour, nowMs - HOUR_MS);
    if (hour.recent.length >= limits.maxFindingWindow) dropFirst(hour);
    hour.recent.push([nowMs, readKey, markOf(seen)]);
    const times = hour.counts[readKey] ?? 0;
    hour.counts[readKey] = times + 1;
    if (times === 0) hour.distinct += 1;
    this.#judge(hour, actor, markOf(seen));
  }

  #judge(hour: HourOfPerson, actor: SeenActor, mark: Mark): void {
    const { settings, found } = this.#context;
    const threshold = settings.bulkObjectsPerHour;
    if (hour.distinct <= threshold) {
      hour.draft = undefined;
    } else if (hour.draft === undefined) {
      const records = hour.recent.map(([, , of]) => of);
      hour.draft = found.open('bulk-hour', {
        ...{ authorities: [actor.authority], person: actor.person },
        facts: { objects: hour.distinct, threshold },
        ...{ records, anchors: [records[0] ?? mark, mark] },
      });
    } else {
      hour.draft.facts['objects'] = Math.max(Number(hour.draft.facts['objects']), hour.distinct);
      found.grow(hour.draft, mark);
    }
  }
}

function dropOld(hour: HourOfPerson, untilMs: number): void {
  while ((hour.recent[0]?.[0] ?? Infinity) <= untilMs) dropFirst(hour);
}

function dropFirst(hour: HourOfPerson): void {
  const key = hour.recent.shift()?.[1];
  if (key === undefined) return;
  const left = (hour.counts[key] ?? 1) - 1;
  if (left > 0) {
    hour.counts[key] = left;
    return;
  }
  delete hour.counts[key];
  hour.distinct -= 1;
}

/** SPEC: findings 3, bulk-day: far more in a day than this person's own days. */
export class BulkDay implements Rule {
  readonly #context: RuleContext;
  readonly #people: BoundedMap<DayOfPerson>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#people = context.memory.map('bulk-day', limits.maxFindingPersons);
  }

  see(seen: Seen): void {
    const { actor, readKey, nowMs } = seen;
    if (actor === undefined || readKey === undefined || !this.#context.isInScope(actor.authority)) return;
    const calendar = this.#context.calendarOf(actor.authority);
    const day = calendar === undefined ? Math.floor(nowMs / DAY_MS) : calendar.clock.dayAt(nowMs);
    const today = this.#people.get(actor.person) ?? { day, keys: {}, count: 0, history: [] };
    this.#people.set(actor.person, today);
    if (day !== today.day) turn(today, day);
    today.first ??= markOf(seen);
    if (today.keys[readKey] !== true) {
      if (today.count < limits.maxFindingWindow) today.keys[readKey] = true;
      today.count += 1;
    }
    this.#judge(today, actor, { mark: markOf(seen), calendar: calendar?.hash });
  }

  #judge(today: DayOfPerson, actor: SeenActor, { mark, calendar }: { mark: Mark; calendar: string | undefined }): void {
    const { settings, found } = this.#context;
    if (today.draft !== undefined) {
      today.draft.facts['objects'] = today.count;
      found.grow(today.draft, mark);
      return;
    }
    if (today.count <= settings.bulkDayFloor || today.history.length < settings.bulkMedianMinDays) return;
    const median = medianOf(today.history.map(([, count]) => count));
    const threshold = settings.bulkMedianFactor * median;
    if (today.count <= threshold) return;
    const first = today.first ?? mark;
    today.draft = found.open('bulk-day', {
      ...{ authorities: [actor.authority], person: actor.person, calendar },
      facts: { objects: today.count, median, factor: settings.bulkMedianFactor, days: today.history.length },
      ...{ records: [first, mark] },
    });
  }
}

function turn(today: DayOfPerson, day: number): void {
  if (today.count > 0) today.history.push([today.day, today.count]);
  today.history = today.history.filter(([past]) => past >= day - MEDIAN_DAYS && past < day);
  Object.assign(today, { day, keys: {}, count: 0, first: undefined, draft: undefined });
}

/** Of an even number the lower of the middle two. */
function medianOf(counts: readonly number[]): number {
  return counts.toSorted((a, b) => a - b)[(counts.length - 1) >> 1] ?? 0;
}
