import { parseAuthorityId, parseDeviceId, parsePersonId, parsePostId } from '@rogatory/kernel';
import {
  type AccessFacts,
  decide,
  explain,
  isOperation,
  operations,
  operationTable,
  type Principal,
  roleTable,
} from '@rogatory/access';
import { caseActs, type CaseAct, type CaseRole, caseRoles, postKinds, roleMay } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { usageError } from '../run/cli.errors.js';
import type { Outcome } from '../run/outcome.js';

const NOBODY = '0'.repeat(32);

/** `access list`: the policy as it is enforced, whole. */
export async function listAccess(): Promise<Outcome> {
  return {
    json: {
      operations,
      roles: Object.fromEntries(Object.entries(caseRoles).map(([name, role]) => [name, actsOf(role)])),
    },
    lines: [operationTable(), '', roleTable()],
  };
}

/** What a role may do, as a row of the matrix names it. */
function actsOf(role: CaseRole): readonly CaseAct[] {
  return caseActs.filter((act) => roleMay(role, act));
}

/** `access explain`: the decision on a person of a post and role, by the table that the server uses. */
export async function explainAccess(call: Call): Promise<Outcome> {
  const operation = call.argument(0);
  if (!isOperation(operation)) throw usageError('cli/arguments', { choices: '"rogatory access list" names them' });
  const principal = principalOf(call);
  const facts = factsOf(call);
  const decision = decide(principal, operation, facts);
  return {
    json: { operation, isAllowed: decision.isAllowed, explanation: explain(principal, operation, facts) },
    lines: [explain(principal, operation, facts)],
  };
}

/** Somebody in the post that the call names; ids play no part in the policy. */
function principalOf(call: Call): Principal | undefined {
  const postKind = call.choiceOrNone('postKind', postKinds);
  if (postKind === undefined) return undefined;
  return {
    deviceId: parseDeviceId(NOBODY),
    personId: parsePersonId(NOBODY),
    postId: parsePostId(NOBODY),
    authorityId: parseAuthorityId(NOBODY),
    state: 'EU',
    postKind,
    roleCeiling: 0,
    signingKey: new Uint8Array(32),
    sessionId: NOBODY,
  };
}

function factsOf(call: Call): AccessFacts {
  const role = call.choiceOrNone('role', caseRoles);
  const act = call.choiceOrNone('act', actsByName);
  return {
    ...(role === undefined ? {} : { membership: { role, isClosed: call.flag('closed') } }),
    ...(act === undefined ? {} : { act }),
    ...(call.flag('own') ? { isOwn: true } : {}),
  };
}

const actsByName: Readonly<Record<string, CaseAct>> = Object.fromEntries(caseActs.map((act) => [act, act]));
