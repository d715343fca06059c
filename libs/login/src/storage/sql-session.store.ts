import { type DeviceId, parseDeviceId } from '@rogatory/kernel';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { NewSession, SessionEnding, SessionStore } from '../application/session.store.js';
import type { StoredRefresh, StoredSession } from '../domain/session.js';

const DAY_MS = 24 * 3_600_000;

const columns = `replace(id::text, '-', '') AS session_id, replace(device::text, '-', '') AS device_id,
  created_at, ends_at, ended_at`;
const useChallenge = prepared(
  'login/use-challenge',
  'INSERT INTO login_used_challenge (challenge, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
);
const lockDevice = prepared('login/lock', `SELECT pg_advisory_xact_lock(hashtextextended('rogatory.login.' || $1, 0))`);
const openOf = prepared(
  'login/open-of',
  `SELECT ${columns} FROM login_session WHERE device = ANY($1::uuid[]) AND ended_at IS NULL AND ends_at > $2
   ORDER BY created_at DESC, id DESC LIMIT 10000`,
);
const find = prepared('login/find', `SELECT ${columns} FROM login_session WHERE id = $1`);
const addSession = prepared(
  'login/add',
  `INSERT INTO login_session (id, device, created_at, ends_at, audit_id) VALUES ($1, $2, $3, $4, $5)`,
);
const endSessions = prepared(
  'login/end',
  `UPDATE login_session SET ended_at = $2, end_reason = $3 WHERE id = ANY($1::uuid[]) AND ended_at IS NULL
   RETURNING replace(id::text, '-', '') AS session_id`,
);
const addRefresh = prepared(
  'login/add-refresh',
  'INSERT INTO login_refresh (token_hash, session, issued_at) VALUES ($1, $2, $3)',
);
const useRefresh = prepared(
  'login/use-refresh',
  'UPDATE login_refresh SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL',
);
const findRefresh = prepared(
  'login/find-refresh',
  `SELECT token_hash, replace(session::text, '-', '') AS session_id, used_at FROM login_refresh WHERE token_hash = $1`,
);

export class SqlSessionStore implements SessionStore {
  async find(reader: Reader, sessionId: string): Promise<StoredSession | undefined> {
    return reader.queryOne(find, [sessionId], readSession);
  }

  async openOf(reader: Reader, deviceIds: readonly DeviceId[], atMs: number): Promise<readonly StoredSession[]> {
    return reader.queryRows(openOf, [deviceIds, atMs], readSession);
  }

  async useChallenge(writer: Writer, challenge: Uint8Array, expiresAtMs: number): Promise<boolean> {
    return (await writer.execute(useChallenge, [challenge, expiresAtMs])) === 1;
  }

  async lockOf(writer: Writer, deviceId: DeviceId, atMs: number): Promise<readonly StoredSession[]> {
    await writer.execute(lockDevice, [deviceId]);
    return this.openOf(writer, [deviceId], atMs);
  }

  async add(writer: Writer, session: NewSession): Promise<void> {
    const { sessionId, deviceId, createdAtMs, endsAtMs, actId, refreshHash } = session;
    await writer.execute(addSession, [sessionId, deviceId, createdAtMs, endsAtMs, actId]);
    await this.addRefresh(writer, { tokenHash: refreshHash, sessionId }, createdAtMs);
  }

  async end(writer: Writer, { sessionIds, reason, atMs }: SessionEnding): Promise<readonly string[]> {
    return writer.queryRows(endSessions, [sessionIds, atMs, reason], (row) => row.text('session_id'));
  }

  async useRefresh(writer: Writer, tokenHash: Uint8Array, atMs: number): Promise<boolean> {
    return (await writer.execute(useRefresh, [tokenHash, atMs])) === 1;
  }

  async addRefresh(writer: Writer, refresh: Omit<StoredRefresh, 'usedAtMs'>, atMs: number): Promise<void> {
    await writer.execute(addRefresh, [refresh.tokenHash, refresh.sessionId, atMs]);
  }

  async findRefresh(reader: Reader, tokenHash: Uint8Array): Promise<StoredRefresh | undefined> {
    return reader.queryOne(findRefresh, [tokenHash], (row) => ({
      tokenHash: row.bytes('token_hash'),
      sessionId: row.text('session_id'),
      usedAtMs: row.optionalInteger('used_at'),
    }));
  }

  async clean(writer: Writer, atMs: number): Promise<void> {
    await writer.execute('DELETE FROM login_used_challenge WHERE expires_at < $1', [atMs]);
    await writer.execute('DELETE FROM login_session WHERE ends_at < $1', [atMs - DAY_MS]);
  }
}

function readSession(row: RowReader): StoredSession {
  return {
    sessionId: row.text('session_id'),
    deviceId: parseDeviceId(row.text('device_id')),
    createdAtMs: row.integer('created_at'),
    endsAtMs: row.integer('ends_at'),
    endedAtMs: row.optionalInteger('ended_at'),
  };
}
