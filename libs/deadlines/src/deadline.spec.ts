import { describe, expect, it } from '@jest/globals';
import { dateOf, dayOf, instantAt } from '@rogatory/coordination';
import { type ClockChange, type ClockFacts, computeDeadline, type Deadline } from './deadline.js';
import { explainDeadline, lengthText } from './explain.js';
import { dayAt } from './period.js';
import { clockRule, clocksOf, currentRules } from './rules.js';
import { standingAt, warnedAt, warningsOf } from './standing.js';

const zone = 'Europe/Berlin';
const at = (date: string, minute = 600) => instantAt(dayOf(date), minute, zone);
const facts = (instrument: string, clock: string, from: string, changes: readonly ClockChange[] = []): ClockFacts => ({
  rules: 1,
  instrument,
  clock,
  startMs: at(from),
  place: { state: 'DE', zone },
  changes,
});
const reason = 'why';
const lastDate = ({ endMs }: Deadline) => dateOf(dayAt((endMs as number) - 1, zone));

/** Each clock in the middle (begins 2 November 2026, a Monday) and where its end falls on free days. */
const examples: readonly (readonly [string, string, string, string])[] = [
  ['eio', 'receipt', '2026-11-02', '2026-11-10T00:00'],
  ['eio', 'receipt', '2026-12-18', '2026-12-29T00:00'],
  ['eio', 'recognition', '2026-11-02', '2026-12-03T00:00'],
  ['eio', 'recognition', '2026-11-26', '2026-12-29T00:00'],
  ['eio', 'execution', '2026-11-02', '2027-02-02T00:00'],
  ['eio', 'execution', '2026-12-31', '2027-04-01T00:00'],
  ['eio', 'provisional-measure', '2026-11-02', '2026-11-03T11:00'],
  ['eio', 'provisional-measure', '2026-10-24', '2026-10-25T10:00'],
  ['eio', 'interception-objection', '2026-11-02', '2026-11-06T11:00'],
  ['eio', 'interception-objection', '2026-03-27', '2026-03-31T12:00'],
  ['freezing', 'recognition-urgent', '2026-11-02', '2026-11-04T11:00'],
  ['freezing', 'recognition-urgent', '2026-11-06', '2026-11-08T11:00'],
  ['freezing', 'execution-urgent', '2026-11-02', '2026-11-04T11:00'],
  ['freezing', 'execution-urgent', '2026-12-31', '2027-01-02T11:00'],
  ['freezing', 'limit-answer', '2026-11-02', '2026-12-15T00:00'],
  ['freezing', 'limit-answer', '2026-11-13', '2026-12-29T00:00'],
  ['freezing', 'confiscation-recognition', '2026-11-02', '2026-12-18T00:00'],
  ['freezing', 'confiscation-recognition', '2028-01-15', '2028-03-01T00:00'],
  ['e-evidence', 'production', '2026-11-02', '2026-11-13T00:00'],
  ['e-evidence', 'production', '2026-12-15', '2026-12-29T00:00'],
  ['e-evidence', 'production-emergency', '2026-11-02', '2026-11-02T19:00'],
  ['e-evidence', 'production-emergency', '2026-12-25', '2026-12-25T19:00'],
  ['e-evidence', 'objection', '2026-11-02', '2026-11-13T00:00'],
  ['e-evidence', 'objection', '2026-11-04', '2026-11-17T00:00'],
  ['e-evidence', 'objection-emergency', '2026-11-02', '2026-11-06T11:00'],
  ['e-evidence', 'objection-emergency', '2026-11-05', '2026-11-09T11:00'],
  ['e-evidence', 'clarification', '2026-11-02', '2026-11-10T00:00'],
  ['e-evidence', 'clarification', '2026-12-24', '2026-12-30T00:00'],
  ['e-evidence', 'preservation', '2026-11-02', '2027-01-05T00:00'],
  ['e-evidence', 'preservation', '2026-11-03', '2027-01-05T00:00'],
  ['information', 'urgent-direct', '2026-11-02', '2026-11-02T19:00'],
  ['information', 'urgent-direct', '2026-12-24', '2026-12-24T19:00'],
  ['information', 'urgent-indirect', '2026-11-02', '2026-11-06T00:00'],
  ['information', 'urgent-indirect', '2026-11-06', '2026-11-11T00:00'],
  ['information', 'other', '2026-11-02', '2026-11-10T00:00'],
  ['information', 'other', '2026-12-25', '2027-01-05T00:00'],
  ['jit-platform', 'erasure', '2026-11-02', '2026-12-01T00:00'],
  ['jit-platform', 'erasure', '2026-11-28', '2026-12-29T00:00'],
  ['jit-platform', 'technical-logs', '2026-11-02', '2029-11-03T00:00'],
  ['jit-platform', 'technical-logs', '2028-02-29', '2031-03-01T00:00'],
];

