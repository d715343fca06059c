import { dayOf, instantAt, minuteOf } from '@rogatory/coordination';
import {
  clocksOf,
  computeDeadline,
  currentRules,
  type Deadline,
  explainDeadline,
  lengthText,
  localText,
  parseMemberState,
  parseZone,
  warningsOf,
} from '@rogatory/deadlines';
import type { Call } from '../run/call.js';
import { usageError } from '../run/cli.errors.js';
import { isoTime, type Json, type Outcome, table } from '../run/outcome.js';

const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})$/;

/** What is due when, as sentences: of the rules and these options alone. */
export async function explainClock(call: Call): Promise<Outcome> {
  const place = { state: parseMemberState(call.required('state')), zone: parseZone(call.required('zone')) };
  const otherZone = call.optional('otherZone');
  const deadline = computeDeadline({
    rules: rulesIn(call),
    instrument: call.required('instrument'),
    clock: call.required('clock'),
    startMs: momentOf(call.required('from'), place.zone),
    place,
  });
  const { endMs } = deadline;
  const other =
    otherZone === undefined || endMs === undefined
      ? []
      : [`On the other side that is ${localText(endMs, parseZone(otherZone))}.`];
  const told = warningsOf(deadline).map(({ level, atMs }) => `Warns the ${level} from ${localText(atMs, place.zone)}.`);
  return { json: jsonOf(deadline), lines: [...explainDeadline(deadline), ...other, ...told] };
}

export async function listClocks(call: Call): Promise<Outcome> {
  const clocks = clocksOf(rulesIn(call), call.optional('instrument'));
  const rows = clocks.map((rule) => [rule.instrument, rule.clock, lengthText(rule.length), rule.article, rule.source]);
  const json = clocks.map(({ instrument, clock, length, article, source, event, actor }) => ({
    instrument,
    clock,
    amount: length.amount,
    unit: length.unit,
    article,
    source,
    event,
    actor,
  }));
  return { json, lines: table(['INSTRUMENT', 'CLOCK', 'LENGTH', 'ARTICLE', 'SOURCE'], rows) };
}

function rulesIn(call: Call): number {
  return call.whole('rules', { min: 1, max: currentRules, fallback: currentRules });
}

function momentOf(text: string, zone: string): number {
  const [, date, time] = LOCAL_TIME.exec(text) ?? [];
  if (date === undefined || time === undefined) throw usageError('cli/arguments', { option: 'from' });
  return instantAt(dayOf(date), minuteOf(time), zone);
}

function jsonOf(deadline: Deadline): Json {
  const { rule, startMs, endMs, cautiousMs } = deadline;
  return {
    instrument: rule.instrument,
    clock: rule.clock,
    article: rule.article,
    source: rule.source,
    start: isoTime(startMs),
    end: endMs === undefined ? undefined : isoTime(endMs),
    cautious: cautiousMs === undefined ? undefined : isoTime(cautiousMs),
    warnings: warningsOf(deadline).map(({ level, atMs }) => ({ level, at: isoTime(atMs) })),
    why: explainDeadline(deadline),
  };
}
