import { type CaseRole, caseActs, caseRoles, nameOf, postKinds, type PostKind, roleMay } from '@rogatory/protocol';
import { type AccessFacts, decide, type RefusalReason } from './decide.js';
import { type Operation, operations, type Rule } from './operations.js';
import type { Principal } from './principal.js';

const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  'unknown-operation': 'No rule names this operation, and what is not named is refused.',
  'no-session': 'Nobody is logged in.',
  'wrong-post': 'The post of this person is not one that the operation is for.',
  'no-link': 'A row lets this device into the compartment, but no signed link does: the database was edited.',
  'not-a-member': 'This device is not a member of the compartment, or there is no such compartment.',
  role: "The member's role does not have this right.",
  'not-own': "The object is not the asker's own, or does not exist.",
  'not-a-witness': 'No witness of the policy signed this request, or it was answered before.',
  closed: 'The case is closed; a lead can reopen it.',
};

/** One decision in plain words: which line decided, and why. */
export function explain(principal: Principal | undefined, operation: Operation, facts: AccessFacts = {}): string {
  const decision = decide(principal, operation, facts);
  return decision.isAllowed ? `Allowed by ${decision.by}.` : `Refused: ${SENTENCES[decision.reason]}`;
}

/** The operations table as Markdown rows, in order of the table. */
export function operationTable(): string {
  const rows = Object.entries(operations).map(([name, rule]) => `| \`${name}\` | ${describe(rule)} |`);
  return ['| operation | who |', '|---|---|', ...rows].join('\n');
}

/** The role × act matrix as Markdown. */
export function roleTable(): string {
  const roles = Object.values(caseRoles) as CaseRole[];
  const head = `| act | ${roles.map((role) => nameOf(caseRoles, role)).join(' | ')} |`;
  const rows = caseActs.map(
    (act) => `| ${act} | ${roles.map((role) => (roleMay(role, act) ? 'yes' : '–')).join(' | ')} |`,
  );
  return [head, `|---|${roles.map(() => '---').join('|')}|`, ...rows].join('\n');
}

function describe(rule: Rule): string {
  switch (rule.kind) {
    case 'public':
      return `anybody: ${rule.because}`;
    case 'device':
      return 'any live device with a session';
    case 'post':
      return `posts: ${rule.posts.map((post: PostKind) => nameOf(postKinds, post)).join(', ')}`;
    case 'member':
      return `members whose role may \`${rule.act}\``;
    case 'memberByContent':
      return 'members whose role may do what the posted link or item does';
    case 'own':
      return "the asker's own only";
    case 'witness':
      return "a witness of the server's policy, by a request that it signed";
  }
}
