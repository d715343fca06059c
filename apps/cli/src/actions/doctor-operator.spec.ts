import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { judgedMetrics, reviewOf } from './doctor-operator.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const well = {
  rogatory_audit_oldest_unsequenced_seconds: '0',
  rogatory_audit_quorum: '1',
  rogatory_audit_quorum_age_seconds: '1.4',
  rogatory_log_check_findings: '0',
  rogatory_log_check_age_seconds: '600',
  rogatory_audit_refused_answers: '0',
  rogatory_audit_review_overdue_seconds: '0',
};
const told = (changed: Readonly<Record<string, string>> = {}) => {
  const lines = Object.entries({ ...well, ...changed }).map(([name, value]) => `# HELP ${name} x\n${name} ${value}`);
  return judgedMetrics(`${lines.join('\n')}\nrogatory_requests_total{operation="cases"} 7\nnode_x 1\n`);
};
const verdictOf = (check: string, changed: Readonly<Record<string, string>>) => {
  const found = told(changed).find((finding) => finding.check === check);
  return [found?.verdict, found?.says];
};

describe('what the doctor tells an operator', () => {
  it('is well in every part where all is well, and nothing of what is not told', () => {
    expect(told().map(({ check, verdict }) => [check, verdict])).toEqual([
      ['lag of the log', 'well'],
      ['quorum of the audit log', 'well'],
      ['check of the stored logs', 'well'],
      ['refused answers', 'well'],
      ['reviews', 'well'],
    ]);
    expect(judgedMetrics('')).toEqual([]);
  });

  it.each([
    ['lag of the log', { rogatory_audit_oldest_unsequenced_seconds: '10' }, 'wrong', 'waits for 10.0 s'],
    ['quorum of the audit log', { rogatory_audit_quorum: 'NaN' }, 'attention', 'no witnesses are asked'],
    ['quorum of the audit log', { rogatory_audit_quorum: '0' }, 'attention', 'missing; it spoke 1 s ago'],
    [
      'quorum of the audit log',
      { rogatory_audit_quorum: '0', rogatory_audit_quorum_age_seconds: String(limits.witnessWordsMs / 1_000 + 1) },
      'wrong',
      'are refused until it is back',
    ],
    [
      'quorum of the audit log',
      { rogatory_audit_quorum: '0', rogatory_audit_quorum_age_seconds: 'NaN' },
      'wrong',
      'it never spoke',
    ],
    ['check of the stored logs', { rogatory_log_check_findings: 'NaN' }, 'not-checked', 'none has ended'],
    ['check of the stored logs', { rogatory_log_check_findings: '2' }, 'wrong', 'audit fsck'],
    ['check of the stored logs', { rogatory_log_check_age_seconds: '7201' }, 'attention', '120 minutes ago'],
    ['refused answers', { rogatory_audit_refused_answers: '3' }, 'attention', '3 since the start'],
    ['reviews', { rogatory_audit_review_overdue_seconds: '90000' }, 'attention', 'overdue for 2 days'],
  ])('%s, with %j', (check, changed, verdict, says) => {
    expect(verdictOf(check, changed)).toEqual([verdict, expect.stringContaining(says)]);
  });
});

it('the doctor tells an auditor when a review is due, and nobody else', () => {
  expect(reviewOf(undefined, NOW_MS)).toEqual([]);
  expect(reviewOf(NOW_MS + 1, NOW_MS)).toMatchObject([
    { verdict: 'well', says: expect.stringMatching(/^due 2026-11-23/) },
  ]);
  expect(reviewOf(NOW_MS, NOW_MS)).toMatchObject([{ verdict: 'attention', says: expect.stringMatching(/^DUE since/) }]);
});
