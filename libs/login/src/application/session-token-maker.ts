import type { SessionTokens, StoredSession } from '../domain/session.js';
import type { AccessTokens } from './access-tokens.js';
import type { RefreshToken, RefreshTokens } from './refresh-tokens.js';

/** Makes what a client gets of a session. */
export class SessionTokenMaker {
  readonly #access: Pick<AccessTokens, 'issue'>;
  readonly #refresh: RefreshTokens;

  constructor(access: Pick<AccessTokens, 'issue'>, refresh: RefreshTokens) {
    this.#access = access;
    this.#refresh = refresh;
  }

  firstRefresh(): RefreshToken {
    return this.#refresh.first();
  }

  successorOf(token: RefreshToken): RefreshToken {
    return this.#refresh.successorOf(token);
  }

  /** @throws RefusedError `login/refused`. */
  parseRefresh(text: string): RefreshToken {
    return this.#refresh.parse(text);
  }

  async tokensOf(
    session: Pick<StoredSession, 'sessionId' | 'deviceId' | 'endsAtMs'>,
    refresh: RefreshToken,
  ): Promise<SessionTokens> {
    const { text: accessToken, expiresAtMs } = await this.#access.issue(session);
    const accessExpiresAtMs = Math.min(expiresAtMs, session.endsAtMs);
    return { accessToken, accessExpiresAtMs, refreshToken: refresh.text, refreshExpiresAtMs: session.endsAtMs };
  }
}
