import { describe, expect, it } from '@jest/globals';
import { dueText, momentText, shortDue } from './task-words.js';

describe('a due time that somebody else wrote', () => {
  it('is told by the clocks of its zone, with the moment in UTC beside it', () => {
    const due = { timeMs: Date.UTC(2027, 6, 1, 7, 30), zone: 'Europe/Paris' };
    expect(dueText(due)).toBe('2027-07-01 09:30 Europe/Paris (2027-07-01T07:30:00.000Z)');
    expect(shortDue(due)).toBe('2027-07-01 09:30 Europe/Paris');
    expect(shortDue(undefined)).toBe('');
  });

  it('keeps nobody from reading the list, whatever the field holds', () => {
    const nowhere = { timeMs: 0, zone: 'Europe/Atlantis' };
    expect(dueText(nowhere)).toContain('1970-01-01T00:00:00.000Z (meant for Europe/Atlantis');
    const never = { timeMs: Number.MAX_SAFE_INTEGER, zone: 'UTC' };
    expect(shortDue(never)).toBe(`${Number.MAX_SAFE_INTEGER} ms after 1970 UTC`);
    expect(momentText(8.64e15)).toBe('+275760-09-13T00:00:00.000Z');
    expect(shortDue({ timeMs: 8.64e15, zone: 'Pacific/Auckland' })).toContain('+275760-09-13');
  });
});
