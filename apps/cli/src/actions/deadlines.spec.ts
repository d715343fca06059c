import { describe, expect, it } from '@jest/globals';
import { Call } from '../run/call.js';
import type { CliContext } from '../run/context.js';
import { explainClock, listClocks } from './deadlines.js';

const given = {
  instrument: 'eio',
  clock: 'receipt',
  from: '2026-12-18T10:00',
  state: 'DE',
  zone: 'Europe/Berlin',
  otherZone: 'Europe/Lisbon',
};
/** These commands touch nothing of their context. */
const call = (options: Readonly<Record<string, string>>) => new Call({} as CliContext, [], options);

describe('rogatory deadline', () => {
  it('tells the end for both sides, and why', async () => {
    const { lines, json } = await explainClock(call(given));
    const text = lines.join('\n');
    expect(text).toContain('The receipt (Annex B) is due within 1 week');
    expect(text).toContain('Friday 2026-12-25 is no working day: the period ends with Monday 2026-12-28 (Art. 3(4)).');
    expect(text).toContain('On the other side that is Monday 2026-12-28 23:00 (Europe/Lisbon).');
    expect(text).toContain('Warns the lead from');
    expect(json).toMatchObject({
      end: '2026-12-28T23:00:00.000Z',
      cautious: '2026-12-25T23:00:00.000Z',
      article: 'Art. 16(1)',
    });
  });

  it('lists the clocks of an instrument', async () => {
    const { lines } = await listClocks(call({ instrument: 'information' }));
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^information +urgent-direct +8 hours +Art\. 5 +text$/);
  });

  it.each([
    ['from', 'yesterday', 'cli/arguments'],
    ['from', '2026-02-30T10:00', 'codec/local-time'],
    ['state', 'GB', 'deadline/place'],
    ['zone', 'Europe/Nowhere', 'deadline/place'],
    ['otherZone', 'Europe/Nowhere', 'deadline/place'],
    ['clock', 'lunch', 'deadline/unknown'],
    ['instrument', 'letters', 'deadline/unknown'],
    ['rules', '99', 'cli/arguments'],
    ['from', '2045-01-01T10:00', 'deadline/calendar'],
  ])('refuses %s %s', async (option, value, code) => {
    await expect(explainClock(call({ ...given, [option]: value }))).rejects.toMatchObject({ code });
  });
});
