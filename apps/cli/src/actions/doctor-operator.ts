import { limits } from '@rogatory/kernel';
import type { Call } from '../run/call.js';
import { isoTime } from '../run/outcome.js';
import type { Finding } from './doctor-finding.js';

const PROBE_MS = 5_000;
const MAX_METRICS_BYTES = 4 * 1024 * 1024;
/** Twice the time after which the stored logs are checked again. */
const OLD_CHECK_SECONDS = 2 * 3_600;
const LAG_SECONDS = limits.gateTimeoutMs / 1_000;
const WORDS_SECONDS = limits.witnessWordsMs / 1_000;

/** What a running server on this machine says of itself to its operator (`ROGATORY_METRICS_PORT`). */
export async function examineMetrics(call: Call): Promise<readonly Finding[]> {
  const port = call.whole('metricsPort', { min: 1, max: 65_535 });
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: 'error',
    });
    const text = await answer.text();
    if (!answer.ok || text.length > MAX_METRICS_BYTES) throw new RangeError('no metrics');
    return judgedMetrics(text);
  } catch {
    return [
      { check: 'metrics', verdict: 'wrong', says: `nothing answers with metrics on port ${port} of this machine` },
    ];
  }
}

/** Findings from metrics in the text format of Prometheus; what a server does not tell is not judged. */
export function judgedMetrics(text: string): readonly Finding[] {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(rogatory_[a-z_]+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, Number(value));
  }
  return [...judges].flatMap(([name, judge]) => {
    const value = values.get(name);
    return value === undefined ? [] : [judge(value, values)];
  });
}

type Judge = (value: number, all: ReadonlyMap<string, number>) => Finding;

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  [
    'rogatory_audit_oldest_unsequenced_seconds',
    (seconds) => ({
      check: 'lag of the log',
      verdict: seconds < LAG_SECONDS ? 'well' : 'wrong',
      says: seconds === 0 ? 'no record waits for its number' : `the oldest record waits for ${seconds.toFixed(1)} s`,
    }),
  ],
  ['rogatory_audit_quorum', quorumOf('audit')],
  ['rogatory_directory_quorum', quorumOf('directory')],
  ['rogatory_log_check_findings', checkOf],
  [
    'rogatory_audit_refused_answers',
    (count) => ({
      check: 'refused answers',
      verdict: count === 0 ? 'well' : 'attention',
      says: `${count} since the start, because the log did not vouch for them in time`,
    }),
  ],
  [
    'rogatory_audit_review_overdue_seconds',
    (seconds) => ({
      check: 'reviews',
      verdict: seconds === 0 ? 'well' : 'attention',
      says: seconds === 0 ? 'none is overdue' : `one is overdue for ${Math.ceil(seconds / 86_400)} days`,
    }),
  ],
]);

function quorumOf(log: 'audit' | 'directory'): Judge {
  const check = `quorum of the ${log} log`;
  return (has, all) => {
    if (Number.isNaN(has)) return { check, verdict: 'attention', says: 'no witnesses are asked' };
    const age = all.get(`rogatory_${log}_quorum_age_seconds`) ?? Number.NaN;
    const last = Number.isNaN(age) ? 'it never spoke' : `it spoke ${Math.round(age)} s ago`;
    if (has === 1) return { check, verdict: 'well', says: last };
    const isOver = !(age <= WORDS_SECONDS);
    const says = `missing; ${last}${isOver ? '; documents and keys are refused until it is back' : ''}`;
    return { check, verdict: isOver ? 'wrong' : 'attention', says };
  };
}

function checkOf(findings: number, all: ReadonlyMap<string, number>): Finding {
  const check = 'check of the stored logs';
  if (Number.isNaN(findings)) return { check, verdict: 'not-checked', says: 'none has ended since the start' };
  if (findings > 0) {
    return { check, verdict: 'wrong', says: `${findings} findings; "rogatory audit fsck" names them` };
  }
  const age = all.get('rogatory_log_check_age_seconds') ?? Number.NaN;
  const isOld = !(age <= OLD_CHECK_SECONDS);
  return { check, verdict: isOld ? 'attention' : 'well', says: `nothing found, ${Math.round(age / 60)} minutes ago` };
}

/** When an auditor's body has to review the log next, by the server's word; nothing for whoever is no auditor. */
export function reviewOf(dueMs: number | undefined, nowMs: number): readonly Finding[] {
  if (dueMs === undefined) return [];
  const isDue = dueMs <= nowMs;
  return [
    {
      check: 'review of the log',
      verdict: isDue ? 'attention' : 'well',
      says: `${isDue ? 'DUE since' : 'due'} ${isoTime(dueMs)}; "rogatory audit report" makes it`,
    },
  ];
}