describe('the clocks', () => {
  it.each(examples)('%s %s from %s ends at %s', (instrument, clock, from, end) => {
    const { endMs } = computeDeadline(facts(instrument, clock, from));
    expect(endMs).toBe(at(end.slice(0, 10), 60 * Number(end.slice(11, 13))));
  });

  it('are all in the examples', () => {
    const shown = new Set(examples.map(([instrument, clock]) => `${instrument} ${clock}`));
    expect(new Set(clocksOf(1).map(({ instrument, clock }) => `${instrument} ${clock}`))).toEqual(shown);
    expect(currentRules).toBe(1);
  });

  it('rest on the articles that were read', () => {
    expect(clocksOf(1).map(({ clock, article, source }) => `${clock} ${article} ${source}`)).toEqual([
      'receipt Art. 16(1) text',
      'recognition Art. 12(3) text',
      'execution Art. 12(4) text',
      'provisional-measure Art. 32(2) text',
      'interception-objection Art. 31(3) text',
      'recognition-urgent Art. 9 summary',
      'execution-urgent Art. 9 summary',
      'limit-answer Art. 12(2) text',
      'confiscation-recognition Art. 20 summary',
      'production Art. 10 summary',
      'production-emergency Art. 10 summary',
      'objection Art. 12 summary',
      'objection-emergency Art. 12 summary',
      'clarification Art. 10(6) summary',
      'preservation Art. 11(1) summary',
      'urgent-direct Art. 5 text',
      'urgent-indirect Art. 5 text',
      'other Art. 5 text',
      'erasure Art. 21 text',
      'technical-logs Art. 25 text',
    ]);
  });

  it.each([
    [2, 'eio', 'receipt'],
    [0, 'eio', 'receipt'],
    [1, 'letters', 'receipt'],
    [1, 'eio', 'objection'],
  ])('of version %i know no %s %s', (rules, instrument, clock) => {
    expect(() => clockRule(rules, instrument, clock)).toThrow('no such version');
  });
});

