import { type Clock, type DeviceId, parseUtf8, toBase64, utf8 } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  encodeLoginStatement,
  encodeSignedLoginStatement,
  signaturePurposes,
  type SignedTime,
} from '@rogatory/protocol';
import { ServerToldError, verificationError } from '../client.errors.js';
import {
  loginOperation,
  type Operation,
  refreshSessionOperation,
  requestChallengeOperation,
} from '../operations.generated.js';
import type { SealedStore } from '../state/sealed-store.js';
import { asBytes, asText, asWhole, dataOf, readAnswer } from '../transport/answer.js';
import { requestWell } from '../transport/repeated-request.js';
import type { Transport } from '../transport/transport.js';

interface Tokens {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
}

export interface SessionParts {
  readonly transport: Transport;
  readonly store: SealedStore;
  readonly deviceId: DeviceId;
  readonly signing: SigningKey;
  readonly federationRootHash: Uint8Array;
  readonly clock: Clock;
}

const SLOT = 'session';
const EARLY_MS = 20_000;
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,2048}$/;

/**
 * The login of a device: proves its key to this server and no other, keeps the tokens sealed, renews them once however
 * many callers wait. Needs no password: the unlocked key is the proof.
 */
export class Session {
  readonly #parts: SessionParts;
  #tokens: Tokens | undefined;
  #isRead = false;
  #own: string | undefined;
  #renewal: Promise<string> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** A token that is good for at least twenty seconds; renews or logs in when there is none. One renewal at a time. */
  async accessToken(): Promise<string> {
    const nowMs = this.#parts.clock.nowMs();
    const tokens = await this.#read();
    if (tokens !== undefined && nowMs < tokens.accessExpiresAtMs - EARLY_MS) return tokens.accessToken;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Logs in anew, whatever was there. @throws as the server tells; `client/network`. */
  async login(): Promise<void> {
    await this.#keep(await this.#login());
  }

  /** Forgets the tokens, after the server was told or refused. */
  async forget(): Promise<void> {
    this.#tokens = undefined;
    this.#isRead = true;
    await this.#parts.store.remove(SLOT);
  }

  /** Whether this process got the token itself, so that a refusal is not the token's fault. */
  isOwn(accessToken: string): boolean {
    return this.#own === accessToken;
  }

  /** Takes a token out of use that the server refused; the next caller gets another. */
  reject(accessToken: string): void {
    if (this.#tokens?.accessToken === accessToken) this.#tokens = undefined;
    this.#isRead = true;
  }

  async #renew(): Promise<string> {
    const tokens = this.#tokens;
    const isFresh = tokens !== undefined && this.#parts.clock.nowMs() < tokens.refreshExpiresAtMs - EARLY_MS;
    const next = isFresh ? await this.#refresh(tokens) : await this.#login();
    await this.#keep(next);
    return next.accessToken;
  }

  async #refresh({ refreshToken }: Tokens): Promise<Tokens> {
    try {
      const data = await this.#ask(refreshSessionOperation, { refreshToken });
      return readAnswer(() => tokensOf(data.refreshSession));
    } catch (error) {
      // The token was used or revoked, perhaps by another process of this profile: the key proves us anew.
      if (!(error instanceof ServerToldError) || error.family === 'unavailable') throw error;
      return this.#login();
    }
  }

  async #login(): Promise<Tokens> {
    const { deviceId, signing, federationRootHash, transport } = this.#parts;
    const asked = await this.#ask(requestChallengeOperation, { deviceId });
    const challenge = readAnswer(() => asBytes(asked.requestChallenge.challenge));
    const audience = transport.origin;
    const time = this.#time();
    const signedBytes = readAnswer(() =>
      encodeLoginStatement({ federationHash: federationRootHash, audience, deviceId, challenge, time }),
    );
    const signature = signing.sign(signaturePurposes.login, signedBytes);
    const statement = toBase64(encodeSignedLoginStatement({ signedBytes, signature }));
    const data = await this.#ask(loginOperation, { statement });
    return readAnswer(() => tokensOf(data.login));
  }

  async #ask<Result, Variables>(operation: Operation<Result, Variables>, variables: Variables): Promise<Result> {
    const answer = await requestWell(this.#parts.transport, { operation, variables, proof: {} });
    return dataOf(answer, operation.rootField) as Result;
  }

  #time(): SignedTime {
    const timeMs = this.#parts.clock.nowMs();
    return { timeMs, offsetMinutes: -new Date(timeMs).getTimezoneOffset() };
  }

  async #read(): Promise<Tokens | undefined> {
    if (!this.#isRead) {
      const bytes = await this.#parts.store.read(SLOT);
      this.#tokens =
        bytes === undefined ? undefined : readAnswer(() => tokensOf(JSON.parse(parseUtf8(bytes)) as Tokens));
      this.#isRead = true;
    }
    return this.#tokens;
  }

  async #keep(tokens: Tokens): Promise<void> {
    this.#tokens = tokens;
    this.#own = tokens.accessToken;
    this.#isRead = true;
    await this.#parts.store.write(SLOT, utf8(JSON.stringify(tokens)));
  }
}

function tokensOf(value: { readonly [Key in keyof Tokens]: unknown }): Tokens {
  return {
    accessToken: tokenOf(value.accessToken),
    accessExpiresAtMs: asWhole(value.accessExpiresAtMs),
    refreshToken: tokenOf(value.refreshToken),
    refreshExpiresAtMs: asWhole(value.refreshExpiresAtMs),
  };
}

/** A token goes into a header: anything else than its own characters is refused. */
function tokenOf(value: unknown): string {
  const token = asText(value);
  if (!TOKEN.test(token)) throw verificationError('client/answer');
  return token;
}
