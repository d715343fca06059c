import { utf8 } from '@rogatory/kernel';
import type { Principal, RequestContext } from '@rogatory/access';
import { sha256 } from '@rogatory/crypto/verify';
import { auditActorKinds, type AuditSource, auditSourceOf, type AuditWho, type CaseRole } from '@rogatory/protocol';
import type { DatabasePrincipal } from '@rogatory/platform-database';
import { unprovenActor } from '../domain/audit-entry.js';

/** Who a record names for a request: the proven device, or a caller without proof. */
export function whoOf(principal: Principal | undefined, caseRole: CaseRole | 0 = 0): AuditWho {
  if (principal === undefined) return unprovenActor;
  const { deviceId, personId, postId, authorityId, state, sessionId } = principal;
  const sessionHash = sha256(utf8(sessionId));
  return { kind: auditActorKinds.device, deviceId, personId, postId, authorityId, state, sessionHash, caseRole };
}

/** Where a record says the request came from. */
export function sourceOf({ source, requestId }: RequestContext): AuditSource {
  return auditSourceOf({ address: source.address, client: source.clientBuild, requestId });
}

/** On whose behalf the database works for a request. */
export function databasePrincipalOf(principal: Principal | undefined): DatabasePrincipal {
  if (principal === undefined) return { kind: 'anonymous' };
  const { deviceId: device, personId: person, authorityId: authority, postId: post } = principal;
  return { kind: 'device', device, person, authority, post };
}
