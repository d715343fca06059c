import { auditObjectKinds } from '@rogatory/protocol';
import { type AuditRecorder, isLogEnded, nothingConcerned, systemActor } from '@rogatory/audit';
import { type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';

export interface ServiceStateParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const MAX_DETAIL_CHARACTERS = 2_000;

/** As `recordServiceState` at a stop; where somebody else ended the log, nothing can be recorded in it any more. */
export async function recordServiceStop(parts: ServiceStateParts): Promise<void> {
  try {
    await recordServiceState(parts, 'system.stop');
  } catch (error) {
    if (!isLogEnded(error)) throw error;
  }
}

/**
 * Records that the service started or stopped, and which migrations the start ran: gaps in a log without such a record
 * are findings, and so is another schema.
 */
export async function recordServiceState(
  parts: ServiceStateParts,
  event: 'system.start' | 'system.stop' | 'system.migrate',
  migrated: readonly string[] = [],
): Promise<void> {
  const { database, recorder, clock, random } = parts;
  await database.write({ kind: 'job', job: 'service' }, (writer) =>
    recorder.record(writer, {
      id: newActId(clock, random),
      event,
      outcome: 'allowed',
      reasonCode: 'ok',
      who: systemActor,
      what: {
        ...nothingConcerned,
        objectKind: auditObjectKinds.none,
        count: migrated.length,
        detail: migrated.join(' ').slice(0, MAX_DETAIL_CHARACTERS),
      },
    }),
  );
}
