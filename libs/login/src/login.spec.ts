import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type DeviceId, limits, type RogatoryError, toHex } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { auditMigrations } from '@rogatory/audit';
import { addedBy, anonymousContext, outcomeOf } from '@rogatory/audit/testing';
import { directoryMigrations } from '@rogatory/directory';
import { FederationWorld, type WorldDevice } from '@rogatory/pki/testing';
import { eachEngine } from '@rogatory/platform-database/testing';
import { postKinds, signaturePurposes } from '@rogatory/protocol';
import type { SessionTokens } from './domain/session.js';
import { loginMigrations } from './storage/login-migrations.js';
import { openTestingLogin, signLogin, type TestingLogin } from './testing.js';

const login = { kind: 'job', job: 'login' } as const;
const migrations = [...auditMigrations, ...directoryMigrations, ...loginMigrations];

eachEngine('login', { migrations }, (at) => {
  const world = new FederationWorld(51);
  const body = world.oversightBody('AA');
  const office = world.authority(body);
  const newDevice = () => world.device(world.person(office));
  const device = newDevice();
  const registrar = world.device(world.person(office, { postKind: postKinds.registrar }));
  let testing: TestingLogin;

  const added = async (work: () => Promise<unknown>) => {
    const [outcome, ...records] = await addedBy(at.database(), work);
    return [outcome, ...records.sort()];
  };
  const from = (address: string): RequestContext => ({
    ...anonymousContext(),
    source: { address, clientBuild: 'test/1' },
  });
  const challengeOf = (id: DeviceId, ctx = anonymousContext()) => testing.part.requestChallenge.run(ctx, id).challenge;
  const attempt = (by: WorldDevice, changes: Parameters<typeof signLogin>[2], ctx = anonymousContext()) =>
    testing.part.login.run(ctx, signLogin(world, by, changes));

  beforeAll(async () => {
    testing = await openTestingLogin({ database: at.database(), world });
  });
  afterAll(async () => {
    await testing.close();
    expect(testing.faults).toEqual([]);
  });
  beforeEach(() => {
    world.nowMs += 60_000;
  });

  it('gives a device that proves its key a session, recorded in its name', async () => {
    let tokens: SessionTokens | undefined;
    const seen = await added(async () => {
      tokens = await testing.login(device);
    });
    expect(seen).toEqual(['done', 'auth.login allowed ok']);
    const principal = await testing.part.gate.verify(tokens?.accessToken ?? '');
    expect(principal).toMatchObject({
      deviceId: device.id,
      personId: device.person.id,
      authorityId: office.id,
      state: 'AA',
    });
    expect(principal.signingKey).toEqual(device.signing.publicKey);
    expect(tokens?.refreshExpiresAtMs).toBe(world.nowMs + limits.refreshTokenMs);
  });

  it('stores no token, only hashes', async () => {
    const tokens = await testing.login(device);
    const dump = await at
      .database()
      .read(login, (reader) =>
        reader.queryRows(
          'SELECT r::text AS r FROM login_refresh r UNION ALL SELECT s::text FROM login_session s',
          [],
          (row) => row.text('r'),
        ),
      );
    const secret = Buffer.from(tokens.refreshToken.slice(4), 'base64url');
    expect(dump.join('\n')).not.toContain(toHex(secret));
    expect(dump.join('\n')).not.toContain(toHex(secret.subarray(0, 16)));
    expect(dump.length).toBeGreaterThan(1);
  });

  it('lets exactly one of 50 callers with the same statement in', async () => {
    const statement = signLogin(world, device, { challenge: challengeOf(device.id) });
    const calls = Array.from({ length: 50 }, (_, number) =>
      outcomeOf(testing.part.login.run(from(`10.1.0.${number}`), statement)),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'login/refused')).toHaveLength(49);
    expect(await outcomeOf(testing.part.login.run(from('10.1.1.1'), statement))).toBe('login/refused');
  });

  it('O09: gives one answer for unknown devices, wrong keys, used, foreign, forged and late challenges', async () => {
    const unknown = { ...device, id: world.id<DeviceId>() };
    const good = challengeOf(device.id);
    const forged = good.map((byte, place) => (place === 20 ? byte ^ 1 : byte));
    const later = challengeOf(device.id);
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => attempt(unknown, { challenge: challengeOf(unknown.id) }),
      () => attempt({ ...device, signing: registrar.signing }, { challenge: good }),
      () => attempt(device, { challenge: challengeOf(registrar.id) }),
      () => attempt(device, { challenge: forged }),
      () => attempt(device, { challenge: world.random(32) }),
    ];
    const answers = [];
    for (const work of attempts) answers.push(await work().catch((error: RogatoryError) => told(error)));
    world.nowMs += limits.challengeMs;
    answers.push(await attempt(device, { challenge: later }).catch((error: RogatoryError) => told(error)));
    expect(new Set(answers)).toEqual(new Set([answers[0]]));
    expect(answers[0]).toContain('login/refused');
  });

  it('records why a login failed, once, and tells nobody', async () => {
    const unknown = { ...device, id: world.id<DeviceId>() };
    const ctx = from('10.2.0.1');
    expect(await added(() => attempt(unknown, { challenge: challengeOf(unknown.id) }, ctx))).toEqual([
      'login/refused',
      'auth.fail denied login/unknown-device',
    ]);
    const wrongKey = { ...device, signing: registrar.signing };
    const seen = await added(async () => {
      const error = await attempt(wrongKey, { challenge: challengeOf(device.id) }, ctx).catch(
        (fault: unknown) => fault,
      );
      await testing.audit.acts.recordRefusal(ctx, error);
      throw error;
    });
    expect(seen).toEqual(['login/refused', 'auth.fail denied login/signature']);
  });

  it('burns no challenge of a device for those who do not hold its key', async () => {
    const challenge = challengeOf(device.id);
    expect(await outcomeOf(attempt({ ...device, signing: registrar.signing }, { challenge }))).toBe('login/refused');
    expect(await outcomeOf(attempt(device, { challenge }))).toBe('done');
  });

  it.each([
    ['another federation', { federationHash: new Uint8Array(32) }, 'login/other-server'],
    ['another server', { audience: 'https://evil.example' }, 'login/other-server'],
  ])('refuses a statement for %s', async (_, changes, code) => {
    expect(await outcomeOf(attempt(device, { challenge: challengeOf(device.id), ...changes }, from('10.3.0.1')))).toBe(
      code,
    );
  });

  it('refuses a statement of another time and says what time it is', async () => {
    for (const shiftMs of [limits.maxClockSkewMs + 1, -limits.maxClockSkewMs - 1]) {
      const time = { timeMs: world.nowMs + shiftMs, offsetMinutes: 0 };
      const work = attempt(device, { challenge: challengeOf(device.id), time }, from('10.3.0.2'));
      await expect(work).rejects.toMatchObject({ code: 'login/clock', details: { serverTimeMs: world.nowMs } });
    }
  });

  it('S22: takes no signature that was made for anything else', async () => {
    const ctx = from('10.4.0.1');
    for (const purpose of Object.values(signaturePurposes).filter((other) => other !== signaturePurposes.login)) {
      const statement = signLogin(world, device, { challenge: challengeOf(device.id, ctx) });
      const signedBytes = statement.subarray(0, -64);
      const forged = Uint8Array.of(...signedBytes, ...device.signing.sign(purpose, signedBytes));
      expect(await outcomeOf(testing.part.login.run(ctx, forged))).toMatch(/^login\/(refused|too-many-attempts)$/);
    }
  });

  it('X07: a flood from the same address keeps no honest device out, and is recorded in a sum', async () => {
    const ctx = from('10.5.0.1');
    const forged = signLogin(world, { ...device, signing: registrar.signing }, { challenge: challengeOf(device.id) });
    const seen = await added(async () => {
      const flood = Array.from({ length: 100 }, () => outcomeOf(testing.part.login.run(ctx, forged)));
      expect(new Set(await Promise.all(flood))).toEqual(new Set(['login/refused', 'login/too-many-attempts']));
    });
    expect(seen).toEqual([
      'done',
      ...Array.from({ length: limits.loginAttemptsPerMinute }, () => 'auth.fail denied login/signature'),
    ]);
    expect(await outcomeOf(testing.login(device, ctx))).toBe('done');
    expect(await added(() => testing.part.tidy())).toEqual(['done', 'auth.fail denied login/too-many-attempts']);
  });
});

function told({ code, message, family, details, retryable }: RogatoryError): string {
  return JSON.stringify({ code, message, family, details, retryable });
}
