import type { ActId, DeviceId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { SessionEnd, StoredRefresh, StoredSession } from '../domain/session.js';

export interface SessionReader {
  find(reader: Reader, sessionId: string): Promise<StoredSession | undefined>;
  /** Sessions of these devices that were not ended and whose time is not over. */
  openOf(reader: Reader, deviceIds: readonly DeviceId[], atMs: number): Promise<readonly StoredSession[]>;
}

export interface NewSession extends Omit<StoredSession, 'endedAtMs'> {
  /** Record of the login. */
  readonly actId: ActId;
  readonly refreshHash: Uint8Array;
}

export interface SessionEnding {
  readonly sessionIds: readonly string[];
  readonly reason: SessionEnd;
  readonly atMs: number;
}

export interface SessionWriter {
  /** Uses a challenge up. Answers false when it was used before; of many callers at once exactly one gets true. */
  useChallenge(writer: Writer, challenge: Uint8Array, expiresAtMs: number): Promise<boolean>;
  /** Open sessions of a device, newest first; other logins of the device wait until this transaction ends. */
  lockOf(writer: Writer, deviceId: DeviceId, atMs: number): Promise<readonly StoredSession[]>;
  /** Stores a session with its first refresh token. */
  add(writer: Writer, session: NewSession): Promise<void>;
  /** Ends those that were not ended yet; answers them. */
  end(writer: Writer, ending: SessionEnding): Promise<readonly string[]>;
  /** Marks a refresh token as used, unless it was; exactly one caller gets true. Others wait for that one's end. */
  useRefresh(writer: Writer, tokenHash: Uint8Array, atMs: number): Promise<boolean>;
  addRefresh(writer: Writer, refresh: Omit<StoredRefresh, 'usedAtMs'>, atMs: number): Promise<void>;
  findRefresh(reader: Reader, tokenHash: Uint8Array): Promise<StoredRefresh | undefined>;
  /** Removes what is over: used challenges that expired, and sessions that ended a day ago. */
  clean(writer: Writer, atMs: number): Promise<void>;
}

export type SessionStore = SessionReader & SessionWriter;
