import { type Clock, limits, type RandomBytes } from '@rogatory/kernel';
import type { AuthorityCalendar, FindingsInput } from '@rogatory/findings';
import type { Database } from '@rogatory/platform-database';
import type { AuditRecorder } from './application/audit-recorder.js';
import { ComputeFindings } from './application/findings/compute-findings.js';
import { JudgeFinding } from './application/findings/judge-finding.js';
import { ListFindings } from './application/findings/list-findings.js';
import { PastFindings } from './application/findings/past-findings.js';
import type { MonthKeys } from './application/month-keys.js';
import type { PromiseSigner } from './application/promise-signer.js';
import { SqlFindingStore } from './storage/sql-finding.store.js';

/** What the server knows besides its records. */
export interface FindingFacts {
  /** When authorities work; without one nobody of that authority is said to work off hours. */
  readonly calendars: readonly AuthorityCalendar[];
  /** The end of a person's newest certificate. */
  readonly mandateOf: FindingsInput['mandateOf'];
}

export interface FindingsPartOptions extends Partial<FindingFacts> {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly monthKeys: Pick<MonthKeys, 'find' | 'at'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly shard: string;
  /** The logs before it. */
  readonly pastShards?: readonly string[];
  readonly onFault: (error: unknown) => void;
}

/** What the server proposes to auditors. */
export interface FindingsPart {
  readonly compute: ComputeFindings;
  /** The same of the logs before, up to their ends. */
  readonly past: PastFindings;
  readonly list: ListFindings;
  readonly judge: JudgeFinding;
  /** Computes every `limits.findingsEveryMs` from now on. */
  start(): void;
  /** Waits for a run under way. */
  stop(): Promise<void>;
}

export function openFindings(options: FindingsPartOptions): FindingsPart {
  const { calendars = [], mandateOf = () => undefined, onFault, shard, pastShards = [], ...parts } = options;
  const findingsOf = (name: string) => new SqlFindingStore(name);
  const computeOf = (name: string) =>
    new ComputeFindings({ ...parts, findings: findingsOf(name), shard: name, calendars, mandateOf });
  const compute = computeOf(shard);
  const past = new PastFindings({ database: parts.database, shards: pastShards, findingsOf, computeOf });
  let timer: ReturnType<typeof setInterval> | undefined;
  let running: Promise<unknown> | undefined;
  const look = () => {
    running ??= compute
      .run()
      .then(() => past.run())
      .catch(onFault)
      .finally(() => {
        running = undefined;
      });
  };
  return {
    ...{ compute, past },
    list: new ListFindings({ ...parts, findingsOf, shard, pastShards, calendars }),
    judge: new JudgeFinding({ ...parts, findings: findingsOf(shard) }),
    start: () => {
      timer ??= setInterval(look, limits.findingsEveryMs);
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
