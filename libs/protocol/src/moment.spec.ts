import { describe, expect, it } from '@jest/globals';
import { ByteReader, ByteWriter } from './codec.js';
import { isZoneAsSigned, localTimeAt, momentAt, readMoment, writeMoment } from './moment.js';

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('a moment', () => {
  it('is the instant at which the clocks of a zone show a time', () => {
    expect(momentAt('2026-12-01T06:00', 'Europe/Paris')).toEqual({
      ...{ time: { timeMs: utc('2026-12-01T05:00'), offsetMinutes: 60 }, zone: 'Europe/Paris' },
    });
    expect(momentAt('2026-07-01T06:00', 'Europe/Paris').time).toEqual({
      ...{ timeMs: utc('2026-07-01T04:00'), offsetMinutes: 120 },
    });
    expect(momentAt('2026-07-01T06:00', 'America/Bogota').time.offsetMinutes).toBe(-300);
    expect(momentAt('2026-07-01T06:00', 'Pacific/Kiritimati').time.offsetMinutes).toBe(840);
  });

  it('is the earlier of two, and none in a time that is skipped', () => {
    // In 2026 summer time ends in Paris on 25 October, and begins on 29 March.
    expect(momentAt('2026-10-25T02:30', 'Europe/Paris').time).toEqual({
      ...{ timeMs: utc('2026-10-25T00:30'), offsetMinutes: 120 },
    });
    expect(momentAt('2026-10-25T03:00', 'Europe/Paris').time.offsetMinutes).toBe(60);
    expect(() => momentAt('2026-03-29T02:30', 'Europe/Paris')).toThrow(
      expect.objectContaining({ code: 'codec/local-time' }),
    );
    expect(momentAt('2026-03-29T03:00', 'Europe/Paris').time.timeMs).toBe(utc('2026-03-29T01:00'));
    expect(momentAt('2026-11-01T01:30', 'America/New_York').time.offsetMinutes).toBe(-240);
  });

  it.each([
    '2026-02-30T06:00',
    '2026-12-01 06:00',
    '2026-12-01T24:00',
    '2026-13-01T00:00',
    '',
  ])('is not "%s"', (local) => {
    expect(() => momentAt(local, 'Europe/Paris')).toThrow(expect.objectContaining({ code: 'codec/local-time' }));
  });

  it('needs a zone that is known', () => {
    expect(() => momentAt('2026-12-01T06:00', 'Europe/Nowhere')).toThrow(
      expect.objectContaining({ code: 'codec/local-time' }),
    );
    expect(() => localTimeAt(0, 'Europe/Nowhere')).toThrow(expect.objectContaining({ code: 'codec/local-time' }));
  });

  it('is shown in each local time', () => {
    const { timeMs } = momentAt('2026-12-01T06:00', 'Europe/Paris').time;
    expect(localTimeAt(timeMs, 'Europe/Lisbon')).toBe('2026-12-01T05:00');
    expect(localTimeAt(timeMs, 'America/Bogota')).toBe('2026-12-01T00:00');
    expect(localTimeAt(timeMs, 'Asia/Kolkata')).toBe('2026-12-01T10:30');
  });

  it('tells when zone data disagree', () => {
    const moment = momentAt('2026-12-01T06:00', 'Europe/Paris');
    expect(isZoneAsSigned(moment)).toBe(true);
    expect(isZoneAsSigned({ ...moment, time: { ...moment.time, offsetMinutes: 120 } })).toBe(false);
    expect(isZoneAsSigned({ ...moment, zone: 'Europe/Nowhere' })).toBe(false);
  });

  it('lies in a calendar', () => {
    const last = Date.UTC(10_000, 0) - 1;
    const read = (timeMs: number) => {
      const writer = new ByteWriter();
      writeMoment(writer, { time: { timeMs, offsetMinutes: 0 }, zone: 'Etc/UTC' });
      return readMoment(new ByteReader(writer.finish(), 100));
    };
    expect(read(last).time.timeMs).toBe(last);
    expect(() => read(last + 1)).toThrow(expect.objectContaining({ code: 'codec/range' }));
  });
});
