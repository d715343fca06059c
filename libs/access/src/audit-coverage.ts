import type { AuditEventCode } from '@rogatory/protocol';
import type { Operation } from './operations.js';

/** What an operation leaves in the audit log. Refusals of every operation are recorded as `authz.denied` or under its event. */
export type AuditCoverage =
  | { readonly kind: 'events'; readonly events: readonly AuditEventCode[] }
  /** Reviewed: nothing is recorded, and why nothing has to be. */
  | { readonly kind: 'none'; readonly because: string };

const by = (...events: readonly AuditEventCode[]): AuditCoverage => ({ kind: 'events', events });
const none = (because: string): AuditCoverage => ({ kind: 'none', because });

const itemEvents = ['msg.send', 'msg.acknowledge', 'doc.withdraw', 'case.update'] as const;
const linkEvents = [
  ...['member.add', 'member.remove', 'member.leave', 'member.role', 'member.disclose'],
  ...['key.device.add', 'key.device.drop', 'key.epoch', 'key.reseal'],
  ...['case.update', 'case.close', 'case.reopen', 'compartment.create'],
] as readonly AuditEventCode[];
const signedHead = 'the signed head of a log is public and names nobody';

/** One row per operation of the policy table: the type refuses a missing one, a test refuses a wrong one. */
export const auditCoverage: Readonly<Record<Operation, AuditCoverage>> = {
  'query.server': none('names and keys of the service, the same for everybody; asked before anybody is known'),
  'query.logSuccession': none('signed heads and the records of a log about itself: public, and of nobody'),
  'query.whoAmI': by('auth.whoami'),
  'query.directoryEntries': by('directory.read'),
  'query.prekeys': by('key.prekey.read'),
  'query.cases': by('case.list'),
  'query.case': by('case.open'),
  'query.chain': by('compartment.read'),
  'query.boxes': by('key.box.read'),
  'query.contentLog': by('compartment.read'),
  'query.compartmentAnchor': by('compartment.read'),
  'query.heartbeats': by('compartment.read'),
  'query.complaints': by('compartment.read'),
  'query.invitations': by('member.invitation.list'),
  'query.uploads': by('doc.upload'),
  'query.tasks': by('task.list'),
  'query.ownTasks': by('task.list'),
  'query.operations': by('operation.list'),
  'query.receipt': by('audit.receipt'),
  'query.auditRecords': by('audit.query'),
  'query.auditRecord': by('audit.view'),
  'query.auditEpochs': by('audit.epochs'),
  'query.auditCounts': by('audit.epochs'),
  'query.auditOrders': by('audit.orders'),
  'query.auditFindings': by('audit.finding.list'),
  'query.auditReports': by('audit.report.list'),
  'mutation.requestChallenge': none(
    'gives a random value to anybody and says nothing of the device; login records its use',
  ),
  'mutation.login': by('auth.login', 'auth.fail'),
  'mutation.refreshSession': by('auth.refresh', 'auth.fail'),
  'mutation.logout': by('auth.logout'),
  'mutation.appendDirectory': by('directory.append'),
  'mutation.publishPrekeys': by('key.prekey.publish'),
  'mutation.createCase': by('case.create'),
  'mutation.appendLinks': by(...linkEvents),
  'mutation.postItem': by(...itemEvents),
  'mutation.invite': by('member.invite'),
  'mutation.revokeInvitation': by('member.invitation.revoke'),
  'mutation.acceptInvitation': by('member.accept'),
  'mutation.sendHeartbeat': by('key.heartbeat'),
  'mutation.complain': by('key.complaint'),
  'mutation.beginUpload': by('doc.upload'),
  'mutation.cancelUpload': by('doc.upload'),
  'mutation.addDocument': by('doc.add'),
  'mutation.changeTask': by('task.change'),
  'mutation.changeOperation': by('operation.change'),
  'mutation.openDocument': by('doc.read'),
  'mutation.proposeAuditOrder': by('audit.erase.propose', 'audit.hold.propose', 'audit.restrict.propose'),
  'mutation.approveAuditOrder': by(
    'audit.erase.approve',
    'audit.erase',
    'audit.hold.approve',
    'audit.restrict.approve',
  ),
  'mutation.submitAuditReport': by('audit.report'),
  'mutation.addAuditNote': by('audit.note'),
  'mutation.dismissFinding': by('audit.finding.dismiss'),
  'mutation.reopenFinding': by('audit.finding.reopen'),
  'subscription.compartmentEvents': by('compartment.subscribe', 'compartment.deliver'),
  'subscription.notices': by('case.list'),
  'route.putUploadPart': none('sealed bytes of an upload whose beginning and use as a document are recorded'),
  'route.getUploadContent': by('doc.delivered', 'doc.aborted'),
  'route.directoryCheckpoint': none(signedHead),
  'route.directoryTile': by('directory.tiles'),
  'route.directoryReplay': by('directory.replay'),
  'route.auditCheckpoint': none(signedHead),
  'route.auditExport': by('audit.export'),
  'route.auditTile': by('audit.tiles'),
  'route.health': none('says up or not; asked by machines several times a minute'),
  'route.demoPeople': none('names of fictitious people, in the demo profile alone'),
  'route.demoDevice': by('key.demo.device'),
  'route.web': none('the program of the pages, before anybody is known'),
};

/** The table as Markdown rows, in the order of the policy table. */
export function auditCoverageTable(): string {
  const rows = Object.entries(auditCoverage).map(
    ([operation, coverage]) => `| \`${operation}\` | ${textOf(coverage)} |`,
  );
  return ['| operation | leaves |', '|---|---|', ...rows].join('\n');
}

function textOf(coverage: AuditCoverage): string {
  if (coverage.kind === 'none') return `nothing: ${coverage.because}`;
  return coverage.events.map((event) => `\`${event}\``).join(', ');
}
