import { type ClaimVerdict, verdictText } from '@rogatory/evidence';
import { type Finding, whyOf } from '@rogatory/findings';
import { isRogatoryError } from '@rogatory/kernel';
import type { EvidenceVerdict } from './verify-evidence.js';

/** The verdicts for a program: one object, one line. */
export function reportJson({ report, findings, keysFrom, exitCode }: EvidenceVerdict): string {
  const { size, root, claims, events, next } = report;
  const told = claims.map((claim) => ({
    claim: claim.claim,
    verdict: verdictText(claim, keysFrom),
    outcome: claim.outcome,
    basis: claim.basis,
    count: claim.count,
    ...(claim.notChecked > 0 && { notChecked: claim.notChecked }),
    ...(claim.notDue > 0 && { notDue: claim.notDue }),
    ...(claim.findings > 0 && { findings: claim.findings }),
    ...(claim.firstBadIndex !== undefined && { firstBadIndex: claim.firstBadIndex }),
    ...(claim.firstBadRecord !== undefined && { firstBadRecord: claim.firstBadRecord }),
    ...(claim.code !== undefined && { code: claim.code }),
  }));
  const found = findings.length === 0 ? {} : { findings: findings.map(findingJson) };
  const head = { exitCode, keysFrom, size, root, ...(next && { next }) };
  return `${JSON.stringify({ ...head, claims: told, events: Object.fromEntries(events), ...found })}\n`;
}

function findingJson(finding: Finding) {
  const { id, rule, severity, records, recordCount, facts } = finding;
  return { id, rule, severity, why: whyOf(finding), facts, recordCount, indexes: records.map(({ index }) => index) };
}

const endings: Readonly<Record<EvidenceVerdict['exitCode'], string>> = {
  0: 'Verified under the keys that were given.',
  1: 'The evidence does NOT verify.',
  2: 'Nothing is wrong, but not all is vouched for.',
};

/** The verdicts for a person. Codes and names are of closed alphabets: nothing here comes from the evidence as it is. */
export function reportText(verdict: EvidenceVerdict): string {
  const { report, findings, keysFrom, exitCode } = verdict;
  const rows = report.claims.map((claim) => [
    claim.claim,
    verdictText(claim, keysFrom),
    String(claim.count),
    aside(claim),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const head = report.root === '' ? [] : [`Signed head: ${report.size} records, root ${report.root}`];
  // Both are of closed forms, and under the signature of the log that ended.
  if (report.next !== undefined) head.push(`The log that follows (${report.next.reason}): ${report.next.key}`);
  return `${[...lines, '', ...findings.slice(0, MOST_SHOWN).map(findingLine), ...more(findings), ...head, endings[exitCode]].join('\n')}\n`;
}

const MOST_SHOWN = 50;

function findingLine(finding: Finding): string {
  const { rule, severity, records } = finding;
  return `${severity} ${rule} at index ${records[0]?.index ?? '?'}: ${whyOf(finding)}`;
}

function more({ length }: readonly Finding[]): string[] {
  if (length === 0) return [];
  return length > MOST_SHOWN ? [`… and ${length - MOST_SHOWN} more (all with --json)`, ''] : [''];
}

function aside({ code, firstBadIndex, firstBadRecord, findings, notChecked, notDue, outcome }: ClaimVerdict): string {
  const place = firstBadIndex !== undefined && outcome === 'not-checked' ? ` at index ${firstBadIndex}` : '';
  return [
    ...(code === undefined ? [] : [`${code.slice(0, 60)}${place}`]),
    ...(firstBadRecord === undefined ? [] : [`record ${firstBadRecord}`]),
    ...(findings > 0 ? [`${findings} to be explained`] : []),
    ...(notDue > 0 ? [`${notDue} not due yet`] : []),
    ...(notChecked > 0 ? [`${notChecked} not checked`] : []),
  ].join('; ');
}

/** One line for a person about what could not even be read. */
export function failureText(error: unknown): string {
  if (isRogatoryError(error)) return `${error.message} (${error.code})\n`;
  return 'the verifier came to a fault of its own\n';
}