describe('changes', () => {
  const extend = (date: string, amount: number): ClockChange => ({ kind: 'extend', atMs: at(date), amount, reason });
  const setDate = (date: string, to: string): ClockChange => ({ kind: 'set-date', atMs: at(date), date: to, reason });
  const pause = (date: string): ClockChange => ({ kind: 'pause', atMs: at(date), reason });
  const resume = (date: string): ClockChange => ({ kind: 'resume', atMs: at(date), reason });
  const recognition = (...changes: ClockChange[]) =>
    computeDeadline(facts('eio', 'recognition', '2026-11-02', changes));
  const execution = (...changes: ClockChange[]) => computeDeadline(facts('eio', 'execution', '2026-11-02', changes));

  it('extend recognition by thirty days in all (Art. 12(5))', () => {
    expect(lastDate(recognition(extend('2026-11-20', 30)))).toBe('2027-01-04');
    expect(lastDate(recognition(extend('2026-11-20', 10), extend('2026-11-21', 20)))).toBe('2027-01-04');
    expect(lastDate(recognition(extend('2026-12-02', 1)))).toBe('2026-12-03');
    for (const amount of [31, 0, -1, 1.5])
      expect(() => recognition(extend('2026-11-20', amount))).toThrow('does not allow');
    expect(() => recognition(extend('2026-11-20', 20), extend('2026-11-21', 11))).toThrow('does not allow');
  });

  it('extend preservation by thirty days (Art. 11(1)), and no clock that the law does not extend', () => {
    const changes = [extend('2026-12-01', 30)];
    expect(lastDate(computeDeadline(facts('e-evidence', 'preservation', '2026-11-02', changes)))).toBe('2027-02-01');
    expect(() => computeDeadline(facts('eio', 'receipt', '2026-11-02', [extend('2026-11-03', 1)]))).toThrow(
      'does not allow',
    );
    expect(() => execution(extend('2026-11-20', 1))).toThrow('does not allow');
  });

  it('set a later date after consultation (Art. 12(6)), an earlier one on request (Art. 12(2))', () => {
    expect(lastDate(execution(setDate('2026-11-20', '2027-05-01')))).toBe('2027-05-01');
    expect(lastDate(execution(setDate('2026-11-20', '2026-11-25')))).toBe('2026-11-25');
    expect(lastDate(recognition(setDate('2026-11-03', '2026-11-03')))).toBe('2026-11-03');
    expect(() => recognition(setDate('2026-11-03', '2027-05-01'))).toThrow('does not allow');
    expect(() => recognition(setDate('2026-11-03', '2026-11-02'))).toThrow('was over before');
    const information = (to: string) =>
      computeDeadline(facts('information', 'other', '2026-11-02', [setDate('2026-11-03', to)]));
    expect(lastDate(information('2026-11-30'))).toBe('2026-11-30');
    expect(() => information('2026-11-04')).toThrow('does not allow');
  });

  it('count an extension from the period of the law, also after a date was set (Art. 12(5))', () => {
    expect(lastDate(recognition(setDate('2026-11-03', '2026-11-10'), extend('2026-11-05', 5)))).toBe('2026-12-07');
  });

  it('stop the clock and go on by the days that it stood (Art. 15)', () => {
    const open = recognition(pause('2026-11-10'));
    expect([open.endMs, open.cautiousMs, warningsOf(open), standingAt(open, at('2028-01-01'))]).toEqual([
      undefined,
      undefined,
      [],
      'paused',
    ]);
    expect(lastDate(recognition(pause('2026-11-10'), resume('2026-11-20')))).toBe('2026-12-14');
    expect(
      lastDate(recognition(pause('2026-11-10'), resume('2026-11-12'), pause('2026-11-13'), resume('2026-11-16'))),
    ).toBe('2026-12-07');
    expect(lastDate(execution(setDate('2026-11-03', '2026-11-30'), pause('2026-11-10'), resume('2026-11-20')))).toBe(
      '2026-11-30',
    );
    expect(lastDate(recognition(pause('2026-11-10'), resume('2026-11-12'), extend('2026-11-20', 2)))).toBe(
      '2026-12-07',
    );
    const hours = computeDeadline(
      facts('e-evidence', 'production-emergency', '2026-11-02', [pause('2026-11-02'), resume('2026-11-03')]),
    );
    expect(hours.endMs).toBe(at('2026-11-03', 19 * 60));
  });

  it('are judged at the very edge', () => {
    expect(() => recognition(setDate('2026-11-03', '2026-12-02'))).toThrow('does not allow');
    const atEnd = { ...setDate('2026-11-03', '2026-11-03'), atMs: at('2026-11-04', 0) };
    expect(() => recognition(atEnd)).toThrow('was over before');
    const again = [
      setDate('2026-11-03', '2026-11-30'),
      extend('2026-11-04', 5),
      pause('2026-11-10'),
      resume('2026-11-12'),
    ];
    expect(lastDate(recognition(...again))).toBe('2026-12-09');
  });

  it('stop it only where the law says so, and once', () => {
    expect(() => computeDeadline(facts('eio', 'receipt', '2026-11-02', [pause('2026-11-03')]))).toThrow(
      'pause or resume',
    );
    expect(() => recognition(resume('2026-11-03'))).toThrow('pause or resume');
    expect(() => recognition(pause('2026-11-03'), pause('2026-11-04'))).toThrow('pause or resume');
    expect(() => recognition(pause('2026-11-03'), extend('2026-11-04', 1))).toThrow('pause or resume');
  });

  it('need reasons, order and a period that still runs', () => {
    expect(() => recognition({ ...extend('2026-11-20', 1), reason: ' ' })).toThrow('reasons');
    expect(() => recognition(extend('2026-11-20', 1), extend('2026-11-19', 1))).toThrow('follow');
    expect(() => recognition(extend('2026-11-01', 1))).toThrow('follow');
    expect(() => recognition({ ...extend('2026-12-03', 1), atMs: at('2026-12-03', 0) })).toThrow('was over before');
    expect(lastDate(recognition({ ...extend('2026-12-03', 1), atMs: at('2026-12-03', 0) - 1 }))).toBe('2026-12-03');
  });

  it('take no unknown place', () => {
    const given = facts('eio', 'receipt', '2026-11-02');
    expect(() => computeDeadline({ ...given, place: { state: 'DE', zone: 'Europe/Nowhere' } })).toThrow(
      'not a member state',
    );
    expect(() => computeDeadline({ ...given, place: { state: 'GB' as 'DE', zone } })).toThrow('member state');
  });

  it('are told with the article that allows them, and the length in words', () => {
    expect(explainDeadline(recognition(setDate('2026-11-03', '2026-11-10'))).join(' ')).toContain(
      '2026-11-10 (Art. 12(2)) on',
    );
    expect(lengthText({ amount: 1, unit: 'weeks' })).toBe('1 week');
    expect(lengthText({ amount: 2, unit: 'working-days' })).toBe('2 working days');
    const started = computeDeadline(facts('jit-platform', 'technical-logs', '2028-02-29'));
    expect(explainDeadline(started)).toContain(
      'The month has no such day: its last, Friday 2031-02-28, stands for it (Art. 3(2)(c)).',
    );
  });

  it('are explained, each with its article', () => {
    expect(explainDeadline(recognition(pause('2026-11-10'), resume('2026-11-12'), extend('2026-11-20', 2)))).toEqual([
      'The decision on recognition or execution is due within 30 days from the arrival of the order: EIO Directive 2014/41/EU, Art. 12(3).',
      'It began on Monday 2026-11-02 10:00 (Europe/Berlin), where the executing authority must act; the public holidays of DE count.',
      'Paused (Art. 15) on Tuesday 2026-11-10 10:00 (Europe/Berlin): why.',
      'Resumed on Thursday 2026-11-12 10:00 (Europe/Berlin): why.',
      'Extended by 2 days (Art. 12(5)) on Friday 2026-11-20 10:00 (Europe/Berlin): why.',
      'The day of the event is not counted (Regulation 1182/71, Art. 3(1)).',
      'The last day is Sunday 2026-12-06.',
      'Sunday 2026-12-06 is no working day: the period ends with Monday 2026-12-07 (Art. 3(4)).',
      'It ends at Tuesday 2026-12-08 00:00 (Europe/Berlin): what is done before is in time.',
      'Whoever acts before Monday 2026-12-07 00:00 (Europe/Berlin) is in time also where nothing is added to the period.',
      'When it has run out: the period is exceeded: the other side may ask why, and the case goes to the lead.',
    ]);
    expect(explainDeadline(execution(setDate('2026-11-20', '2027-05-01')))).toEqual([
      'The investigative measure is due within 90 days from the decision on recognition: EIO Directive 2014/41/EU, Art. 12(4).',
      'It began on Monday 2026-11-02 10:00 (Europe/Berlin), where the executing authority must act; the public holidays of DE count.',
      'Set to Saturday 2027-05-01 (Art. 12(6) or Art. 12(2)) on Friday 2026-11-20 10:00 (Europe/Berlin): why.',
      'The last day is Saturday 2027-05-01.',
      'It ends at Sunday 2027-05-02 00:00 (Europe/Berlin): what is done before is in time.',
      'When it has run out: the period is exceeded: the other side may ask why, and the case goes to the lead.',
    ]);
    expect(explainDeadline(recognition(pause('2026-11-10')))).toEqual([
      'The decision on recognition or execution is due within 30 days from the arrival of the order: EIO Directive 2014/41/EU, Art. 12(3).',
      'It began on Monday 2026-11-02 10:00 (Europe/Berlin), where the executing authority must act; the public holidays of DE count.',
      'Paused (Art. 15) on Tuesday 2026-11-10 10:00 (Europe/Berlin): why.',
      'The clock stands still: no date until it resumes.',
    ]);
    expect(explainDeadline(computeDeadline(facts('freezing', 'recognition-urgent', '2026-11-02')))).toEqual([
      'The decision on recognition of an urgent freezing order is due within 48 hours from the arrival of the certificate: Regulation (EU) 2018/1805, Art. 9.',
      'It began on Monday 2026-11-02 10:00 (Europe/Berlin), where the executing authority must act; the public holidays of DE count.',
      'The hour of the event is not counted (Regulation 1182/71, Art. 3(1)).',
      'It ends at Wednesday 2026-11-04 11:00 (Europe/Berlin): what is done before is in time.',
      'Whoever acts before Wednesday 2026-11-04 10:00 (Europe/Berlin) is in time also where nothing is added to the period.',
      'When it has run out: the period is exceeded: the other side may ask why, and the case goes to the lead.',
      'The paragraph was not checked against the text of the law: look it up before you rely on it.',
    ]);
    expect(explainDeadline(computeDeadline(facts('information', 'urgent-indirect', '2026-11-06')))).toEqual([
      'The information of an urgent request, indirectly available is due within 3 days from the arrival of the request: Directive (EU) 2023/977, Art. 5.',
      'It began on Friday 2026-11-06 10:00 (Europe/Berlin), where the executing authority must act; the public holidays of DE count.',
      'The day of the event is not counted (Regulation 1182/71, Art. 3(1)).',
      'The last day is Monday 2026-11-09.',
      'It must include two working days: the period ends with Tuesday 2026-11-10 (Art. 3(5)).',
      'It ends at Wednesday 2026-11-11 00:00 (Europe/Berlin): what is done before is in time.',
      'Whoever acts before Tuesday 2026-11-10 00:00 (Europe/Berlin) is in time also where nothing is added to the period.',
      'When it has run out: the period is exceeded: the other side may ask why, and the case goes to the lead.',
    ]);
  });
});

describe('warnings', () => {
  const deadline = computeDeadline(facts('eio', 'interception-objection', '2026-11-02'));
  const hour = 3_600_000;

  it('go to the holder, the deputy and the lead', () => {
    const shown = warningsOf(deadline).map(({ level, atMs }) => [level, (atMs - deadline.startMs) / hour]);
    expect(shown).toEqual([
      ['holder', 48],
      ['deputy', 72],
      ['lead', 86.4],
    ]);
    expect(warnedAt(deadline, deadline.startMs + 48 * hour - 1)).toEqual([]);
    expect(warnedAt(deadline, deadline.startMs + 48 * hour)).toEqual(['holder']);
    expect(warnedAt(deadline, deadline.startMs + 200 * hour)).toEqual(['holder', 'deputy', 'lead']);
  });

  it('say how it stands, to the millisecond', () => {
    const end = deadline.endMs as number;
    expect(standingAt(deadline, end - 1)).toBe('running');
    expect(standingAt(deadline, end)).toBe('overdue');
    expect(standingAt(deadline, end, end - 1)).toBe('met');
    expect(standingAt(deadline, end, end)).toBe('met-late');
    expect(standingAt(deadline, end - 2, end - 1)).toBe('running');
  });
});
