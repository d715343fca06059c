import {
  type ActId,
  type Clock,
  type DeviceId,
  isRogatoryError,
  newActId,
  type ObjectId,
  type RandomBytes,
} from '@rogatory/kernel';
import type { Principal, RequestContext } from '@rogatory/access';
import {
  type ActRunner,
  type AuditEntry,
  type AuditRecorder,
  nothingConcerned,
  sourceOf,
  systemActor,
  unprovenActor,
  whoOf,
} from '@rogatory/audit';
import { type AuditEventCode, auditObjectKinds } from '@rogatory/protocol';
import type { Database, JobPrincipal, Writer } from '@rogatory/platform-database';
import { loginFaultOf, loginRefused, tooManyAttempts } from '../domain/login.errors.js';
import type { SessionEnd } from '../domain/session.js';
import type { LoginBounds } from './login-bounds.js';

export interface LoginLedgerParts {
  readonly database: Pick<Database, 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record' | 'recordMany'>;
  readonly acts: Pick<ActRunner, 'accounted'>;
  readonly bounds: LoginBounds;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Works on sessions before anybody is proven. */
export const loginPrincipal: JobPrincipal = { kind: 'job', job: 'login' };

/** The records of logins: what succeeded, what failed, what was ended. */
export class LoginLedger {
  readonly #parts: LoginLedgerParts;

  constructor(parts: LoginLedgerParts) {
    this.#parts = parts;
  }

  freshId(): ActId {
    return newActId(this.#parts.clock, this.#parts.random);
  }

  /** Records a login or refresh in its own transaction, in the name of the device that it proved. */
  async succeeded(
    writer: Writer,
    ctx: RequestContext,
    done: {
      readonly id: ActId;
      readonly event: AuditEventCode;
      readonly principal: Principal;
      readonly detail?: string;
    },
  ): Promise<void> {
    const what = { ...nothingConcerned, objectKind: auditObjectKinds.session, detail: done.detail ?? '' };
    await this.#parts.recorder.record(writer, {
      ...{ id: done.id, event: done.event, outcome: 'allowed', reasonCode: 'ok' },
      ...{ who: whoOf(done.principal), what, source: sourceOf(ctx) },
    });
  }

  /** Records sessions that the server ended. */
  async ended(writer: Writer, sessionIds: readonly string[], reason: SessionEnd): Promise<void> {
    const entries = sessionIds.map((sessionId): AuditEntry => {
      const objectId = sessionId as ObjectId;
      const what = { ...nothingConcerned, objectKind: auditObjectKinds.session, objectId, detail: `reason=${reason}` };
      const said = { event: 'auth.session.revoke', outcome: 'allowed', reasonCode: 'ok' } as const;
      return { id: this.freshId(), ...said, who: systemActor, what };
    });
    await this.#parts.recorder.recordMany(writer, entries);
  }

  /**
   * Records a failed attempt, or counts it when there are too many, and gives the error to be told. What was found out
   * about the device stays in the record.
   */
  async failed(ctx: RequestContext, error: unknown, deviceId?: DeviceId): Promise<unknown> {
    const { bounds, database, acts } = this.#parts;
    if (isRogatoryError(error) && (error.family === 'unavailable' || error.family === 'internal')) return error;
    const isRecorded = bounds.isFailureRecorded(ctx.source.address, deviceId);
    const told = isRecorded ? uniform(error) : tooManyAttempts(bounds.retryAfterMs);
    if (isRecorded) {
      const entry = this.failure(ctx, error, deviceId);
      await database.write(loginPrincipal, (writer) => this.#parts.recorder.record(writer, entry));
    }
    acts.accounted(told);
    return told;
  }

  /** An error whose record is committed already. */
  told(error: Error): Error {
    this.#parts.acts.accounted(error);
    return error;
  }

  /** The record of a failed attempt. */
  failure(ctx: RequestContext, error: unknown, deviceId?: DeviceId): AuditEntry {
    const fault = loginFaultOf(error);
    const reasonCode = fault ? `login/${fault}` : isRogatoryError(error) ? error.code : 'internal';
    const detail = deviceId === undefined ? '' : `device=${deviceId}`;
    const what = { ...nothingConcerned, objectKind: auditObjectKinds.session, detail };
    const said = { event: 'auth.fail', outcome: 'denied', reasonCode } as const;
    return { id: this.freshId(), ...said, who: unprovenActor, what, source: sourceOf(ctx) };
  }

  /** Records how many failures were counted only; nothing when there were none. What cannot be recorded stays counted. */
  async flush(): Promise<void> {
    const { bounds, database, recorder } = this.#parts;
    const count = bounds.takeCounted();
    if (count === 0) return;
    const said = { event: 'auth.fail', outcome: 'denied', reasonCode: 'login/too-many-attempts' } as const;
    const what = { ...nothingConcerned, objectKind: auditObjectKinds.session, count };
    const entry: AuditEntry = { id: this.freshId(), ...said, who: unprovenActor, what };
    try {
      await database.write(loginPrincipal, (writer) => recorder.record(writer, entry));
    } catch (error) {
      bounds.countAgain(count);
      throw error;
    }
  }
}

/** A fresh error without the fault: nothing of it can reach the caller. */
function uniform(error: unknown): unknown {
  const fault = loginFaultOf(error);
  return fault === undefined ? error : loginRefused(fault);
}
