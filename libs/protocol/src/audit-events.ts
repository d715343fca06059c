/** What LED article 25(1) and our own needs call the class of an act. */
export type AuditClass =
  | 'collection'
  | 'alteration'
  | 'consultation'
  | 'disclosure'
  | 'combination'
  | 'erasure'
  | 'admin'
  | 'auth'
  | 'key'
  | 'audit'
  | 'system';

/**
 * When an answer may leave: with the record committed, with the record in a signed tree, or in a witnessed one
 * (docs/spec/audit.md).
 */
export type AuditGate = 'committed' | 'signed' | 'witnessed';

export type AuditGroup = 'who' | 'what' | 'why' | 'src' | 'act';

export interface AuditEvent {
  readonly class: AuditClass;
  readonly gate: AuditGate;
  /** Groups that a record of this event must commit to. */
  readonly groups: readonly AuditGroup[];
  /** Whether the act must carry a reason. */
  readonly needsWhy: boolean;
}

const byDevice: readonly AuditGroup[] = ['who', 'what', 'src', 'act'];
const byDeviceWithReason: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];
const bySystem: readonly AuditGroup[] = ['what'];
const attempt: readonly AuditGroup[] = ['who', 'what', 'src'];

function event(cls: AuditClass, gate: AuditGate = 'committed', groups = byDevice): AuditEvent {
  return { class: cls, gate, groups, needsWhy: groups.includes('why') };
}

/** The one registry of event codes. A code is never reused for another meaning. */
export const auditEvents = {
  'case.create': event('collection'),
  'case.open': event('consultation'),
  'case.list': event('consultation'),
  'case.close': event('alteration'),
  'case.reopen': event('alteration'),
  'case.update': event('alteration'),
  'compartment.create': event('alteration'),
  'compartment.read': event('consultation'),
  'compartment.subscribe': event('consultation'),
  'compartment.deliver': event('disclosure', 'committed', bySystem),
  'member.invite': event('admin'),
  'member.invitation.list': event('consultation'),
  'member.invitation.revoke': event('admin'),
  'member.accept': event('admin'),
  'member.add': event('disclosure'),
  'member.role': event('admin'),
  'member.remove': event('admin'),
  'member.leave': event('admin'),
  'member.disclose': event('disclosure'),
  'doc.upload': event('collection'),
  'doc.add': event('collection'),
  'doc.read': event('consultation', 'signed', byDeviceWithReason),
  'doc.delivered': event('consultation', 'committed', bySystem),
  'doc.aborted': event('consultation', 'committed', bySystem),
  'doc.withdraw': event('alteration'),
  'doc.orphan.delete': event('erasure', 'committed', bySystem),
  'msg.send': event('collection'),
  'msg.acknowledge': event('alteration'),
  'task.change': event('alteration'),
  'task.list': event('consultation'),
  'operation.change': event('alteration'),
  'operation.list': event('consultation'),
  'key.box.read': event('key', 'signed'),
  'key.epoch': event('key'),
  'key.reseal': event('key'),
  'key.device.add': event('key'),
  'key.device.drop': event('key'),
  'key.prekey.publish': event('key'),
  'key.prekey.read': event('key'),
  'key.demo.device': event('key', 'committed', bySystem),
  'key.complaint': event('key'),
  'key.heartbeat': event('key'),
  'directory.read': event('consultation'),
  'directory.append': event('admin'),
  'directory.import': event('admin', 'committed', bySystem),
  'auth.login': event('auth', 'committed', attempt),
  'auth.refresh': event('auth', 'committed', attempt),
  'auth.fail': event('auth', 'committed', attempt),
  'auth.logout': event('auth', 'committed', attempt),
  'auth.session.revoke': event('auth', 'committed', bySystem),
  'auth.whoami': event('auth', 'committed', attempt),
  'authz.denied': event('auth', 'committed', attempt),
  'audit.query': event('audit', 'committed', byDeviceWithReason),
  'audit.view': event('audit', 'committed', byDeviceWithReason),
  'audit.export': event('audit', 'signed', byDeviceWithReason),
  'audit.tiles': event('audit', 'committed', attempt),
  'directory.tiles': event('consultation', 'committed', attempt),
  'directory.replay': event('consultation', 'committed', attempt),
  'audit.epochs': event('audit', 'committed', byDeviceWithReason),
  'audit.receipt': event('audit', 'committed', attempt),
  'log.epoch': event('system', 'committed', bySystem),
  'audit.finding.list': event('audit', 'committed', byDeviceWithReason),
  'audit.finding.dismiss': event('audit', 'committed', byDeviceWithReason),
  'audit.finding.reopen': event('audit', 'committed', byDeviceWithReason),
  'audit.note': event('audit', 'committed', byDeviceWithReason),
  'audit.report': event('audit', 'committed', byDeviceWithReason),
  'audit.report.list': event('audit', 'committed', byDeviceWithReason),
  'audit.orders': event('audit', 'committed', byDeviceWithReason),
  'audit.erase.propose': event('audit', 'committed', byDeviceWithReason),
  'audit.erase.approve': event('audit', 'committed', byDeviceWithReason),
  'audit.hold.propose': event('audit', 'committed', byDeviceWithReason),
  'audit.hold.approve': event('audit', 'committed', byDeviceWithReason),
  'audit.restrict.propose': event('audit', 'committed', byDeviceWithReason),
  'audit.restrict.approve': event('audit', 'committed', byDeviceWithReason),
  'audit.erase': event('erasure', 'committed', bySystem),
  'audit.erase.retention': event('erasure', 'committed', bySystem),
  'audit.erase.month': event('erasure', 'committed', bySystem),
  'log.genesis': event('system', 'committed', bySystem),
  'log.shard.close': event('system', 'committed', bySystem),
  'system.start': event('system', 'committed', bySystem),
  'system.stop': event('system', 'committed', bySystem),
  'system.migrate': event('system', 'committed', bySystem),
  'system.job': event('system', 'committed', bySystem),
  'log.fsck': event('system', 'committed', bySystem),
  'log.recovery': event('system', 'committed', bySystem),
} as const satisfies Record<string, AuditEvent>;

export type AuditEventCode = keyof typeof auditEvents;

export function isAuditEventCode(text: string): text is AuditEventCode {
  return Object.hasOwn(auditEvents, text);
}

export const auditOutcomes = ['allowed', 'denied', 'error', 'aborted'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];
