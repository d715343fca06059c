import type { AuthorityId } from '@rogatory/kernel';
import { compareFindingOrder, encodeFinding, type Finding } from './finding.js';
import { findingRules } from './rule-list.js';

/** What a server said against what the records show. */
export type FindingDifference =
  /** The records show it, and the server did not say so. */
  | { readonly kind: 'hidden'; readonly recomputed: Finding }
  /** The server said so, and the records do not show it. */
  | { readonly kind: 'invented'; readonly proposed: Finding }
  /** The same records with other facts: another threshold, calendar or number. */
  | { readonly kind: 'altered'; readonly proposed: Finding; readonly recomputed: Finding };

export interface FindingComparison {
  readonly proposed: readonly Finding[];
  readonly recomputed: readonly Finding[];
  /** Only what belongs to one of these, or to the log, is compared. */
  readonly scope: ReadonlySet<AuthorityId>;
}

/**
 * Differences in the order of findings. What a server cannot compute (`findingRules`, source `verifier`) is no difference.
 * A finding that rests on a calendar of the verifier's own differs from the server's by that calendar's hash, and rightly.
 */
export function compareFindings({ proposed, recomputed, scope }: FindingComparison): readonly FindingDifference[] {
  const counts = (finding: Finding) =>
    findingRules[finding.rule].source === 'server' &&
    (finding.authorities.length === 0 || finding.authorities.some((authority) => scope.has(authority)));
  const told = new Map(proposed.filter(counts).map((finding) => [finding.id, finding]));
  const shown = new Map(recomputed.filter(counts).map((finding) => [finding.id, finding]));
  const differences: FindingDifference[] = [];
  for (const finding of shown.values()) {
    const known = told.get(finding.id);
    if (known === undefined) differences.push({ kind: 'hidden', recomputed: finding });
    else if (!isSame(known, finding)) differences.push({ kind: 'altered', proposed: known, recomputed: finding });
  }
  for (const finding of told.values()) {
    if (!shown.has(finding.id)) differences.push({ kind: 'invented', proposed: finding });
  }
  return differences.toSorted((a, b) => compareFindingOrder(aboutOf(a), aboutOf(b)));
}

/** The finding that a difference is about: what the records show, where they show any. */
export function aboutOf(difference: FindingDifference): Finding {
  return difference.kind === 'invented' ? difference.proposed : difference.recomputed;
}

function isSame(a: Finding, b: Finding): boolean {
  const [first, second] = [encodeFinding(a), encodeFinding(b)];
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}
