import type { DeviceId } from '@rogatory/kernel';

export type SessionEnd = 'logout' | 'too-many' | 'refresh-reuse' | 'not-live';

/** A login of one device. It ends for good at `endsAtMs`; refreshing does not prolong it. */
export interface StoredSession {
  readonly sessionId: string;
  readonly deviceId: DeviceId;
  readonly createdAtMs: number;
  readonly endsAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** A single-use refresh token, as stored: its hash, never itself. */
export interface StoredRefresh {
  readonly tokenHash: Uint8Array;
  readonly sessionId: string;
  readonly usedAtMs: number | undefined;
}

/** What a client holds of a session. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
}

/** Whether a session may still be used at a time. */
export function isOpen(session: StoredSession | undefined, atMs: number): session is StoredSession {
  return session !== undefined && session.endedAtMs === undefined && atMs < session.endsAtMs;
}
