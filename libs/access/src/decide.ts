import { assertUnreachable, RefusedError } from '@rogatory/kernel';
import {
  type CaseAct,
  type CaseRole,
  itemActs,
  type ItemClass,
  linkActs,
  type LinkType,
  roleMay,
} from '@rogatory/protocol';
import { type Operation, type Rule, ruleOf } from './operations.js';
import type { Principal } from './principal.js';

/** Facts about the object concerned, read in the same transaction as the act. Absent facts refuse. */
export interface AccessFacts {
  /** The asker's membership in the compartment concerned, if any. */
  readonly membership?: { readonly role: CaseRole; readonly isClosed: boolean };
  /** Whether the object is the asker's own. */
  readonly isOwn?: boolean;
  /** Whether a witness of the policy signed the request, for this very thing and for the first time. */
  readonly isWitness?: boolean;
  /** For operations whose act follows from what is posted. */
  readonly act?: CaseAct;
}

export interface Allowed {
  readonly isAllowed: true;
  /** The line of the table that allowed it. */
  readonly by: string;
}

/** Never shown to the asker, who gets `access/refused`; recorded and explained to those who may know. */
export type RefusalReason =
  | 'unknown-operation'
  | 'no-session'
  | 'wrong-post'
  | 'not-a-member'
  | 'no-link'
  | 'role'
  | 'not-own'
  | 'not-a-witness'
  | 'closed';

export interface Refused {
  readonly isAllowed: false;
  readonly reason: RefusalReason;
}

export type Decision = Allowed | Refused;

/** Acts that a closed case still admits. */
const WHILE_CLOSED: ReadonlySet<CaseAct> = new Set([
  'read',
  'heartbeat',
  'reopen',
  'remove',
  'leave',
  'deviceAdd',
  'deviceDrop',
  'rotate',
  'complain',
  'reseal',
  'deviceAdd',
]);

/** The one decision. Pure: the same facts give the same answer on every channel. */
export function decide(principal: Principal | undefined, operation: Operation, facts: AccessFacts = {}): Decision {
  const rule: Rule | undefined = ruleOf(operation);
  if (!rule) return refused('unknown-operation');
  if (rule.kind === 'public') return allowed(operation, rule.kind);
  if (rule.kind === 'witness') {
    return facts.isWitness === true ? allowed(operation, rule.kind) : refused('not-a-witness');
  }
  if (!principal) return refused('no-session');
  switch (rule.kind) {
    case 'device':
      return allowed(operation, rule.kind);
    case 'post':
      return rule.posts.includes(principal.postKind) ? allowed(operation, rule.kind) : refused('wrong-post');
    case 'own':
      return facts.isOwn === true ? allowed(operation, rule.kind) : refused('not-own');
    case 'member':
      return decideMember(operation, rule.act, facts);
    case 'memberByContent':
      return facts.act ? decideMember(operation, facts.act, facts) : refused('not-a-member');
    default:
      return assertUnreachable(rule);
  }
}

/** Decides or throws the one answer that "absent" and "forbidden" share. */
export function demand(principal: Principal | undefined, operation: Operation, facts: AccessFacts = {}): Allowed {
  const decision = decide(principal, operation, facts);
  if (!decision.isAllowed) throw accessRefused(decision.reason);
  return decision;
}

/** The uniform refusal; the reason travels only as the cause, for the audit record. */
export function accessRefused(reason: RefusalReason): RefusedError<'access/refused'> {
  return new RefusedError('access/refused', 'not found, or not yours to see', { cause: reason });
}

/** The reason behind a refusal made by `demand`, or undefined for any other error. */
export function refusalReason(error: unknown): RefusalReason | undefined {
  if (!(error instanceof RefusedError) || error.code !== 'access/refused') return undefined;
  return error.cause as RefusalReason;
}

function decideMember(operation: Operation, act: CaseAct, { membership }: AccessFacts): Decision {
  if (!membership) return refused('not-a-member');
  if (!roleMay(membership.role, act)) return refused('role');
  if (membership.isClosed && !WHILE_CLOSED.has(act)) return refused('closed');
  return allowed(operation, act);
}

function allowed(operation: Operation, by: string): Allowed {
  return { isAllowed: true, by: `${operation}:${by}` };
}

function refused(reason: RefusalReason): Refused {
  return { isAllowed: false, reason };
}

export function actOfItem(itemClass: ItemClass): CaseAct {
  return itemActs[itemClass];
}

export function actOfLink(type: LinkType): CaseAct {
  return linkActs[type];
}
