import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { publicHolidayLines } from './public-holidays.data.js';
import { clocksOf, instruments } from './rules.js';

const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Requests keep the version they began under: a digest that moves here is a version that must be added instead. */
describe('version 1 of the rules', () => {
  it('stays as it is, in every word', () => {
    expect(digest([instruments, clocksOf(1)])).toBe('6575172a6bca2b15738a56f0b7a9c4c12164fd4a0c64f6cef0494ebfa505b18b');
  });

  it('counts with the holidays that it began with', () => {
    expect(digest(publicHolidayLines)).toBe('57e69ac46bd05b024dcae44536bd1524c566f0edb4de52216e99b44f3a56b822');
  });
});
