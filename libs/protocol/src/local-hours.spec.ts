import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isInHours, isInHoursAt, offsetAt, parseLocalHours, zoneOffsets } from './local-hours.js';

const hoursOf = (hours?: string, days?: string, zone = 'Europe/Paris') => {
  const found = parseLocalHours({ zone, hours, days });
  if (found === undefined) throw new Error('no hours');
  return found;
};

describe('hours of a time zone', () => {
  it('goes by the clocks of the zone, through summer time', () => {
    const night = hoursOf('22:00-06:00');
    // Paris is one hour ahead in winter, two in summer.
    expect(isInHours(Date.UTC(2026, 0, 15, 21, 0), night)).toBe(true);
    expect(isInHours(Date.UTC(2026, 0, 15, 20, 59), night)).toBe(false);
    expect(isInHours(Date.UTC(2026, 6, 15, 20, 0), night)).toBe(true);
    expect(isInHours(Date.UTC(2026, 6, 15, 4, 0), night)).toBe(false);
    expect(isInHours(Date.UTC(2026, 6, 15, 3, 59), night)).toBe(true);
    // The hour that does not exist, and the one that comes twice.
    const early = hoursOf('02:00-03:00');
    for (let minute = 0; minute < 120; minute++) {
      expect(isInHours(Date.UTC(2026, 2, 29, 0, minute), early)).toBe(false);
    }
    for (let minute = 0; minute < 120; minute++) {
      expect(isInHours(Date.UTC(2026, 9, 25, 0, minute), early)).toBe(true);
    }
    expect(isInHours(Date.UTC(2026, 9, 25, 2, 0), early)).toBe(false);
  });

  it('takes a day by its local date', () => {
    const weekend = hoursOf(undefined, 'sat,sun');
    // Saturday, 21 November 2026 begins in Paris at 23:00 UTC of Friday.
    expect(isInHours(Date.UTC(2026, 10, 20, 22, 59), weekend)).toBe(false);
    expect(isInHours(Date.UTC(2026, 10, 20, 23, 0), weekend)).toBe(true);
    expect(isInHours(Date.UTC(2026, 10, 22, 22, 59), weekend)).toBe(true);
    expect(isInHours(Date.UTC(2026, 10, 22, 23, 0), weekend)).toBe(false);
    const azores = hoursOf(undefined, 'sun', 'Atlantic/Azores');
    expect(isInHours(Date.UTC(2026, 10, 23, 0, 30), azores)).toBe(true);
  });

  it('refuses what is not hours of a known zone', () => {
    const codes = [
      { hours: '22:00-06:00' },
      { hours: '22:00-06:00', zone: 'Europe/Atlantis' },
      { hours: '22:00', zone: 'Europe/Paris' },
      { hours: '25:00-06:00', zone: 'Europe/Paris' },
      { hours: '06:00-24:30', zone: 'Europe/Paris' },
      { days: 'sat,sat', zone: 'Europe/Paris' },
      { days: 'caturday', zone: 'Europe/Paris' },
      { zone: 'Europe/Paris' },
      { hours: '22:00-06:00', zone: "Europe/Paris' OR 1=1" },
    ];
    for (const given of codes) {
      expect(() => parseLocalHours(given)).toThrow(expect.objectContaining({ code: 'codec/local-hours' }));
    }
    expect(parseLocalHours({})).toBeUndefined();
  });

  it('comes to the same by the table of offsets as moment by moment', () => {
    const zones = ['Europe/Paris', 'Europe/Lisbon', 'Atlantic/Azores', 'Africa/Casablanca', 'Asia/Kolkata', 'UTC'];
    const startMs = Date.UTC(2024, 0, 1);
    const endMs = Date.UTC(2028, 0, 1);
    const tables = new Map(zones.map((zone) => [zone, zoneOffsets(zone, startMs, endMs)]));
    const minute = fc
      .nat(1439)
      .map((at) => `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: startMs, max: endMs - 1 }),
        minute,
        minute,
        (zone, timeMs, from, to) => {
          const hours = hoursOf(`${from}-${to}`, undefined, zone);
          const offset = tables.get(zone)?.findLast(({ fromMs }) => fromMs <= timeMs)?.offsetMs ?? Number.NaN;
          expect(offset).toBe(offsetAt(timeMs, zone));
          expect(isInHoursAt(timeMs + offset, hours)).toBe(isInHours(timeMs, hours));
        },
      ),
      { seed: 88, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 400 },
    );
    expect(tables.get('Europe/Paris')).toHaveLength(9);
    expect(tables.get('Europe/Paris')?.[1]).toEqual({ fromMs: Date.UTC(2024, 2, 31, 1), offsetMs: 7_200_000 });
  });
});
