import { describe, expect, it } from '@jest/globals';
import { type DeviceId, limits } from '@rogatory/kernel';
import { TestingClock } from '@rogatory/audit/testing';
import { LoginBounds } from './login-bounds.js';

const device = (number: number) => number.toString(16).padStart(32, '0') as DeviceId;

describe('login bounds', () => {
  it('tells few failures of a device from an address apart, and counts the rest', () => {
    const bounds = new LoginBounds(new TestingClock());
    const told = Array.from({ length: 10 }, () => bounds.isFailureRecorded('192.0.2.1', device(1)));
    expect(told.filter(Boolean)).toHaveLength(limits.loginAttemptsPerMinute);
    expect(bounds.isFailureRecorded('192.0.2.2', device(1))).toBe(true);
    expect([bounds.takeCounted(), bounds.takeCounted()]).toEqual([10 - limits.loginAttemptsPerMinute, 0]);
  });

  it('bounds the records of an address, and of all addresses together', () => {
    const clock = new TestingClock();
    const bounds = new LoginBounds(clock);
    const one = Array.from({ length: 1_000 }, (_, number) => bounds.isFailureRecorded('192.0.2.1', device(number)));
    expect(one.filter(Boolean)).toHaveLength(limits.loginFailuresPerMinute);
    const all = Array.from({ length: 3_000 }, (_, number) =>
      bounds.isFailureRecorded(`10.0.${number >> 8}.${number % 256}`, device(1)),
    );
    expect(all.filter(Boolean)).toHaveLength(limits.loginFailuresPerMinuteInAll - limits.loginFailuresPerMinute);
    clock.advance(60_000);
    expect(bounds.isFailureRecorded('192.0.2.1', device(1))).toBe(true);
  });

  it('gives challenges to others however many one caller asks for', () => {
    const bounds = new LoginBounds(new TestingClock());
    const many = Array.from({ length: 100 }, () => bounds.isChallengeDue('192.0.2.1', device(1)));
    expect(many.filter(Boolean)).toHaveLength(limits.loginChallengesPerMinute);
    for (let number = 0; number < limits.maxRateKeys + 10; number++) bounds.isChallengeDue('192.0.2.1', device(number));
    expect(bounds.isChallengeDue('192.0.2.1', device(900_000))).toBe(true);
  });
});
