import { auditObjectKinds } from '@rogatory/protocol';
import { type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import { type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';

export interface ServiceStateParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Records that the service started or stopped: gaps in a log without such a record are findings. */
export async function recordServiceState(
  parts: ServiceStateParts,
  event: 'system.start' | 'system.stop',
): Promise<void> {
  const { database, recorder, clock, random } = parts;
  await database.write({ kind: 'job', job: 'service' }, (writer) =>
    recorder.record(writer, {
      id: newActId(clock, random),
      event,
      outcome: 'allowed',
      reasonCode: 'ok',
      who: systemActor,
      what: { ...nothingConcerned, objectKind: auditObjectKinds.none },
    }),
  );
}
