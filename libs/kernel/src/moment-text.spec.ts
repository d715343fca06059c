import { describe, expect, it } from '@jest/globals';
import { isoMoment, momentText } from './moment-text.js';

describe('a moment as text', () => {
  it('is in ISO 8601 as far as calendars go', () => {
    expect(isoMoment(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoMoment(8.64e15)).toBe('+275760-09-13T00:00:00.000Z');
    expect(momentText(Date.UTC(2026, 10, 23))).toBe('2026-11-23T00:00:00.000Z');
  });

  it.each([
    8.64e15 + 1,
    -8.64e15 - 1,
    Number.MAX_SAFE_INTEGER,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('is refused, or given as it stands, for %p', (ms) => {
    expect(() => isoMoment(ms)).toThrow(expect.objectContaining({ family: 'codec', code: 'codec/range' }));
    expect(momentText(ms)).toBe(`${ms} ms after 1970`);
  });
});
