import { type Clock, type DeviceId } from '@rogatory/kernel';
import type { Database, Writer } from '@rogatory/platform-database';
import type { SessionEnd } from '../domain/session.js';
import type { CutOffHub } from './cut-off-hub.js';
import { type LoginLedger, loginPrincipal } from './login-ledger.js';
import type { SessionStore } from './session.store.js';

export interface EndSessionsParts {
  readonly database: Pick<Database, 'read' | 'write'>;
  readonly sessions: SessionStore;
  readonly ledger: LoginLedger;
  readonly hub: Pick<CutOffHub, 'cut'>;
  readonly clock: Clock;
}

/** Ends sessions for good, records each, and cuts what is open of them. */
export class EndSessions {
  readonly #parts: EndSessionsParts;

  constructor(parts: EndSessionsParts) {
    this.#parts = parts;
  }

  /** Within a transaction that records something in any case. Answers those that were open. */
  async within(writer: Writer, sessionIds: readonly string[], reason: SessionEnd): Promise<readonly string[]> {
    const { sessions, ledger, hub, clock } = this.#parts;
    if (sessionIds.length === 0) return [];
    const ended = await sessions.end(writer, { sessionIds, reason, atMs: clock.nowMs() });
    await ledger.ended(writer, ended, reason);
    writer.afterCommit(() => hub.cut(...ended.map((sessionId) => ({ kind: 'session', sessionId }) as const)));
    return ended;
  }

  /** All open sessions of devices that are no longer live. Servers that do so at once end each session once. */
  async ofDevices(deviceIds: readonly DeviceId[], reason: SessionEnd): Promise<readonly string[]> {
    const { database, sessions, clock } = this.#parts;
    if (deviceIds.length === 0) return [];
    const open = await database.read(loginPrincipal, (reader) => sessions.openOf(reader, deviceIds, clock.nowMs()));
    if (open.length === 0) return [];
    const ids = open.map(({ sessionId }) => sessionId);
    return database
      .write(loginPrincipal, async (writer) => {
        const ended = await this.within(writer, ids, reason);
        if (ended.length === 0) throw new NothingToEnd();
        return ended;
      })
      .catch((error: unknown) => {
        if (error instanceof NothingToEnd) return [];
        throw error;
      });
  }
}

/** Rolls back a transaction in which another server was first. */
class NothingToEnd extends Error {}
