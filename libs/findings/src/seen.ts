import type { ActId, AuthorityId, CaseId, DeviceId, PersonId } from '@rogatory/kernel';
import {
  type AuditEventCode,
  type AuditLeaf,
  type AuditWhat,
  type AuditWho,
  auditActorKinds,
  type SignedAct,
  type Why,
} from '@rogatory/protocol';

/** A record as its reader opened it: every leaf, and the groups that the reader may see. */
export interface OpenedRecord {
  /** Place in the log. */
  readonly index: number;
  readonly leaf: AuditLeaf;
  readonly groups: {
    readonly who?: AuditWho;
    readonly what?: AuditWhat;
    readonly why?: Why;
    readonly act?: SignedAct;
  };
  /** The opened free text of the reason, for whoever holds the key of the oversight body. */
  readonly reasonText?: string;
}

/** Somebody who acted with a proven device. */
export interface SeenActor {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly authority: AuthorityId;
  readonly role: number;
}

/** A record as rules look at it. */
export interface Seen {
  readonly record: OpenedRecord;
  readonly index: number;
  readonly id: ActId;
  /** Time of the leaf. */
  readonly timeMs: number;
  /** The largest time so far: what windows and deadlines use. */
  readonly nowMs: number;
  readonly event: AuditEventCode;
  readonly isAllowed: boolean;
  /** Undefined where `who` is closed, or names no proven device. */
  readonly actor: SeenActor | undefined;
  readonly what: AuditWhat | undefined;
  readonly owner: AuthorityId | undefined;
  readonly caseId: CaseId | undefined;
  /** What was read, where the record is a read: two of the same key are one thing. */
  readonly readKey: string | undefined;
  readonly isDeliberate: boolean;
}

const programEvents: ReadonlySet<string> = new Set([
  ...[
    'case.list',
    'member.invitation.list',
    'compartment.read',
    'compartment.subscribe',
    'audit.receipt',
    'audit.tiles',
  ],
  // Of the service itself, about what devices fetch.
  ...['compartment.deliver', 'doc.delivered', 'doc.aborted', 'doc.orphan.delete', 'audit.epochs'],
]);
const deliberatePrefixes = ['doc.', 'msg.send', 'member.', 'case.', 'compartment.create', 'directory.append', 'audit.'];

const deliberate = new Map<string, boolean>();

/** SPEC: findings 3: an event that a program does not do by itself. */
export function isDeliberateEvent(event: string): boolean {
  let known = deliberate.get(event);
  if (known === undefined) {
    known = !programEvents.has(event) && deliberatePrefixes.some((prefix) => event.startsWith(prefix));
    deliberate.set(event, known);
  }
  return known;
}

export function seenOf(record: OpenedRecord, nowMs: number): Seen {
  const { leaf, groups, index } = record;
  const { who, what } = groups;
  const isAllowed = leaf.out === 'allowed';
  const actor = actorOf(who);
  // One literal: this runs for every record, and spreading costs more than most rules.
  return {
    record,
    index,
    id: leaf.id,
    timeMs: leaf.t,
    nowMs,
    event: leaf.ev,
    isAllowed,
    actor,
    what,
    owner: what?.ownerAuthorityId,
    caseId: what?.caseId,
    readKey: isAllowed && actor !== undefined ? readKeyOf(leaf.ev, what) : undefined,
    isDeliberate: actor !== undefined && isDeliberateEvent(leaf.ev),
  };
}

function actorOf(who: AuditWho | undefined): SeenActor | undefined {
  if (who?.kind !== auditActorKinds.device) return undefined;
  const { personId: person, deviceId: device, authorityId: authority, caseRole: role } = who;
  if (person === undefined || device === undefined || authority === undefined) return undefined;
  return { person, device, authority, role };
}

function readKeyOf(event: AuditEventCode, what: AuditWhat | undefined): string | undefined {
  if (event === 'doc.read') return what?.objectId;
  if (event === 'compartment.read') return what?.compartmentId;
  return event === 'case.open' ? what?.caseId : undefined;
}
