import { describe, expect, it } from '@jest/globals';
import type { DeviceId, PersonId } from '@rogatory/kernel';
import { openDatabase } from './open-database.js';
import { databaseRoles, principalSettings } from './principal.js';
import { prepared } from './statement.js';
import { testPrincipal } from './testing.js';
import { type UnauditedReason, unauditedReasons } from './unaudited-reasons.js';

describe('the settings of a principal', () => {
  it('name role and principal, and nothing else', () => {
    const { device, person, post, authority } = testPrincipal(1);
    expect(principalSettings({ kind: 'anonymous' })).toEqual({ role: 'rogatory_app', principal: 'anonymous|||||' });
    expect(principalSettings(testPrincipal(1))).toEqual({
      role: 'rogatory_app',
      principal: `device|${device}|${person}|${post}|${authority}|`,
    });
    expect(principalSettings({ kind: 'job', job: 'sequencer', role: databaseRoles.sequencer })).toEqual({
      role: 'rogatory_sequencer',
      principal: 'job|||||sequencer',
    });
  });

  it('are refused for anything that could be more than an id', () => {
    const ann = testPrincipal(1);
    const wrong = [
      { ...ann, device: '' as DeviceId },
      { ...ann, device: `${ann.device}'` as DeviceId },
      { ...ann, person: `x'; DROP TABLE notes; --` as PersonId },
      { kind: 'job', job: 'Sequencer' },
      { kind: 'job', job: '' },
      { kind: 'job', job: 'x', role: 'postgres' as typeof databaseRoles.app },
    ] as const;
    for (const principal of wrong) {
      expect(() => principalSettings(principal)).toThrow(expect.objectContaining({ code: 'database/principal' }));
    }
  });
});

describe('a prepared statement', () => {
  it('has a name of its own', () => {
    const first = prepared('parts/one', 'SELECT 1');
    expect(prepared('parts/one', 'SELECT 1')).toEqual(first);
    for (const [name, text] of [
      ['parts/one', 'SELECT 2'],
      ['parts', 'SELECT 1'],
      ['Parts/one', 'SELECT 1'],
      [`parts/${'x'.repeat(60)}`, 'SELECT 1'],
    ] as const) {
      expect(() => prepared(name, text)).toThrow(expect.objectContaining({ code: 'database/statement' }));
    }
  });
});

describe('writes without audit record', () => {
  it('have a reason of some length each', () => {
    for (const why of Object.values(unauditedReasons)) expect(why.length).toBeGreaterThan(30);
  });

  it('are refused for a reason that is not listed', async () => {
    const database = await openDatabase({ kind: 'embedded-memory', migrations: [] });
    const reason = 'because' as UnauditedReason;
    await expect(database.writeUnaudited({ kind: 'anonymous' }, async () => 1, { reason })).rejects.toMatchObject({
      code: 'database/unaudited-reason',
    });
    await database.close();
  }, 60_000);
});

describe('migrations', () => {
  it('have a time in their name, and a name of their own', async () => {
    class Untimed {
      async up(): Promise<void> {}
      async down(): Promise<void> {}
    }
    await expect(openDatabase({ kind: 'embedded-memory', migrations: [Untimed] })).rejects.toMatchObject({
      family: 'internal',
      code: 'database/migration-name',
    });
  }, 60_000);
});
