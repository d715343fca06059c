import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { auditMigrations } from '@rogatory/audit';
import { addedBy, anonymousContext, outcomeOf } from '@rogatory/audit/testing';
import { directoryMigrations } from '@rogatory/directory';
import { ActingDevice } from '@rogatory/directory/testing';
import { FederationWorld, type WorldDevice } from '@rogatory/pki/testing';
import { eachEngine } from '@rogatory/platform-database/testing';
import { actSubjects, postKinds, revocationActions } from '@rogatory/protocol';
import type { SessionTokens } from './domain/session.js';
import { loginMigrations } from './storage/login-migrations.js';
import { openTestingLogin, type TestingLogin } from './testing.js';

const login = { kind: 'job', job: 'login' } as const;
const migrations = [...auditMigrations, ...directoryMigrations, ...loginMigrations];

eachEngine('sessions', { migrations }, (at) => {
  const world = new FederationWorld(52);
  const body = world.oversightBody('AA');
  const office = world.authority(body);
  const newDevice = () => world.device(world.person(office));
  const device = newDevice();
  const registrar = world.device(world.person(office, { postKind: postKinds.registrar }));
  const spare = Array.from({ length: 6 }, newDevice);
  const asRegistrar = new ActingDevice(world, registrar);
  let testing: TestingLogin;

  const added = async (work: () => Promise<unknown>) => {
    const [outcome, ...records] = await addedBy(at.database(), work);
    return [outcome, ...records.sort()];
  };
  const from = (address: string): RequestContext => ({
    ...anonymousContext(),
    source: { address, clientBuild: 'test/1' },
  });
  const verify = (tokens: SessionTokens, part = testing.part) => outcomeOf(part.gate.verify(tokens.accessToken));
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
    expect(await outcomeOf(refresh(both[0]?.refreshToken ?? ''))).toBe('done');
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
    expect(await outcomeOf(refresh(second.refreshToken))).toBe('login/refused');
  });

  it('O08: a use after the successor was used ends the session even at once', async () => {
    const first = await testing.login(device);
    const second = await refresh(first.refreshToken);
    await refresh(second.refreshToken);
    expect(await outcomeOf(refresh(first.refreshToken))).toBe('login/refused');
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
      expect(await outcomeOf(refresh(wrong, ctx))).toMatch(/^login\/(refused|too-many-attempts)$/);
    }
    for (let place = 0; place < tokens.refreshToken.length; place++) {
      const flipped = String.fromCharCode(tokens.refreshToken.charCodeAt(place) ^ 1);
      const mutant = tokens.refreshToken.slice(0, place) + flipped + tokens.refreshToken.slice(place + 1);
      expect(await outcomeOf(refresh(mutant, from(`10.6.1.${place}`)))).toBe('login/refused');
    }
    expect(await outcomeOf(testing.part.gate.verify(tokens.refreshToken))).toBe('login/session');
    expect(await outcomeOf(refresh(tokens.refreshToken))).toBe('done');
  });

  it('ends sessions at their time, however often refreshed', async () => {
    const [first] = [await testing.login(device)];
    world.nowMs += limits.refreshTokenMs - 1_000;
    const second = await refresh(first.refreshToken);
    expect(await verify(second)).toBe('done');
    world.nowMs += 1_000;
    letChecksAge();
    expect([await verify(second), await outcomeOf(refresh(second.refreshToken))]).toEqual([
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
    const elsewhere = new Promise<void>((resolve) => void second.hub.watch(principal, undefined, () => resolve()));
    testing.part.hub.watch(principal, undefined, () => cuts.push('here'));
    expect(await added(() => testing.part.logout.run({ ...anonymousContext(), principal }))).toEqual([
      'done',
      'auth.logout allowed ok',
    ]);
    expect(cuts).toEqual(['here']);
    await elsewhere;
    expect([await verify(tokens), await verify(tokens, second)]).toEqual(['login/session', 'login/session']);
    expect(await outcomeOf(refresh(tokens.refreshToken))).toBe('login/refused');
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
    expect(await outcomeOf(refresh(tokens.refreshToken, from('10.7.0.1')))).toBe('login/refused');
    const again = await added(() => testing.login(victim, from('10.7.0.1')));
    expect(again).toContain('auth.fail denied login/not-live');
    if (action === revocationActions.suspend) {
      await testing.part.endLapsed([{ kind: 'device', deviceId: victim.id }]);
      await append(() => (target === 'device' ? world.standDevice(victim, 3) : world.standPerson(victim.person, 3)));
      expect(await verify(tokens)).toBe('login/session');
      expect(await outcomeOf(testing.login(victim))).toBe('done');
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
