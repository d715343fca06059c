import { dateOf } from '@rogatory/coordination';
import { offsetAt } from '@rogatory/protocol';
import type { ClockChange, Deadline } from './deadline.js';
import type { Length, PeriodStep } from './period.js';
import { type ClockRule, instruments } from './rules.js';

const DAY_MS = 86_400_000;
const weekdays = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday'];

/** A moment as the clocks of a zone show it: `Monday 2026-11-23 09:30 (Europe/Paris)`. */
export function localText(timeMs: number, zone: string): string {
  const localMs = timeMs + offsetAt(timeMs, zone);
  return `${dayText(dateOf(Math.floor(localMs / DAY_MS)))} ${new Date(localMs).toISOString().slice(11, 16)} (${zone})`;
}

/** How a deadline came about, one sentence a line, each with the article it rests on. */
export function explainDeadline(deadline: Deadline): readonly string[] {
  const { rule, startMs, place, changes, period, endMs, cautiousMs } = deadline;
  const { duty, length, event, article, instrument, actor } = rule;
  const lines = [
    `${capital(duty)} is due within ${lengthText(length)} from ${event}: ${instruments[instrument]}, ${article}.`,
    `It began on ${localText(startMs, place.zone)}, where the ${actor} must act; the public holidays of ${place.state} count.`,
    ...changes.map((change) => changeText(change, rule, place.zone)),
  ];
  if (endMs === undefined || cautiousMs === undefined)
    return [...lines, 'The clock stands still: no date until it resumes.'];
  lines.push(
    ...period.steps.map(stepText),
    `It ends at ${localText(endMs, place.zone)}: what is done before is in time.`,
  );
  if (cautiousMs < endMs) {
    lines.push(
      `Whoever acts before ${localText(cautiousMs, place.zone)} is in time also where nothing is added to the period.`,
    );
  }
  return [...lines, `When it has run out: ${rule.consequence}.`, ...sourceText(rule)];
}

/** `1 week`, `96 hours`. */
export function lengthText({ amount, unit }: Length): string {
  const name = unit.replace('-', ' ');
  return `${amount} ${amount === 1 ? name.slice(0, -1) : name}`;
}

function sourceText({ source }: ClockRule): readonly string[] {
  return source === 'text'
    ? []
    : ['The paragraph was not checked against the text of the law: look it up before you rely on it.'];
}

function changeText(change: ClockChange, rule: ClockRule, zone: string): string {
  const tail = `${localText(change.atMs, zone)}: ${change.reason}.`;
  switch (change.kind) {
    case 'extend':
      return `Extended by ${lengthText({ ...rule.length, amount: change.amount })} (${rule.extension?.article ?? ''}) on ${tail}`;
    case 'set-date':
      return `Set to ${dayText(change.date)} (${articleOfDate(rule)}) on ${tail}`;
    case 'pause':
      return `Paused (${rule.pausedBy ?? ''}) on ${tail}`;
    case 'resume':
      return `Resumed on ${tail}`;
  }
}

function articleOfDate({ extension, shorterBy }: ClockRule): string {
  return [extension?.kind === 'to-a-date' ? extension.article : undefined, shorterBy].filter(Boolean).join(' or ');
}

function stepText(step: PeriodStep): string {
  switch (step.kind) {
    case 'not-counted':
      return `The ${step.unit} of the event is not counted (Regulation 1182/71, Art. 3(1)).`;
    case 'month-end':
      return `The month has no such day: its last, ${dayText(step.date)}, stands for it (Art. 3(2)(c)).`;
    case 'last-day':
      return `The last day is ${dayText(step.date)}.`;
    case 'moved':
      return `${dayText(step.from)} is no working day: the period ends with ${dayText(step.to)} (Art. 3(4)).`;
    case 'two-working-days':
      return `It must include two working days: the period ends with ${dayText(step.to)} (Art. 3(5)).`;
  }
}

function dayText(date: string): string {
  return `${weekdays[(Date.parse(date) / DAY_MS) % 7] ?? ''} ${date}`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
