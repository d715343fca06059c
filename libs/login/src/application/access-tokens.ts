import {
  type Clock,
  type DeviceId,
  fromBase64Url,
  limits,
  parseDeviceId,
  type Secret,
  toBase64Url,
} from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { sha256 } from '@rogatory/crypto/verify';
import { type CryptoKey, importJWK, jwtVerify, SignJWT } from 'jose';
import { noSession } from '../domain/login.errors.js';

/** What an access token says. */
export interface AccessClaims {
  readonly deviceId: DeviceId;
  readonly sessionId: string;
  readonly expiresAtMs: number;
}

export interface AccessTokenOptions {
  /** 32-byte Ed25519 seed. */
  readonly seed: Secret;
  /** Origin of the server, such as "https://rogatory.example". */
  readonly issuer: string;
  readonly clock: Clock;
}

/** The one algorithm; what a token's header says of itself only has to agree. */
const ALGORITHM = 'EdDSA';
/** RFC 9068: an access token is nothing else, and nothing else is an access token. */
const TYPE = 'at+jwt';
const MAX_TOKEN_CHARACTERS = 1_024;
const FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;
const SESSION = /^[0-9a-f]{32}$/;

/** Signs and verifies access tokens: EdDSA, five minutes, bound to one device and one session. SPEC: login 3. */
export class AccessTokens {
  readonly #options: Omit<AccessTokenOptions, 'seed'>;
  readonly #keyId: string;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;

  private constructor(options: AccessTokenOptions, keys: { id: string; privateKey: CryptoKey; publicKey: CryptoKey }) {
    this.#options = { issuer: options.issuer, clock: options.clock };
    this.#keyId = keys.id;
    this.#privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
  }

  static async open(options: AccessTokenOptions): Promise<AccessTokens> {
    const { publicKey } = SigningKey.fromSeed(options.seed);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) };
    const d = options.seed.use(toBase64Url);
    return new AccessTokens(options, {
      id: toBase64Url(sha256(publicKey)).slice(0, 16),
      privateKey: await importKey({ ...jwk, d }),
      publicKey: await importKey(jwk),
    });
  }

  /** The name by which the tokens of this server are meant for it alone. */
  get audience(): string {
    return `${this.#options.issuer}/graphql`;
  }

  async issue({
    deviceId,
    sessionId,
  }: Omit<AccessClaims, 'expiresAtMs'>): Promise<{ text: string; expiresAtMs: number }> {
    const { issuer, clock } = this.#options;
    const issuedAt = Math.floor(clock.nowMs() / 1_000);
    const expiresAt = issuedAt + limits.accessTokenMs / 1_000;
    const text = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.#keyId })
      .setIssuer(issuer)
      .setAudience(this.audience)
      .setSubject(deviceId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#privateKey);
    return { text, expiresAtMs: expiresAt * 1_000 };
  }

  /** @throws RefusedError `login/session` for everything but a token of this server that is valid now. */
  async verify(text: string): Promise<AccessClaims> {
    try {
      this.#checkForm(text);
      const { payload } = await jwtVerify(text, this.#publicKey, {
        ...{ algorithms: [ALGORITHM], typ: TYPE, issuer: this.#options.issuer, audience: this.audience },
        ...{
          requiredClaims: ['iat', 'exp', 'sub', 'sid'],
          maxTokenAge: limits.accessTokenMs / 1_000,
          clockTolerance: 0,
        },
        currentDate: new Date(this.#options.clock.nowMs()),
      });
      const { sub, sid, exp } = payload;
      if (typeof sid !== 'string' || !SESSION.test(sid) || exp === undefined || Array.isArray(payload.aud))
        throw noSession();
      return { deviceId: parseDeviceId(sub), sessionId: sid, expiresAtMs: exp * 1_000 };
    } catch {
      throw noSession();
    }
  }

  /** One token has one text, and its header is exactly ours: no key, address or extension in it is ever looked at. */
  #checkForm(text: string): void {
    const parts = text.length <= MAX_TOKEN_CHARACTERS ? FORM.exec(text)?.slice(1) : undefined;
    if (parts === undefined) throw noSession();
    const [head] = parts.map(fromBase64Url);
    const header: unknown = JSON.parse(new TextDecoder().decode(head));
    const wanted = { alg: ALGORITHM, typ: TYPE, kid: this.#keyId };
    if (JSON.stringify(header) !== JSON.stringify(wanted)) throw noSession();
  }
}

async function importKey(jwk: { kty: string; crv: string; x: string; d?: string }): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw noSession();
  return key;
}
