import { type CaseAct, type PostKind, postKinds } from '@rogatory/protocol';

/** Who may reach an operation at all; the rest is decided on facts that are read in the act's own transaction. */
export type Rule =
  /** Nobody is known yet; `because` says why that is safe. */
  | { readonly kind: 'public'; readonly because: string }
  /** Any live device with a session. */
  | { readonly kind: 'device' }
  /** A live device of a person in one of these posts. */
  | { readonly kind: 'post'; readonly posts: readonly PostKind[] }
  /** A member of the compartment concerned, whose role has the right. */
  | { readonly kind: 'member'; readonly act: CaseAct }
  /** The act follows from what is posted (link type, item class); decided by `decideCaseAct`. */
  | { readonly kind: 'memberByContent' }
  /** Only what the asker's own device or person made. */
  | { readonly kind: 'own' }
  /** A witness of the server's policy, by a request that it signed. */
  | { readonly kind: 'witness' };

const CASE_WORKERS: readonly PostKind[] = [postKinds.prosecutor, postKinds.judge, postKinds.liaisonOfficer];
const AUDITORS: readonly PostKind[] = [postKinds.auditor];

/**
 * The one policy table: every query, mutation, subscription and HTTP route by name. An operation that is not listed
 * here is refused, and a test fails on it.
 */
export const operations = {
  'query.server': {
    kind: 'public',
    because: 'keys and names of the service that every client checks against its pins',
  },
  'query.logSuccession': {
    kind: 'public',
    because: 'what a client checks before it follows the audit log into the next one; it names nobody',
  },
  'query.whoAmI': { kind: 'device' },
  'query.directoryEntries': { kind: 'device' },
  'query.prekeys': { kind: 'post', posts: CASE_WORKERS },
  'query.cases': { kind: 'device' },
  'query.case': { kind: 'member', act: 'read' },
  'query.chain': { kind: 'member', act: 'read' },
  'query.boxes': { kind: 'member', act: 'read' },
  'query.contentLog': { kind: 'member', act: 'read' },
  'query.compartmentAnchor': { kind: 'member', act: 'read' },
  'query.heartbeats': { kind: 'member', act: 'read' },
  'query.complaints': { kind: 'member', act: 'read' },
  'query.invitations': { kind: 'own' },
  'query.uploads': { kind: 'own' },
  'query.tasks': { kind: 'member', act: 'read' },
  'query.ownTasks': { kind: 'device' },
  'query.operations': { kind: 'member', act: 'read' },
  'query.receipt': { kind: 'own' },
  'query.auditRecords': { kind: 'post', posts: AUDITORS },
  'query.auditRecord': { kind: 'post', posts: AUDITORS },
  'query.auditEpochs': { kind: 'post', posts: AUDITORS },
  'query.auditCounts': { kind: 'post', posts: AUDITORS },
  'query.auditOrders': { kind: 'post', posts: AUDITORS },
  'query.auditFindings': { kind: 'post', posts: AUDITORS },
  'query.auditReports': { kind: 'post', posts: AUDITORS },
  'mutation.requestChallenge': { kind: 'public', because: 'a device without a session asks for its login challenge' },
  'mutation.login': { kind: 'public', because: 'the signed statement is itself the proof' },
  'mutation.refreshSession': { kind: 'public', because: 'the single-use token is itself the proof' },
  'mutation.logout': { kind: 'device' },
  'mutation.appendDirectory': { kind: 'device' },
  'mutation.publishPrekeys': { kind: 'own' },
  'mutation.createCase': { kind: 'post', posts: [postKinds.prosecutor, postKinds.judge] },
  'mutation.appendLinks': { kind: 'memberByContent' },
  'mutation.postItem': { kind: 'memberByContent' },
  'mutation.invite': { kind: 'member', act: 'invite' },
  'mutation.revokeInvitation': { kind: 'member', act: 'invite' },
  'mutation.acceptInvitation': { kind: 'own' },
  'mutation.sendHeartbeat': { kind: 'member', act: 'heartbeat' },
  'mutation.complain': { kind: 'member', act: 'complain' },
  'mutation.beginUpload': { kind: 'member', act: 'addDocument' },
  'mutation.cancelUpload': { kind: 'own' },
  'mutation.addDocument': { kind: 'member', act: 'addDocument' },
  'mutation.changeTask': { kind: 'member', act: 'coordinate' },
  'mutation.changeOperation': { kind: 'member', act: 'coordinate' },
  'mutation.openDocument': { kind: 'member', act: 'read' },
  'mutation.proposeAuditOrder': { kind: 'post', posts: AUDITORS },
  'mutation.approveAuditOrder': { kind: 'post', posts: AUDITORS },
  'mutation.submitAuditReport': { kind: 'post', posts: AUDITORS },
  'mutation.addAuditNote': { kind: 'post', posts: AUDITORS },
  'mutation.dismissFinding': { kind: 'post', posts: AUDITORS },
  'mutation.reopenFinding': { kind: 'post', posts: AUDITORS },
  'subscription.compartmentEvents': { kind: 'member', act: 'read' },
  'subscription.notices': { kind: 'device' },
  'route.putUploadPart': { kind: 'own' },
  'route.getUploadContent': { kind: 'member', act: 'read' },
  'route.directoryCheckpoint': { kind: 'public', because: 'a signed head that anybody may compare' },
  'route.directoryTile': { kind: 'device' },
  'route.directoryReplay': { kind: 'witness' },
  'route.auditCheckpoint': { kind: 'public', because: 'a signed head that anybody may compare; it names nobody' },
  'route.auditExport': { kind: 'post', posts: AUDITORS },
  'route.auditTile': { kind: 'post', posts: AUDITORS },
  'route.health': { kind: 'public', because: 'says up or not and nothing else' },
  'route.demoPeople': { kind: 'public', because: 'fictitious people, on loopback; mounted in the demo profile alone' },
  'route.demoDevice': { kind: 'public', because: 'a device of one of them, once; mounted in the demo profile alone' },
  'route.web': { kind: 'public', because: 'the program of the pages, the same for everybody' },
} as const satisfies Record<string, Rule>;

export type Operation = keyof typeof operations;

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(operations, name);
}

export function ruleOf(operation: Operation): Rule {
  return operations[operation];
}
