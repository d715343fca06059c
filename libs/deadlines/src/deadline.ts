import { dayOf } from '@rogatory/coordination';
import { parseMemberState, parseZone } from './calendar.js';
import { refusedDeadline } from './deadlines.errors.js';
import { endOfDay, dayAt, endOfPeriod, type Length, type Paused, type PeriodEnd, type Place } from './period.js';
import { type ClockRule, clockRule } from './rules.js';

/** What happened to a clock after its start, in the order of time. */
export type ClockChange = { readonly atMs: number; readonly reason: string } & (
  | { readonly kind: 'extend'; readonly amount: number }
  /** To the end of a day at the place: later after consultation, or earlier at the request of the issuing side. */
  | { readonly kind: 'set-date'; readonly date: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
);

export interface ClockFacts {
  /** The version of the rules under which the request began. */
  readonly rules: number;
  readonly instrument: string;
  readonly clock: string;
  readonly startMs: number;
  /** Of the authority that must act. */
  readonly place: Place;
  readonly changes?: readonly ClockChange[];
}

export interface Deadline {
  readonly rule: ClockRule;
  readonly startMs: number;
  readonly place: Place;
  readonly changes: readonly ClockChange[];
  /** The first moment that is too late; absent while the clock stands still. */
  readonly endMs?: number;
  /** Never after `endMs`: in time also where a national law moves no last day. Warnings count to it. */
  readonly cautiousMs?: number;
  readonly period: PeriodEnd;
}

interface Running {
  readonly length: Length;
  readonly paused: Paused;
  readonly pausedSinceMs?: number;
  readonly isDateSet: boolean;
  readonly end: PeriodEnd;
}

/**
 * When a clock runs out, by the rules it began under and all that happened to it.
 * @throws DeadlineRefusedError for a change that the law does not allow: a deadline is never moved in silence.
 */
export function computeDeadline(facts: ClockFacts): Deadline {
  const rule = clockRule(facts.rules, facts.instrument, facts.clock);
  const { startMs, place, changes = [] } = facts;
  parseMemberState(place.state);
  parseZone(place.zone);
  let running: Running = {
    isDateSet: false,
    length: rule.length,
    paused: { ms: 0, days: 0 },
    end: endOfPeriod(startMs, rule.length, place),
  };
  let lastMs = startMs;
  for (const change of changes) {
    if (change.atMs < lastMs) throw refusedDeadline('deadline/order');
    if (change.reason.trim() === '') throw refusedDeadline('deadline/reason');
    lastMs = change.atMs;
    running = changed(running, change, rule, facts);
  }
  const { end } = running;
  const dates = running.pausedSinceMs === undefined ? { endMs: end.endMs, cautiousMs: end.cautiousMs } : {};
  return { rule, startMs, place, changes, ...dates, period: end };
}

function changed(running: Running, change: ClockChange, rule: ClockRule, facts: ClockFacts): Running {
  if (change.kind === 'resume') return resumed(running, change.atMs, facts);
  if (running.pausedSinceMs !== undefined) throw refusedDeadline('deadline/pause');
  if (change.atMs >= running.end.endMs) throw refusedDeadline('deadline/late');
  switch (change.kind) {
    case 'pause':
      if (rule.pausedBy === undefined) throw refusedDeadline('deadline/pause');
      return { ...running, pausedSinceMs: change.atMs };
    case 'extend':
      return extended(running, change.amount, rule, facts);
    case 'set-date':
      return withDate(running, change, rule, facts.place);
  }
}

function resumed(running: Running, atMs: number, { startMs, place }: ClockFacts): Running {
  const { pausedSinceMs, ...rest } = running;
  if (pausedSinceMs === undefined) throw refusedDeadline('deadline/pause');
  const paused = {
    ms: rest.paused.ms + atMs - pausedSinceMs,
    days: rest.paused.days + dayAt(atMs, place.zone) - dayAt(pausedSinceMs, place.zone),
  };
  // A date that was set stands: only a new one, with reasons, moves it.
  return { ...rest, paused, end: rest.isDateSet ? rest.end : endOfPeriod(startMs, rest.length, place, paused) };
}

/** The period as a whole grows, so that its first end is not moved off a weekend and then extended from there. */
function extended(
  running: Running,
  amount: number,
  { extension, length: first }: ClockRule,
  facts: ClockFacts,
): Running {
  const isWhole = Number.isSafeInteger(amount) && amount > 0;
  if (extension?.kind !== 'up-to' || !isWhole) throw refusedDeadline('deadline/extension');
  const length = { ...running.length, amount: running.length.amount + amount };
  if (length.amount > first.amount + extension.most.amount) throw refusedDeadline('deadline/extension');
  return { ...running, length, isDateSet: false, end: endOfPeriod(facts.startMs, length, facts.place, running.paused) };
}

function withDate(
  running: Running,
  change: ClockChange & { readonly kind: 'set-date' },
  rule: ClockRule,
  place: Place,
): Running {
  const endMs = endOfDay(dayOf(change.date), place.zone);
  if (endMs <= change.atMs) throw refusedDeadline('deadline/late');
  const isAllowed = endMs < running.end.endMs ? rule.shorterBy !== undefined : rule.extension?.kind === 'to-a-date';
  if (!isAllowed) throw refusedDeadline('deadline/extension');
  return {
    ...running,
    isDateSet: true,
    end: { endMs, cautiousMs: endMs, steps: [{ kind: 'last-day', date: change.date }] },
  };
}
