import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromBase64Url, type DeviceId, limits, Secret, toBase64Url, utf8 } from '@rogatory/kernel';
import { TestingClock, testingRandom } from '@rogatory/audit/testing';
import { SigningKey } from '@rogatory/crypto/sign';
import { CompactSign } from 'jose';
import { AccessTokens } from './access-tokens.js';
import { RefreshTokens } from './refresh-tokens.js';

const issuer = 'https://rogatory.example';
const deviceId = 'd'.repeat(32) as DeviceId;
const sessionId = '5'.repeat(32);

type Fields = Readonly<Record<string, unknown>>;

describe('access tokens', () => {
  const clock = new TestingClock();
  const seed = testingRandom(3)(32);
  const nowS = Math.floor(clock.nowMs() / 1_000);
  let tokens: AccessTokens;
  let good: string;

  beforeAll(async () => {
    tokens = await AccessTokens.open({ seed: new Secret(seed.slice()), issuer, clock });
    good = (await tokens.issue({ deviceId, sessionId })).text;
  });

  const parsed = (part: string): Fields => JSON.parse(new TextDecoder().decode(fromBase64Url(part))) as Fields;
  const head = () => parsed(good.split('.')[0] ?? '');
  const body = () => parsed(good.split('.')[1] ?? '');
  const text = (fields: Fields) => toBase64Url(utf8(JSON.stringify(fields)));
  const without = (fields: Fields, name: string) =>
    Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  /** A token signed with the server's own key: everything but one thing is right. */
  const signed = async (header: Fields, payload: Fields, key = seed) => {
    const input = `${text(header)}.${text(payload)}`;
    const signing = SigningKey.fromSeed(new Secret(key.slice()));
    return `${input}.${toBase64Url(signing.signRaw(utf8(input)))}`;
  };
  const withHead = (changes: Fields) => () => signed({ ...head(), ...changes }, body());
  const withBody = (changes: Fields) => () => signed(head(), { ...body(), ...changes });
  const parts = () => good.split('.') as [string, string, string];

  it('accepts the token it gave, and a rebuilt one with the same fields', async () => {
    const claims = await tokens.verify(good);
    expect(claims).toEqual({ deviceId, sessionId, expiresAtMs: (nowS + limits.accessTokenMs / 1_000) * 1_000 });
    expect(await tokens.verify(await signed(head(), body()))).toEqual(claims);
  });

  const mutants: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['algorithm none, no signature', () => `${text({ ...head(), alg: 'none' })}.${parts()[1]}.`],
    ['algorithm none, signature kept', () => `${text({ ...head(), alg: 'none' })}.${parts()[1]}.${parts()[2]}`],
    [
      'HS256 keyed with the public key',
      async () => {
        const { publicKey } = SigningKey.fromSeed(new Secret(seed.slice()));
        return new CompactSign(utf8(JSON.stringify(body())))
          .setProtectedHeader({ ...head(), alg: 'HS256' })
          .sign(publicKey);
      },
    ],
    ['another name of the algorithm', withHead({ alg: 'Ed25519' })],
    ['algorithm in lower case', withHead({ alg: 'eddsa' })],
    ['algorithm RS256', withHead({ alg: 'RS256' })],
    ['algorithm missing', async () => signed(without(head(), 'alg'), body())],
    ['type JWT', withHead({ typ: 'JWT' })],
    ['type of a refresh token', withHead({ typ: 'rt+jwt' })],
    ['type with its prefix', withHead({ typ: 'application/at+jwt' })],
    ['type missing', async () => signed(without(head(), 'typ'), body())],
    ['another key id', withHead({ kid: 'other' })],
    ['a path as key id', withHead({ kid: '../../dev/null' })],
    ['key id missing', async () => signed(without(head(), 'kid'), body())],
    [
      'a key of its own',
      async () => {
        const own = testingRandom(9)(32);
        const { publicKey } = SigningKey.fromSeed(new Secret(own.slice()));
        const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) };
        return signed({ ...head(), jwk }, body(), own);
      },
    ],
    ['an address of keys', withHead({ jku: 'https://evil.example/keys' })],
    ['a certificate address', withHead({ x5u: 'https://evil.example/chain' })],
    ['a critical extension', withHead({ crit: ['exp'] })],
    ['an unencoded payload', withHead({ b64: false, crit: ['b64'] })],
    ['another issuer', withBody({ iss: 'https://evil.example' })],
    ['no issuer', async () => signed(head(), without(body(), 'iss'))],
    ['another audience', withBody({ aud: 'https://rogatory.example/other' })],
    ['several audiences', withBody({ aud: ['https://rogatory.example/graphql', 'https://evil.example'] })],
    ['no audience', async () => signed(head(), without(body(), 'aud'))],
    ['expired', withBody({ exp: nowS })],
    ['no expiry', async () => signed(head(), without(body(), 'exp'))],
    ['expiry as text', withBody({ exp: String(nowS + 60) })],
    ['issued in the future', withBody({ iat: nowS + 60 })],
    ['issued long ago, expiring late', withBody({ iat: nowS - 3_600, exp: nowS + 3_600 })],
    ['no time of issue', async () => signed(head(), without(body(), 'iat'))],
    ['not valid yet', withBody({ nbf: nowS + 60 })],
    ['no subject', async () => signed(head(), without(body(), 'sub'))],
    ['a subject that is no id', withBody({ sub: "x' OR 1=1" })],
    ['no session', async () => signed(head(), without(body(), 'sid'))],
    ['a session that is no id', withBody({ sid: '../..' })],
    ['a session that is a list', withBody({ sid: [sessionId] })],
    ["another server's key", async () => signed(head(), body(), testingRandom(8)(32))],
    [
      'the payload of another token',
      async () => {
        const other = await tokens.issue({ deviceId: 'e'.repeat(32) as DeviceId, sessionId });
        return `${parts()[0]}.${other.text.split('.')[1]}.${parts()[2]}`;
      },
    ],
    ['no signature', () => `${parts()[0]}.${parts()[1]}.`],
    ['a cut signature', () => good.slice(0, -4)],
    [
      'another text of the same signature',
      () => {
        const [h, p, s] = parts();
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        return `${h}.${p}.${s.slice(0, -1)}${alphabet[alphabet.indexOf(s.at(-1) ?? 'A') ^ 1]}`;
      },
    ],
    ['two parts', () => parts().slice(0, 2).join('.')],
    ['four parts', () => `${good}.${parts()[2]}`],
    ['a space before', () => ` ${good}`],
    ['a line end after', () => `${good}\n`],
    ['padding', () => `${good}==`],
    ['a refresh token', () => new RefreshTokens(new Secret(testingRandom(4)(32)), testingRandom(5)).first().text],
    ['nothing', () => ''],
    ['far too much', () => `${good}${'A'.repeat(100_000)}`],
  ];

  it('is tried with more than 30 mutants', () => expect(mutants.length).toBeGreaterThan(30));

  it.each(mutants)('refuses %s', async (_, mutant) => {
    const token = await mutant();
    expect(token).not.toBe(good);
    await expect(tokens.verify(token)).rejects.toMatchObject({
      code: 'login/session',
      message: 'the session has ended; refresh it, or log in again',
    });
  });

  it('refuses each token with one flipped bit', async () => {
    for (let place = 0; place < good.length; place++) {
      const flipped = String.fromCharCode(good.charCodeAt(place) ^ 1);
      const token = good.slice(0, place) + flipped + good.slice(place + 1);
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'login/session' });
    }
  });

  it('refuses its own token after five minutes', async () => {
    clock.advance(limits.accessTokenMs + 1_000);
    await expect(tokens.verify(good)).rejects.toMatchObject({ code: 'login/session' });
  });
});
