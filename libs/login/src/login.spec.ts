import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type DeviceId, limits, type RogatoryError, toHex } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { auditMigrations } from '@rogatory/audit';
import { anonymousContext } from '@rogatory/audit/testing';
import { directoryMigrations } from '@rogatory/directory';
import { ActingDevice } from '@rogatory/directory/testing';
import { FederationWorld, type WorldDevice } from '@rogatory/pki/testing';
import { eachEngine } from '@rogatory/platform-database/testing';
import { actSubjects, decodeAuditLeaf, postKinds, revocationActions, signaturePurposes } from '@rogatory/protocol';
import type { SessionTokens } from './domain/session.js';
import { loginMigrations } from './storage/login-migrations.js';
import { openTestingLogin, signLogin, type TestingLogin } from './testing.js';

const job = { kind: 'job', job: 'audit-test' } as const;
const login = { kind: 'job', job: 'login' } as const;
const migrations = [...auditMigrations, ...directoryMigrations, ...loginMigrations];

eachEngine('login', { migrations }, (at) => {
  const world = new FederationWorld(51);
  const body = world.oversightBody('AA');
  const office = world.authority(body);
  const newDevice = () => world.device(world.person(office));
  const device = newDevice();
  const registrar = world.device(world.person(office, { postKind: postKinds.registrar }));
  const spare = Array.from({ length: 6 }, newDevice);
  const asRegistrar = new ActingDevice(world, registrar);
  let testing: TestingLogin;

  const leaves = () =>
    at
      .database()
      .read(job, (reader) =>
        reader.queryRows('SELECT leaf FROM audit_event ORDER BY id', [], (row) => decodeAuditLeaf(row.bytes('leaf'))),
      );
  const added = async (work: () => Promise<unknown>) => {
    const known = new Set((await leaves()).map(({ id }) => id));
    const outcome = await codeOf(work());
    const fresh = (await leaves()).filter(({ id }) => !known.has(id));
    return [outcome, ...fresh.map(({ ev, out, rc }) => `${ev} ${out} ${rc}`).sort()];
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: RogatoryError) => error.code ?? String(error),
    );
  const from = (address: string): RequestContext => ({
    ...anonymousContext(),
    source: { address, clientBuild: 'test/1' },
  });
  const challengeOf = (id: DeviceId, ctx = anonymousContext()) => testing.part.requestChallenge.run(ctx, id).challenge;
  const attempt = (by: WorldDevice, changes: Parameters<typeof signLogin>[2], ctx = anonymousContext()) =>
    testing.part.login.run(ctx, signLogin(world, by, changes));
  const verify = (tokens: SessionTokens, part = testing.part) => codeOf(part.gate.verify(tokens.accessToken));
  /** Appends what a change of the world makes, by a registrar. */
  const append = async (change: () => void) => {
    const before = world.entries.length;
    change();
    const entries = world.entries.slice(before);
    const ctx = asRegistrar.asks(actSubjects.appendDirectory(entries, []));
    await testing.directory.appendDirectory.run(ctx, { entries, cards: [] });
  };
  const refresh = (token: string, ctx = anonymousContext()) => testing.part.refreshSession.run(ctx, token);
  /** Beyond the time in which a look at the session in storage is believed. */
  const letChecksAge = () => {
    world.nowMs += limits.sessionRecheckMs;
  };

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
      codeOf(testing.part.login.run(from(`10.1.0.${number}`), statement)),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'login/refused')).toHaveLength(49);
    expect(await codeOf(testing.part.login.run(from('10.1.1.1'), statement))).toBe('login/refused');
  });

  it('gives one answer for unknown devices, wrong keys, used, foreign, forged and late challenges', async () => {
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
    expect(await codeOf(attempt({ ...device, signing: registrar.signing }, { challenge }))).toBe('login/refused');
    expect(await codeOf(attempt(device, { challenge }))).toBe('done');
  });

  it.each([
    ['another federation', { federationHash: new Uint8Array(32) }, 'login/other-server'],
    ['another server', { audience: 'https://evil.example' }, 'login/other-server'],
  ])('refuses a statement for %s', async (_, changes, code) => {
    expect(await codeOf(attempt(device, { challenge: challengeOf(device.id), ...changes }, from('10.3.0.1')))).toBe(
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
      expect(await codeOf(testing.part.login.run(ctx, forged))).toMatch(/^login\/(refused|too-many-attempts)$/);
    }
  });

  it('X07: a flood from the same address keeps no honest device out, and is recorded in a sum', async () => {
    const ctx = from('10.5.0.1');
    const forged = signLogin(world, { ...device, signing: registrar.signing }, { challenge: challengeOf(device.id) });
    const seen = await added(async () => {
      const flood = Array.from({ length: 100 }, () => codeOf(testing.part.login.run(ctx, forged)));
      expect(new Set(await Promise.all(flood))).toEqual(new Set(['login/refused', 'login/too-many-attempts']));
    });
    expect(seen).toEqual([
      'done',
      ...Array.from({ length: limits.loginAttemptsPerMinute }, () => 'auth.fail denied login/signature'),
    ]);
    expect(await codeOf(testing.login(device, ctx))).toBe('done');
    expect(await added(() => testing.part.tidy())).toEqual(['done', 'auth.fail denied login/too-many-attempts']);
  });

  it('trades a refresh token once for tokens of the same session', async () => {
    const first = await testing.login(device);
    let second: SessionTokens | undefined;
    expect(
      await added(async () => {
        second = await refresh(first.refreshToken);
      }),
    ).toEqual(['done', 'auth.refresh allowed ok']);
    expect(second?.refreshToken).not.toBe(first.refreshToken);
    expect(second?.refreshExpiresAtMs).toBe(first.refreshExpiresAtMs);
    const [before, after] = [
      await testing.part.gate.verify(first.accessToken),
      await testing.part.gate.verify(second?.accessToken ?? ''),
    ];
    expect(after.sessionId).toBe(before.sessionId);
  });

  it('O08: two honest refreshes at once get the same successor, and the session goes on', async () => {
    const first = await testing.login(device);
    const both = await Promise.all(Array.from({ length: 8 }, () => refresh(first.refreshToken)));
    expect(new Set(both.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await codeOf(refresh(both[0]?.refreshToken ?? ''))).toBe('done');
  });

  it('O08: a late second use ends the whole session, on every channel', async () => {
    const first = await testing.login(device);
    const second = await refresh(first.refreshToken);
    const principal = await testing.part.gate.verify(second.accessToken);
    let cuts = 0;
    testing.part.hub.watch(principal, undefined, () => cuts++);
    world.nowMs += limits.refreshGraceMs + 1;
    const seen = await added(() => refresh(first.refreshToken));
    expect(seen).toEqual(['login/refused', 'auth.fail denied login/refresh-reused', 'auth.session.revoke allowed ok']);
    expect([cuts, await verify(second)]).toEqual([1, 'login/session']);
    expect(await codeOf(refresh(second.refreshToken))).toBe('login/refused');
  });

  it('O08: a use after the successor was used ends the session even at once', async () => {
    const first = await testing.login(device);
    const second = await refresh(first.refreshToken);
    await refresh(second.refreshToken);
    expect(await codeOf(refresh(first.refreshToken))).toBe('login/refused');
    expect(await verify(second)).toBe('login/session');
  });

  it('O07: access, refresh and made-up tokens pass for no other kind', async () => {
    const tokens = await testing.login(device);
    const ctx = from('10.6.0.1');
    for (const wrong of [
      tokens.accessToken,
      '',
      'rgr_',
      `rgr_${'A'.repeat(43)}`,
      `${tokens.refreshToken} `,
      tokens.refreshToken.slice(4),
    ]) {
      expect(await codeOf(refresh(wrong, ctx))).toMatch(/^login\/(refused|too-many-attempts)$/);
    }
    for (let place = 0; place < tokens.refreshToken.length; place++) {
      const flipped = String.fromCharCode(tokens.refreshToken.charCodeAt(place) ^ 1);
      const mutant = tokens.refreshToken.slice(0, place) + flipped + tokens.refreshToken.slice(place + 1);
      expect(await codeOf(refresh(mutant, from(`10.6.1.${place}`)))).toBe('login/refused');
    }
    expect(await codeOf(testing.part.gate.verify(tokens.refreshToken))).toBe('login/session');
    expect(await codeOf(refresh(tokens.refreshToken))).toBe('done');
  });

  it('ends sessions at their time, however often refreshed', async () => {
    const [first] = [await testing.login(device)];
    world.nowMs += limits.refreshTokenMs - 1_000;
    const second = await refresh(first.refreshToken);
    expect(await verify(second)).toBe('done');
    world.nowMs += 1_000;
    letChecksAge();
    expect([await verify(second), await codeOf(refresh(second.refreshToken))]).toEqual([
      'login/session',
      'login/refused',
    ]);
  });

  it('ends the oldest session beyond the bound, recorded', async () => {
    const [one] = spare as [WorldDevice];
    const sessions = [];
    for (let count = 0; count < limits.maxSessionsPerDevice; count++) {
      world.nowMs += 1_000;
      sessions.push(await testing.login(one));
    }
    world.nowMs += 1_000;
    expect(await added(() => testing.login(one))).toEqual([
      'done',
      'auth.login allowed ok',
      'auth.session.revoke allowed ok',
    ]);
    expect([await verify(sessions[0] as SessionTokens), await verify(sessions[1] as SessionTokens)]).toEqual([
      'login/session',
      'done',
    ]);
  });

  it('logs out: token, refresh and open channels end at once, here and on another server', async () => {
    const second = await testing.second();
    second.start();
    const tokens = await testing.login(device);
    const principal = await testing.part.gate.verify(tokens.accessToken);
    expect(await verify(tokens, second)).toBe('done');
    const cuts: string[] = [];
    const elsewhere = new Promise<void>((resolve) => void second.hub.watch(principal, undefined, resolve));
    testing.part.hub.watch(principal, undefined, () => cuts.push('here'));
    expect(await added(() => testing.part.logout.run({ ...anonymousContext(), principal }))).toEqual([
      'done',
      'auth.logout allowed ok',
    ]);
    expect(cuts).toEqual(['here']);
    await elsewhere;
    expect([await verify(tokens), await verify(tokens, second)]).toEqual(['login/session', 'login/session']);
    expect(await codeOf(refresh(tokens.refreshToken))).toBe('login/refused');
    await second.stop();
  });

  it('notices a session that was ended elsewhere although no wake-up call came', async () => {
    const deaf = await testing.second();
    const tokens = await testing.login(device);
    expect(await verify(tokens, deaf)).toBe('done');
    const principal = await testing.part.gate.verify(tokens.accessToken);
    await testing.part.logout.run({ ...anonymousContext(), principal });
    letChecksAge();
    expect(await verify(tokens, deaf)).toBe('login/session');
    await deaf.stop();
  });

  it.each([
    ['revoked', 'device', revocationActions.revoke],
    ['suspended', 'device', revocationActions.suspend],
    ['revoked', 'person', revocationActions.revoke],
    ['suspended', 'person', revocationActions.suspend],
  ] as const)('R08: cuts all there is of a %s %s before the append is answered', async (_, target, action) => {
    const victim = spare.at(-1) as WorldDevice;
    spare.pop();
    const tokens = await testing.login(victim);
    const principal = await testing.part.gate.verify(tokens.accessToken);
    const cuts: string[] = [];
    testing.part.hub.watch(principal, undefined, () => cuts.push('cut'));
    await append(() =>
      target === 'device' ? world.standDevice(victim, action) : world.standPerson(victim.person, action),
    );
    expect(cuts).toEqual(['cut']);
    expect(testing.part.gate.stands(principal)).toBe(false);
    expect(await verify(tokens)).toBe('login/session');
    expect(await codeOf(refresh(tokens.refreshToken, from('10.7.0.1')))).toBe('login/refused');
    const again = await added(() => testing.login(victim, from('10.7.0.1')));
    expect(again).toContain('auth.fail denied login/not-live');
    if (action === revocationActions.suspend) {
      await testing.part.endLapsed([{ kind: 'device', deviceId: victim.id }]);
      await append(() => (target === 'device' ? world.standDevice(victim, 3) : world.standPerson(victim.person, 3)));
      expect(await verify(tokens)).toBe('login/session');
      expect(await codeOf(testing.login(victim))).toBe('done');
    }
  });

  it('cuts a device out of one compartment and leaves its session alone', async () => {
    const tokens = await testing.login(device);
    const principal = await testing.part.gate.verify(tokens.accessToken);
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)] as never as readonly [
      Parameters<typeof testing.part.hub.watch>[1],
      Parameters<typeof testing.part.hub.watch>[1],
    ];
    const cuts: string[] = [];
    const { hub } = testing.part;
    const stops = [
      hub.watch(principal, a, () => cuts.push('a')),
      hub.watch(principal, b, () => cuts.push('b')),
      hub.watch(principal, undefined, () => cuts.push('socket')),
    ];
    hub.lost([{ compartmentId: a as NonNullable<typeof a>, deviceId: device.id }]);
    expect(cuts).toEqual(['a']);
    expect(await verify(tokens)).toBe('done');
    for (const stop of stops) stop();
    hub.cutHere({ kind: 'everyone' });
    expect(cuts).toEqual(['a']);
  });

  it('tells who one is, and only with an open session', async () => {
    const tokens = await testing.login(device);
    const principal = await testing.part.gate.verify(tokens.accessToken);
    const me = await testing.part.whoAmI.run({ ...anonymousContext(), principal });
    expect(me.result.sessionEndsAtMs).toBe(tokens.refreshExpiresAtMs);
    expect(await added(() => testing.part.whoAmI.run(anonymousContext()))).toEqual([
      'access/refused',
      'authz.denied denied access/refused',
    ]);
  });

  it('lets no device see or end the session of another in the database', async () => {
    await testing.login(device);
    const other = { kind: 'device', device: registrar.id, person: registrar.person.id, authority: office.id } as const;
    const count = await at
      .database()
      .read(other, (reader) =>
        reader.queryOne('SELECT count(*) AS n FROM login_session', [], (row) => row.integer('n')),
      );
    expect(count).toBe(0);
    const ended = at
      .database()
      .writeUnaudited(
        other,
        (writer) => writer.execute("UPDATE login_session SET ended_at = 1, end_reason = 'logout'", []),
        { reason: 'testing/fixture' },
      );
    expect(await ended).toBe(0);
  });

  it('removes what is over and nothing else', async () => {
    const tokens = await testing.login(device);
    await testing.part.tidy();
    expect(await verify(tokens)).toBe('done');
    world.nowMs += limits.refreshTokenMs + 25 * 3_600_000;
    await testing.part.tidy();
    const left = await at
      .database()
      .read(login, (reader) =>
        reader.queryOne(
          'SELECT (SELECT count(*) FROM login_session) + (SELECT count(*) FROM login_refresh) + (SELECT count(*) FROM login_used_challenge) AS n',
          [],
          (row) => row.integer('n'),
        ),
      );
    expect(left).toBe(0);
  });
});

function told({ code, message, family, details, retryable }: RogatoryError): string {
  return JSON.stringify({ code, message, family, details, retryable });
}
