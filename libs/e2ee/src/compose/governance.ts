import type { PersonId } from '@rogatory/kernel';
import { type CasePolicy, type CaseRole, linkTypes, type Suite } from '@rogatory/protocol';
import { composeLink } from './assemble.js';
import type { ComposedLink, LinkScene } from './scene.js';

/** Changes a member's role within their certificate's ceiling; by a lead. The key stays. */
export function composeRole(scene: LinkScene, personId: PersonId, role: CaseRole): ComposedLink {
  return composeLink(scene, { type: linkTypes.role, body: { personId, role }, startsEpoch: false });
}

/** Makes the policy stricter; by a lead. */
export function composePolicy(scene: LinkScene, policy: CasePolicy): ComposedLink {
  return composeLink(scene, { type: linkTypes.policy, body: { policy }, startsEpoch: false });
}

/** Raises the suite; by a lead. There is one suite today, so our verifier refuses every such link. */
export function composeSuite(scene: LinkScene, suite: Suite): ComposedLink {
  return composeLink(scene, { type: linkTypes.suite, body: { suite }, startsEpoch: false });
}

/** Nothing more is written; reading goes on. By a lead. */
export function composeClose(scene: LinkScene): ComposedLink {
  return composeLink(scene, { type: linkTypes.close, body: {}, startsEpoch: false });
}

export function composeReopen(scene: LinkScene): ComposedLink {
  return composeLink(scene, { type: linkTypes.reopen, body: {}, startsEpoch: false });
}
