import type { AuditLog } from '@rogatory/audit';
import type { Clock } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import type { Metrics } from '@rogatory/platform-telemetry';
import type { LogChecks } from '../log-checks.js';

/** What is looked at when metrics are asked for. */
export interface WatchedParts {
  readonly database: Pick<Database, 'load'>;
  readonly audit: Pick<AuditLog, 'gate' | 'reader' | 'witnessState'>;
  readonly directory: Pick<AuditLog, 'witnessState'>;
  readonly checks: Pick<LogChecks, 'last'>;
  readonly sockets: { readonly openSockets: number };
  readonly clock: Clock;
  /** Milliseconds for which the review that waits longest has been due. */
  readonly overdueReview: () => Promise<number>;
}

/** Depths of queues, and how far the signed log is behind; each is read at the moment somebody asks. */
export function watchParts(metrics: Metrics, parts: WatchedParts): void {
  const { database, audit, checks, sockets, clock } = parts;
  const gauge = (name: `rogatory_${string}`, help: string, read: () => number | Promise<number>): void =>
    metrics.gauge({ name, help, labels: [] }, read);
  gauge('rogatory_open_sockets', 'WebSocket connections.', () => sockets.openSockets);
  gauge('rogatory_database_busy_connections', 'Database connections in use.', () => database.load().busy);
  gauge('rogatory_database_waiting_callers', 'Callers that wait for a connection.', () => database.load().waiting);
  gauge('rogatory_audit_waiting_answers', 'Answers held back until a signed head covers their record.', () => {
    return audit.gate.waitingAnswers;
  });
  gauge('rogatory_audit_unsequenced_records', 'Records that are not yet in the log; counted up to a bound.', () =>
    audit.gate.unsequencedRecords(),
  );
  gauge('rogatory_audit_refused_answers', 'Answers refused because the log did not vouch for them in time.', () => {
    return audit.gate.refusedAnswers;
  });
  gauge(
    'rogatory_audit_oldest_unsequenced_seconds',
    'How long the oldest record waits for its index; 0 for none.',
    async () => {
      const sinceMs = await audit.gate.unsequencedSinceMs();
      return sinceMs === undefined ? 0 : Math.max(0, clock.nowMs() - sinceMs) / 1000;
    },
  );
  gauge(
    'rogatory_log_check_findings',
    'What the last check of the stored logs found. Anything but 0 is an alarm.',
    () => {
      return checks.last?.findings ?? Number.NaN;
    },
  );
  gauge('rogatory_log_check_age_seconds', 'Since the last check of the stored logs; it runs every hour.', () => {
    return checks.last === undefined ? Number.NaN : (clock.nowMs() - checks.last.endedMs) / 1000;
  });
  gauge(
    'rogatory_audit_review_overdue_seconds',
    'How long the review of an oversight body is overdue; 0 for none.',
    async () => {
      return (await parts.overdueReview()) / 1000;
    },
  );
  gauge('rogatory_audit_log_records', 'Records under the newest signed head.', async () => {
    const head = await audit.reader.checkpoint();
    return head?.size ?? 0;
  });
  gauge(
    'rogatory_audit_log_head_age_seconds',
    'Age of the newest signed head; grows while nothing is recorded.',
    async () => {
      const head = await audit.reader.checkpoint();
      return head === undefined ? Number.NaN : (clock.nowMs() - head.timeMs) / 1000;
    },
  );
  watchWitnesses(gauge, parts);
}

/** Of the logs that witnesses are asked about; `NaN` where there are none, and for the age before they first spoke. */
function watchWitnesses(
  gauge: (name: `rogatory_${string}`, help: string, read: () => number) => void,
  { audit, directory, clock }: WatchedParts,
): void {
  for (const [name, log] of [['audit', audit] as const, ['directory', directory] as const]) {
    gauge(`rogatory_${name}_quorum_age_seconds`, 'Time since a quorum of the witnesses last spoke.', () => {
      const quorumMs = log.witnessState()?.quorumMs;
      return quorumMs === undefined ? Number.NaN : (clock.nowMs() - quorumMs) / 1000;
    });
    gauge(`rogatory_${name}_quorum`, 'Whether a quorum vouches for what is newest: 1, or 0.', () => {
      const state = log.witnessState();
      if (state === undefined) return Number.NaN;
      return state.quorumMs !== undefined && state.unwitnessedSinceMs === undefined ? 1 : 0;
    });
  }
}
