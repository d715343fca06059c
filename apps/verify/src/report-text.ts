import { type ClaimVerdict, verdictText } from '@rogatory/evidence';
import { isRogatoryError } from '@rogatory/kernel';
import type { EvidenceVerdict } from './verify-evidence.js';

/** The verdicts for a program: one object, one line. */
export function reportJson({ report, keysFrom, exitCode }: EvidenceVerdict): string {
  const { size, root, claims, events } = report;
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
  return `${JSON.stringify({ exitCode, keysFrom, size, root, claims: told, events: Object.fromEntries(events) })}\n`;
}

const endings: Readonly<Record<EvidenceVerdict['exitCode'], string>> = {
  0: 'Verified under the keys that were given.',
  1: 'The evidence does NOT verify.',
  2: 'Nothing is wrong, but not all is vouched for.',
};

/** The verdicts for a person. Codes and names are of closed alphabets: nothing here comes from the evidence as it is. */
export function reportText(verdict: EvidenceVerdict): string {
  const { report, keysFrom, exitCode } = verdict;
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
  return `${[...lines, '', ...head, endings[exitCode]].join('\n')}\n`;
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
