import { type Clock, type DeviceId, limits } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import type { AuditRecorder } from '@rogatory/audit';
import type { Database, Writer } from '@rogatory/platform-database';
import { loginRefused } from '../domain/login.errors.js';
import { isOpen, type SessionTokens, type StoredSession } from '../domain/session.js';
import type { EndSessions } from './end-sessions.js';
import { type LoginLedger, loginPrincipal } from './login-ledger.js';
import type { RefreshToken } from './refresh-tokens.js';
import type { SessionStore } from './session.store.js';
import type { SessionTokenMaker } from './session-token-maker.js';
import type { Standing } from './standing.js';

export interface RefreshSessionParts {
  readonly database: Pick<Database, 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly standing: Standing;
  readonly sessions: SessionStore;
  readonly tokens: SessionTokenMaker;
  readonly ledger: LoginLedger;
  readonly endSessions: EndSessions;
  readonly clock: Clock;
}

/** What a token was good for; `stolen` is committed before it is refused. */
type Turn = { readonly kind: 'renewed'; readonly tokens: SessionTokens } | { readonly kind: 'stolen' };

/**
 * Trades a refresh token for new tokens, once. A second use of it within `limits.refreshGraceMs` is an honest client that
 * asked twice and gets the same successor; a later one, or one after the successor was used, is somebody who kept a copy:
 * the whole session ends (RFC 9700 section 4.14.2).
 */
export class RefreshSession {
  readonly #parts: RefreshSessionParts;

  constructor(parts: RefreshSessionParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `login/refused`, `login/too-many-attempts`; UnavailableError. */
  async run(ctx: RequestContext, refreshToken: string): Promise<SessionTokens> {
    const { database, tokens, ledger } = this.#parts;
    let turn: Turn;
    try {
      const token = tokens.parseRefresh(refreshToken);
      turn = await database.write(loginPrincipal, (writer) => this.#turn(writer, ctx, token));
    } catch (error) {
      throw await ledger.failed(ctx, error);
    }
    if (turn.kind === 'renewed') return turn.tokens;
    throw ledger.told(loginRefused('refresh-reused'));
  }

  async #turn(writer: Writer, ctx: RequestContext, token: RefreshToken): Promise<Turn> {
    const { sessions, clock, tokens } = this.#parts;
    const nowMs = clock.nowMs();
    const isFirst = await sessions.useRefresh(writer, token.hash, nowMs);
    const stored = await sessions.findRefresh(writer, token.hash);
    const session = stored && (await sessions.find(writer, stored.sessionId));
    if (stored === undefined || !isOpen(session, nowMs)) throw loginRefused('session-ended');
    const successor = tokens.successorOf(token);
    if (isFirst) {
      await sessions.addRefresh(writer, { tokenHash: successor.hash, sessionId: session.sessionId }, nowMs);
      return this.#renew(writer, ctx, { session, successor, detail: '' });
    }
    const next = await sessions.findRefresh(writer, successor.hash);
    const isHonest = nowMs - (stored.usedAtMs ?? 0) <= limits.refreshGraceMs && next?.usedAtMs === undefined;
    if (isHonest) return this.#renew(writer, ctx, { session, successor, detail: 'repeated' });
    return this.#endStolen(writer, ctx, session);
  }

  async #renew(
    writer: Writer,
    ctx: RequestContext,
    turn: { readonly session: StoredSession; readonly successor: RefreshToken; readonly detail: string },
  ): Promise<Turn> {
    const { standing, ledger, tokens } = this.#parts;
    const { session, successor, detail } = turn;
    const principal = standing.principalOf(session.deviceId, session.sessionId);
    if (principal === undefined) throw loginRefused('not-live');
    await ledger.succeeded(writer, ctx, { id: ledger.freshId(), event: 'auth.refresh', principal, detail });
    return { kind: 'renewed', tokens: await tokens.tokensOf(session, successor) };
  }

  async #endStolen(writer: Writer, ctx: RequestContext, session: StoredSession): Promise<Turn> {
    const { endSessions, ledger, recorder } = this.#parts;
    await endSessions.within(writer, [session.sessionId], 'refresh-reuse');
    const deviceId: DeviceId = session.deviceId;
    await recorder.record(writer, ledger.failure(ctx, loginRefused('refresh-reused'), deviceId));
    return { kind: 'stolen' };
  }
}
