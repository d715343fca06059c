import { refusedDeadline } from './deadlines.errors.js';
import type { Length } from './period.js';

/** How the law lets a period grow. */
export type Extension =
  /** By so much at most, with reasons. */
  | { readonly kind: 'up-to'; readonly most: Length; readonly article: string }
  /** To a date, with reasons, after the other side was told or consulted. */
  | { readonly kind: 'to-a-date'; readonly article: string };

export interface ClockRule {
  readonly instrument: Instrument;
  readonly clock: string;
  /** What must be done, as the subject of "is due". */
  readonly duty: string;
  /** The event that starts it, as the object of "from". */
  readonly event: string;
  /** Who must act. Its state's holidays and its zone count. */
  readonly actor: 'executing authority' | 'issuing authority' | 'enforcing authority' | 'service provider' | 'platform';
  readonly length: Length;
  readonly article: string;
  readonly extension?: Extension;
  /** The article by which the issuing side may ask for less, or a certain date. */
  readonly shorterBy?: string;
  /** The article by which it may stand still. */
  readonly pausedBy?: string;
  /** What follows when it has run out. */
  readonly consequence: string;
  /** `text`: its words and paragraph were seen; `summary`: an official summary, or words without the paragraph number. */
  readonly source: 'text' | 'summary';
}

export const instruments = {
  eio: 'EIO Directive 2014/41/EU',
  freezing: 'Regulation (EU) 2018/1805',
  'e-evidence': 'Regulation (EU) 2023/1543',
  information: 'Directive (EU) 2023/977',
  'jit-platform': 'Regulation (EU) 2023/969',
} as const;
export type Instrument = keyof typeof instruments;

const hours = (amount: number): Length => ({ amount, unit: 'hours' });
const days = (amount: number): Length => ({ amount, unit: 'days' });
const weeks = (amount: number): Length => ({ amount, unit: 'weeks' });

const escalate = 'the period is exceeded: the other side may ask why, and the case goes to the lead';

const eio: readonly ClockRule[] = [
  {
    instrument: 'eio',
    clock: 'receipt',
    duty: 'the receipt (Annex B)',
    event: 'the arrival of the order',
    actor: 'executing authority',
    length: weeks(1),
    article: 'Art. 16(1)',
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'eio',
    clock: 'recognition',
    duty: 'the decision on recognition or execution',
    event: 'the arrival of the order',
    actor: 'executing authority',
    length: days(30),
    article: 'Art. 12(3)',
    extension: { kind: 'up-to', most: days(30), article: 'Art. 12(5)' },
    shorterBy: 'Art. 12(2)',
    pausedBy: 'Art. 15',
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'eio',
    clock: 'execution',
    duty: 'the investigative measure',
    event: 'the decision on recognition',
    actor: 'executing authority',
    length: days(90),
    article: 'Art. 12(4)',
    extension: { kind: 'to-a-date', article: 'Art. 12(6)' },
    shorterBy: 'Art. 12(2)',
    pausedBy: 'Art. 15',
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'eio',
    clock: 'provisional-measure',
    duty: 'the decision on a provisional measure, where practicable',
    event: 'the arrival of the order',
    actor: 'executing authority',
    length: hours(24),
    article: 'Art. 32(2)',
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'eio',
    clock: 'interception-objection',
    duty: 'the objection to an interception without technical assistance',
    event: 'the arrival of the notification (Annex C)',
    actor: 'executing authority',
    length: hours(96),
    article: 'Art. 31(3)',
    consequence: 'an objection can no longer be made in time',
    source: 'text',
  },
];

const freezing: readonly ClockRule[] = [
  {
    instrument: 'freezing',
    clock: 'recognition-urgent',
    duty: 'the decision on recognition of an urgent freezing order',
    event: 'the arrival of the certificate',
    actor: 'executing authority',
    length: hours(48),
    article: 'Art. 9',
    consequence: escalate,
    source: 'summary',
  },
  {
    instrument: 'freezing',
    clock: 'execution-urgent',
    duty: 'the execution of an urgent freezing order',
    event: 'the decision on recognition',
    actor: 'executing authority',
    length: hours(48),
    article: 'Art. 9',
    consequence: escalate,
    source: 'summary',
  },
  {
    instrument: 'freezing',
    clock: 'limit-answer',
    duty: 'the answer to a request to limit the period of freezing',
    event: 'the arrival of the request to limit it',
    actor: 'issuing authority',
    length: weeks(6),
    article: 'Art. 12(2)',
    consequence: 'the executing authority is no longer obliged to keep the property frozen',
    source: 'text',
  },
  {
    instrument: 'freezing',
    clock: 'confiscation-recognition',
    duty: 'the decision on recognition of a confiscation order',
    event: 'the arrival of the certificate',
    actor: 'executing authority',
    length: days(45),
    article: 'Art. 20',
    consequence: escalate,
    source: 'summary',
  },
];

