import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { AuditEntry, LogCheckScope, LogFinding, LogReport } from '@rogatory/audit';
import { type Clock, limits, systemRandom } from '@rogatory/kernel';
import type { Database, Writer } from '@rogatory/platform-database';
import type { LogEvent, LogFields } from '@rogatory/platform-telemetry';
import { startLogChecks } from './log-checks.js';

const NOON = Date.UTC(2026, 10, 23, 12);

class Rig {
  readonly lines: (LogFields & { readonly level: string; readonly event: LogEvent })[] = [];
  readonly entries: AuditEntry[] = [];
  readonly scopes: LogCheckScope[] = [];
  readonly faults: unknown[] = [];
  findings: readonly LogFinding[] = [];
  nowMs = NOON;
  readonly checks = this.#start();

  #start() {
    const clock: Clock = { nowMs: () => this.nowMs, monotonicMs: () => 0 };
    const line =
      (level: string) =>
      (event: LogEvent, fields: LogFields = {}) =>
        void this.lines.push({ level, event, ...fields });
    const report = (): LogReport => {
      const { findings } = this;
      return { origin: 'x.example/audit/log/2026h2', size: 900, first: 0, findings, findingCount: findings.length };
    };
    const write: Database['write'] = (_principal, use) => use({} as Writer);
    return startLogChecks({
      checks: [
        {
          run: async (scope) => {
            this.scopes.push(scope ?? {});
            return report();
          },
        },
      ],
      database: { write },
      recorder: {
        record: async (_writer, entry) => {
          this.entries.push(entry);
          return { id: entry.id, leaf: new Uint8Array(0), leafHash: new Uint8Array(0), timeMs: 0 };
        },
      },
      ...{ clock, random: systemRandom, onFault: (error) => this.faults.push(error) },
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    });
  }
}

describe('the checks of a running server', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('record what they came to as an act of the service, and raise an alarm that names what differs', async () => {
    const rig = new Rig();
    expect(await rig.checks.run('whole')).toEqual({ scope: 'whole', endedMs: NOON, findings: 0 });
    expect(rig.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['info audit/log-checked']);
    expect(rig.entries[0]).toMatchObject({
      ...{ event: 'log.fsck', outcome: 'allowed', reasonCode: 'ok' },
      what: { count: 0, detail: 'whole; x.example/audit/log/2026h2 0-900 findings=0' },
    });

    rig.findings = [{ code: 'PROJECTION_MISMATCH', index: 7, recordId: 'ab'.repeat(16), column: 'ms' }];
    expect(await rig.checks.run('tail')).toMatchObject({ findings: 1 });
    expect(rig.checks.last).toMatchObject({ scope: 'tail', findings: 1 });
    expect(rig.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { event: 'audit/log-differs', count: 1, job: 'tail' },
      { event: 'audit/log-differs', code: 'PROJECTION_MISMATCH', index: 7, object: 'ab'.repeat(16), place: 'ms' },
    ]);
    expect(rig.entries[1]).toMatchObject({
      ...{ event: 'log.fsck', outcome: 'error', reasonCode: 'audit/log-differs' },
      what: { count: 1, detail: expect.stringContaining('PROJECTION_MISMATCH@7@ms') },
    });
    await rig.checks.stop();
  });

  it('look at the end of a log every hour, from where the last one ended, and at the whole of it once a day', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    const rig = new Rig();
    const hour = async () => {
      rig.nowMs += limits.logCheckTailMs;
      await jest.advanceTimersByTimeAsync(limits.logCheckTailMs);
    };
    await hour();
    await hour();
    expect(rig.scopes.map(({ tail }) => tail)).toEqual([
      undefined,
      { records: limits.logCheckTailRecords, since: 900 },
    ]);
    rig.nowMs = Date.UTC(2026, 10, 23, 23);
    await hour();
    await hour();
    await hour();
    expect(rig.scopes.map(({ tail }) => tail === undefined)).toEqual([true, false, false, false, true]);
    await rig.checks.stop();
    await hour();
    expect(rig.scopes).toHaveLength(5);
    expect(rig.faults).toEqual([]);
  });
});
