import {
  type AuditRecorder,
  type CheckLog,
  type LogFinding,
  type LogReport,
  nothingConcerned,
  systemActor,
} from '@rogatory/audit';
import { type Clock, limits, newActId, type RandomBytes } from '@rogatory/kernel';
import type { AuditErrorCode } from '@rogatory/audit';
import type { Database } from '@rogatory/platform-database';
import type { Log } from '@rogatory/platform-telemetry';

export interface LogChecksParts {
  readonly checks: readonly Pick<CheckLog, 'run'>[];
  /** Of logs that have ended: checked once a day, for nothing is added to them. */
  readonly pastChecks?: readonly Pick<CheckLog, 'run'>[];
  readonly database: Pick<Database, 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly onFault: (error: unknown) => void;
}

/** What the last check of all logs came to. */
export interface CheckedLogs {
  readonly scope: 'whole' | 'tail';
  readonly endedMs: number;
  readonly findings: number;
}

/** The checks of a running server. */
export interface LogChecks {
  readonly last: CheckedLogs | undefined;
  /** Checks now; the next one waits for it. */
  run(scope: CheckedLogs['scope']): Promise<CheckedLogs>;
  stop(): Promise<void>;
}

const MAX_LOGGED = 20;
const MAX_DETAIL_CHARACTERS = 2_000;
const differs: AuditErrorCode = 'audit/log-differs';

/** Checks the end of each log once an hour, and the whole of it once a day; says in the log, and records, what it finds. */
export function startLogChecks(parts: LogChecksParts): LogChecks {
  const checking = new Checking(parts);
  const timer = setInterval(() => {
    void checking.run(checking.isWholeDue() ? 'whole' : 'tail').catch(parts.onFault);
  }, limits.logCheckTailMs);
  return {
    get last() {
      return checking.last;
    },
    run: (scope) => checking.run(scope),
    stop: async () => {
      clearInterval(timer);
      await checking.stop();
    },
  };
}

class Checking {
  readonly #parts: LogChecksParts;
  readonly #stop = new AbortController();
  readonly #since = new Map<object, number>();
  #turn: Promise<unknown> = Promise.resolve();
  #wholeDay: number | undefined;
  last: CheckedLogs | undefined;

  constructor(parts: LogChecksParts) {
    this.#parts = parts;
  }

  isWholeDue(): boolean {
    const date = new Date(this.#parts.clock.nowMs());
    return date.getUTCHours() >= limits.logCheckWholeHourUtc && date.getUTCDate() !== this.#wholeDay;
  }

  run(scope: CheckedLogs['scope']): Promise<CheckedLogs> {
    const run = this.#turn.then(() => this.#check(scope));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#turn;
  }

  async #check(scope: CheckedLogs['scope']): Promise<CheckedLogs> {
    const { checks, pastChecks = [], clock } = this.#parts;
    const begunMs = clock.monotonicMs();
    const reports: LogReport[] = [];
    for (const check of scope === 'whole' ? [...checks, ...pastChecks] : checks) {
      const since = this.#since.get(check);
      const tail = { records: limits.logCheckTailRecords, ...(since === undefined ? {} : { since }) };
      const report = await check.run({ signal: this.#stop.signal, ...(scope === 'tail' && { tail }) });
      this.#since.set(check, report.size);
      reports.push(report);
    }
    if (scope === 'whole') this.#wholeDay = new Date(clock.nowMs()).getUTCDate();
    const findings = reports.reduce((sum, { findingCount }) => sum + findingCount, 0);
    this.last = { scope, endedMs: clock.nowMs(), findings };
    this.#tell(reports, { scope, ms: Math.round(clock.monotonicMs() - begunMs) });
    await this.#record(reports, scope);
    return this.last;
  }

  #tell(reports: readonly LogReport[], { scope, ms }: { readonly scope: string; readonly ms: number }): void {
    const { log } = this.#parts;
    for (const { origin, size, findings, findingCount } of reports) {
      if (findingCount === 0) log.info('audit/log-checked', { url: origin, size, job: scope, ms });
      else log.error('audit/log-differs', { url: origin, size, job: scope, count: findingCount });
      for (const { code, index, recordId, column, group, tile } of findings.slice(0, MAX_LOGGED)) {
        const place = column ?? group ?? tile;
        log.error('audit/log-differs', {
          ...{ code, url: origin },
          ...(index === undefined ? {} : { index }),
          ...(recordId === undefined ? {} : { object: recordId }),
          ...(place === undefined ? {} : { place }),
        });
      }
    }
  }

  async #record(reports: readonly LogReport[], scope: string): Promise<void> {
    const { database, recorder, clock, random } = this.#parts;
    const count = reports.reduce((sum, { findingCount }) => sum + findingCount, 0);
    const detail = [scope, ...reports.map(describe)].join('; ').slice(0, MAX_DETAIL_CHARACTERS);
    await database.write({ kind: 'job', job: 'audit-check' }, (writer) =>
      recorder.record(writer, {
        ...{ id: newActId(clock, random), event: 'log.fsck', who: systemActor },
        ...(count === 0 ? { outcome: 'allowed', reasonCode: 'ok' } : { outcome: 'error', reasonCode: differs }),
        what: { ...nothingConcerned, count, detail },
      }),
    );
  }
}

/** Codes and indices only: they stand in the record. */
function describe({ origin, first, size, findings, findingCount }: LogReport): string {
  const some = findings.slice(0, MAX_LOGGED).map(placeOf);
  return [`${origin} ${first}-${size}`, `findings=${findingCount}`, ...some].join(' ');
}

function placeOf({ code, index, column, group, tile }: LogFinding): string {
  return [code, index, column ?? group ?? tile].filter((part) => part !== undefined).join('@');
}