const evidence: readonly ClockRule[] = [
  {
    instrument: 'e-evidence',
    clock: 'production',
    duty: 'the production of the data',
    event: 'the arrival of the production order certificate',
    actor: 'service provider',
    length: days(10),
    article: 'Art. 10',
    pausedBy: 'Art. 10(6)',
    consequence: escalate,
    source: 'summary',
  },
  {
    instrument: 'e-evidence',
    clock: 'production-emergency',
    duty: 'the production of the data in an emergency',
    event: 'the arrival of the production order certificate',
    actor: 'service provider',
    length: hours(8),
    article: 'Art. 10',
    pausedBy: 'Art. 10(6)',
    consequence: escalate,
    source: 'summary',
  },
  {
    instrument: 'e-evidence',
    clock: 'objection',
    duty: 'a ground for refusal of the enforcing authority',
    event: 'the arrival of the notification',
    actor: 'enforcing authority',
    length: days(10),
    article: 'Art. 12',
    consequence: 'a ground for refusal can no longer be raised in time',
    source: 'summary',
  },
  {
    instrument: 'e-evidence',
    clock: 'objection-emergency',
    duty: 'a ground for refusal of the enforcing authority in an emergency',
    event: 'the arrival of the notification',
    actor: 'enforcing authority',
    length: hours(96),
    article: 'Art. 12',
    consequence: 'a ground for refusal can no longer be raised in time',
    source: 'summary',
  },
  {
    instrument: 'e-evidence',
    clock: 'clarification',
    duty: 'the clarification or correction of a certificate',
    event: 'the arrival of the form that asks for it',
    actor: 'issuing authority',
    length: days(5),
    article: 'Art. 10(6)',
    consequence: escalate,
    source: 'summary',
  },
  {
    instrument: 'e-evidence',
    clock: 'preservation',
    duty: 'the confirmation that a request for production was issued, or the extension of the preservation',
    event: 'the arrival of the preservation order certificate',
    actor: 'issuing authority',
    length: days(60),
    article: 'Art. 11(1)',
    extension: { kind: 'up-to', most: days(30), article: 'Art. 11(1)' },
    consequence: 'the preservation ceases and the data may be gone',
    source: 'summary',
  },
];

const information: readonly ClockRule[] = [
  {
    instrument: 'information',
    clock: 'urgent-direct',
    duty: 'the information of an urgent request, directly available',
    event: 'the arrival of the request',
    actor: 'executing authority',
    length: hours(8),
    article: 'Art. 5',
    extension: { kind: 'to-a-date', article: 'Art. 5' },
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'information',
    clock: 'urgent-indirect',
    duty: 'the information of an urgent request, indirectly available',
    event: 'the arrival of the request',
    actor: 'executing authority',
    length: days(3),
    article: 'Art. 5',
    extension: { kind: 'to-a-date', article: 'Art. 5' },
    consequence: escalate,
    source: 'text',
  },
  {
    instrument: 'information',
    clock: 'other',
    duty: 'the information of a request that is not urgent',
    event: 'the arrival of the request',
    actor: 'executing authority',
    length: days(7),
    article: 'Art. 5',
    extension: { kind: 'to-a-date', article: 'Art. 5' },
    consequence: escalate,
    source: 'text',
  },
];

const platform: readonly ClockRule[] = [
  {
    instrument: 'jit-platform',
    clock: 'erasure',
    duty: 'the erasure of operational data',
    event: 'the upload',
    actor: 'platform',
    length: weeks(4),
    article: 'Art. 21',
    consequence: 'the data are kept without a ground',
    source: 'text',
  },
  {
    instrument: 'jit-platform',
    clock: 'technical-logs',
    duty: 'the erasure of a technical log, where no monitoring is under way',
    event: 'the entry in the log',
    actor: 'platform',
    length: { amount: 3, unit: 'years' },
    article: 'Art. 25',
    consequence: 'the log is kept without a ground',
    source: 'text',
  },
];

/** Each version stays as it is for the requests that began under it. A change of law or calendar is a further entry. */
const versions: readonly (readonly ClockRule[])[] = [[...eio, ...freezing, ...evidence, ...information, ...platform]];

/** The version for a request that begins now; the request keeps its number. */
export const currentRules = versions.length;

/** All clocks of a version. @throws DeadlineRefusedError `deadline/unknown`. */
export function clocksOf(version: number, instrument?: string): readonly ClockRule[] {
  const rules = versions[version - 1]?.filter((rule) => instrument === undefined || rule.instrument === instrument);
  if (rules === undefined || rules.length === 0) throw refusedDeadline('deadline/unknown');
  return rules;
}

/** @throws DeadlineRefusedError `deadline/unknown`. */
export function clockRule(version: number, instrument: string, clock: string): ClockRule {
  const rule = clocksOf(version, instrument).find((known) => known.clock === clock);
  if (rule === undefined) throw refusedDeadline('deadline/unknown');
  return rule;
}
