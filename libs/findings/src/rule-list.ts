export type FindingSeverity = 'info' | 'low' | 'medium' | 'high';

/** Whose records a rule rests on. SPEC: findings 1 */
export type RuleKind = 'actor' | 'owner' | 'both' | 'log';

/** Who has what the rule needs: a server as well, or only whoever opens free texts or holds cosigned heads. */
export type RuleSource = 'server' | 'verifier';

export interface RuleFacts {
  readonly kind: RuleKind;
  readonly severity: FindingSeverity;
  readonly source: RuleSource;
  /** Goes into the id: a rule that means something else from now on gets another. */
  readonly version: number;
}

function rule(kind: RuleKind, severity: FindingSeverity, source: RuleSource = 'server'): RuleFacts {
  return { kind, severity, source, version: 1 };
}

/** The one registry of rules. SPEC: findings 3 */
export const findingRules = {
  'bulk-hour': rule('actor', 'high'),
  'bulk-day': rule('actor', 'medium'),
  'off-hours': rule('actor', 'low'),
  'first-touch': rule('actor', 'info'),
  'unassigned-read': rule('both', 'high'),
  'read-after-leaving': rule('owner', 'high'),
  'after-mandate': rule('actor', 'high'),
  'denied-then-allowed': rule('actor', 'medium'),
  'empty-reason': rule('actor', 'low'),
  'reason-replayed': rule('actor', 'medium'),
  'repeated-instrument': rule('actor', 'medium'),
  'short-reason': rule('actor', 'low', 'verifier'),
  'repeated-reason': rule('actor', 'medium', 'verifier'),
  'new-device': rule('actor', 'medium'),
  dormant: rule('actor', 'medium'),
  'new-recipients': rule('owner', 'low'),
  'counter-gap': rule('actor', 'high'),
  'counter-reused': rule('actor', 'high'),
  'unpaired-read': rule('owner', 'medium'),
  'delivery-without-read': rule('owner', 'high'),
  'clock-skew': rule('actor', 'low'),
  'server-clock': rule('log', 'medium'),
  'witness-lag': rule('log', 'high', 'verifier'),
  'export-volume': rule('actor', 'medium'),
  'self-review': rule('actor', 'low'),
} as const satisfies Record<string, RuleFacts>;

export type FindingRule = keyof typeof findingRules;

export function isFindingRule(text: string): text is FindingRule {
  return Object.hasOwn(findingRules, text);
}
