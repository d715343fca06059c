import { type Clock, limits } from '@rogatory/kernel';
import type { Principal } from '@rogatory/access';
import type { Database } from '@rogatory/platform-database';
import { noSession } from '../domain/login.errors.js';
import { isOpen, type StoredSession } from '../domain/session.js';
import type { AccessClaims, AccessTokens } from './access-tokens.js';
import type { CutOffHub } from './cut-off-hub.js';
import { loginPrincipal } from './login-ledger.js';
import type { SessionReader } from './session.store.js';
import type { Acting, Standing } from './standing.js';

export interface SessionGateParts {
  readonly database: Pick<Database, 'read'>;
  readonly tokens: Pick<AccessTokens, 'verify'>;
  readonly sessions: Pick<SessionReader, 'find'>;
  readonly standing: Standing;
  readonly clock: Clock;
}

interface SessionCheck {
  readonly startedAtMs: number;
  readonly session: Promise<StoredSession | undefined>;
}

/** Who acts, and until when at most: for a channel that stays open longer than a token is valid. */
export interface GatedSession {
  readonly principal: Principal;
  /** UTC milliseconds; refreshing does not prolong it. */
  readonly endsAtMs: number;
}

/**
 * Turns an access token into who acts. A token's signature is checked once; whether its device is live, at every use; and
 * whether its session was ended, at least every `limits.sessionRecheckMs` in the database and at once where the end is
 * heard of.
 */
export class SessionGate {
  readonly #parts: SessionGateParts;
  readonly #claims = new Map<string, AccessClaims>();
  readonly #checks = new Map<string, SessionCheck>();

  constructor(parts: SessionGateParts, hub: Pick<CutOffHub, 'onCut'>) {
    this.#parts = parts;
    hub.onCut((cut) => {
      if (cut.kind === 'session') this.#checks.delete(cut.sessionId);
      if (cut.kind === 'everyone') this.#checks.clear();
    });
  }

  /** @throws RefusedError `login/session`, the same for everything that is wrong; UnavailableError of the database. */
  async verify(accessToken: string): Promise<Principal> {
    return (await this.session(accessToken)).principal;
  }

  /** @throws as `verify`. */
  async session(accessToken: string): Promise<GatedSession> {
    const { standing, clock } = this.#parts;
    const claims = this.#claims.get(accessToken) ?? (await this.#prove(accessToken));
    if (claims.expiresAtMs <= clock.nowMs()) {
      this.#claims.delete(accessToken);
      throw noSession();
    }
    const session = await this.#session(claims);
    if (!isOpen(session, clock.nowMs()) || session.deviceId !== claims.deviceId) throw noSession();
    const principal = standing.principalOf(claims.deviceId, claims.sessionId);
    if (principal === undefined) throw noSession();
    return { principal, endsAtMs: session.endsAtMs };
  }

  /** Whether a principal may still act: for each delivery on a channel that stays open. No I/O. */
  stands(acting: Acting): boolean {
    return this.#parts.standing.stands(acting);
  }

  async #prove(accessToken: string): Promise<AccessClaims> {
    const claims = await this.#parts.tokens.verify(accessToken);
    this.#claims.set(accessToken, claims);
    dropOldest(this.#claims);
    return claims;
  }

  async #session({ sessionId }: AccessClaims): Promise<StoredSession | undefined> {
    const nowMs = this.#parts.clock.monotonicMs();
    const known = this.#checks.get(sessionId);
    if (known !== undefined && nowMs - known.startedAtMs < limits.sessionRecheckMs) return known.session;
    const check = { startedAtMs: nowMs, session: this.#look(sessionId) };
    this.#checks.delete(sessionId);
    this.#checks.set(sessionId, check);
    dropOldest(this.#checks);
    // A look that failed says nothing: the next caller looks again.
    check.session.catch(() => this.#checks.delete(sessionId));
    return check.session;
  }

  #look(sessionId: string): Promise<StoredSession | undefined> {
    const { database, sessions } = this.#parts;
    return database.read(loginPrincipal, (reader) => sessions.find(reader, sessionId));
  }
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= limits.maxCachedSessions) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
