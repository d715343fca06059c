import type { ClaimedAct, Principal, RequestContext } from '@rogatory/access';
import { type AuditWho, postKinds } from '@rogatory/protocol';
import type { ReceivedAct } from '../application/verify-act.js';
import type { DevicePrincipal } from '@rogatory/platform-database';

/** A device as far as the context of its requests shows it. */
interface RequestingDevice {
  readonly principal: DevicePrincipal;
  readonly who: AuditWho;
  readonly key: { readonly publicKey: Uint8Array };
}

/** The request context of a testing device with the statement that came with its request, if any. */
export function testingContext(
  device: RequestingDevice,
  received?: ReceivedAct,
  changes: Partial<Principal> = {},
): RequestContext {
  const { device: deviceId, person: personId, authority: authorityId } = device.principal;
  const principal: Principal = {
    ...{ deviceId, personId, authorityId, postId: device.who.postId as Principal['postId'] },
    ...{ state: device.who.state, postKind: postKinds.prosecutor, roleCeiling: 0x3e },
    ...{ signingKey: device.key.publicKey, sessionId: 'testing session' },
    ...changes,
  };
  return {
    requestId: 'r1',
    principal,
    source: { address: '127.0.0.1', clientBuild: 'test/1' },
    claim: received === undefined ? {} : claimOf(received),
  };
}

/** A request without a session. */
export function anonymousContext(): RequestContext {
  return { requestId: 'r2', source: { address: '192.0.2.7', clientBuild: 'test/1' }, claim: {} };
}

function claimOf({ signedAct, why }: ReceivedAct): ClaimedAct {
  return { actBytes: signedAct, ...(why === undefined ? {} : { whyBytes: why.bytes, whyOpening: why.opening }) };
}
