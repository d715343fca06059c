import {
  type ActId,
  type CaseId,
  type CompartmentId,
  type InvitationId,
  type ObjectId,
  type UploadId,
  utf8,
} from '@rogatory/kernel';
import type { AuditEventCode } from './audit-events.js';
import { type AuditOrder, auditOrderText, orderEvents } from './audit-order.js';
import type { NotedThing } from './audit-notes.js';
import { type FindingVerdict, findingVerdictEvents } from './audit-findings.js';
import { type ItemClass, itemClasses, type ItemHeader } from './item.js';
import { type Link, type LinkType, linkTypes } from './link.js';

/**
 * What a signed act names about one operation: its event, the ids concerned and the bytes submitted, in order. Client and
 * server take it from the same function, so that neither can mean another operation (docs/spec/acts.md 6).
 */
export interface ActSubject {
  readonly event: AuditEventCode;
  readonly caseId?: CaseId;
  readonly compartmentId?: CompartmentId;
  readonly objectId?: ObjectId;
  readonly version?: number;
  readonly payload: readonly Uint8Array[];
}

/** The event that a link type is recorded as. */
export const linkEvents: Readonly<Record<LinkType, AuditEventCode>> = {
  [linkTypes.genesis]: 'case.create',
  [linkTypes.add]: 'member.add',
  [linkTypes.deviceAdd]: 'key.device.add',
  [linkTypes.remove]: 'member.remove',
  [linkTypes.leave]: 'member.leave',
  [linkTypes.deviceDrop]: 'key.device.drop',
  [linkTypes.rotate]: 'key.epoch',
  [linkTypes.reseal]: 'key.reseal',
  [linkTypes.role]: 'member.role',
  [linkTypes.policy]: 'case.update',
  [linkTypes.suite]: 'case.update',
  [linkTypes.disclose]: 'member.disclose',
  [linkTypes.close]: 'case.close',
  [linkTypes.reopen]: 'case.reopen',
  [linkTypes.compartment]: 'compartment.create',
};

/** The event that an item class is recorded as. */
export const itemEvents: Readonly<Record<ItemClass, AuditEventCode>> = {
  [itemClasses.message]: 'msg.send',
  [itemClasses.document]: 'doc.add',
  [itemClasses.withdrawal]: 'doc.withdraw',
  [itemClasses.acknowledgement]: 'msg.acknowledge',
  [itemClasses.caseInfo]: 'case.update',
  [itemClasses.task]: 'task.change',
  [itemClasses.operation]: 'operation.change',
};

const none: readonly Uint8Array[] = [];

function ofCompartment(event: AuditEventCode, compartmentId: CompartmentId, payload = none): ActSubject {
  return { event, compartmentId, payload };
}

/** An upload, invitation or record is named in the act as its object. */
function asObject(id: UploadId | InvitationId | ActId): ObjectId {
  return id as string as ObjectId;
}

/** One row per operation that carries an act. */
export const actSubjects = {
  logout: (): ActSubject => ({ event: 'auth.logout', payload: none }),
  readDirectory: (): ActSubject => ({ event: 'directory.read', payload: none }),
  appendDirectory: (entries: readonly Uint8Array[], cards: readonly Uint8Array[]): ActSubject => ({
    event: 'directory.append',
    payload: [...entries, ...cards],
  }),
  readPrekeys: (): ActSubject => ({ event: 'key.prekey.read', payload: none }),
  publishPrekeys: (prekeys: readonly Uint8Array[]): ActSubject => ({ event: 'key.prekey.publish', payload: prekeys }),
  listCases: (): ActSubject => ({ event: 'case.list', payload: none }),
  openCase: (caseId: CaseId): ActSubject => ({ event: 'case.open', caseId, payload: none }),
  /** Chain, content log, heartbeats and complaints. */
  readCompartment: (id: CompartmentId): ActSubject => ofCompartment('compartment.read', id),
  subscribe: (id: CompartmentId): ActSubject => ofCompartment('compartment.subscribe', id),
  /** Notices tell of the own case list. */
  subscribeNotices: (): ActSubject => ({ event: 'case.list', payload: none }),
  readBoxes: (id: CompartmentId): ActSubject => ofCompartment('key.box.read', id),
  /** `createCase` and `appendLinks`: the first link names event and place, the payload is every link in order. */
  appendLinks: (first: Pick<Link, 'type' | 'caseId' | 'compartmentId'>, links: readonly Uint8Array[]): ActSubject => ({
    event: linkEvents[first.type],
    caseId: first.caseId,
    compartmentId: first.compartmentId,
    payload: links,
  }),
  /** `postItem`, `addDocument`, `changeTask` and `changeOperation`. */
  postItem: (
    header: Pick<ItemHeader, 'itemClass' | 'caseId' | 'compartmentId' | 'objectId' | 'version'>,
    item: Uint8Array,
  ): ActSubject => {
    const { itemClass, caseId, compartmentId, objectId, version } = header;
    return { event: itemEvents[itemClass], caseId, compartmentId, objectId, version, payload: [item] };
  },
  listTasks: (id: CompartmentId): ActSubject => ofCompartment('task.list', id),
  /** The tasks of the own post in all cases. */
  listOwnTasks: (): ActSubject => ({ event: 'task.list', payload: none }),
  listOperations: (id: CompartmentId): ActSubject => ofCompartment('operation.list', id),
  listInvitations: (caseId?: CaseId): ActSubject => ({
    event: 'member.invitation.list',
    ...(caseId === undefined ? {} : { caseId }),
    payload: none,
  }),
  invite: (caseId: CaseId, id: InvitationId, invitation: Uint8Array): ActSubject => ({
    event: 'member.invite',
    caseId,
    objectId: asObject(id),
    payload: [invitation],
  }),
  revokeInvitation: (id: InvitationId): ActSubject => ({
    event: 'member.invitation.revoke',
    objectId: asObject(id),
    payload: none,
  }),
  acceptInvitation: (id: InvitationId, acceptance: Uint8Array): ActSubject => ({
    event: 'member.accept',
    objectId: asObject(id),
    payload: [acceptance],
  }),
  sendHeartbeat: (id: CompartmentId, heartbeat: Uint8Array): ActSubject =>
    ofCompartment('key.heartbeat', id, [heartbeat]),
  complain: (id: CompartmentId, complaint: Uint8Array): ActSubject => ofCompartment('key.complaint', id, [complaint]),
  listUploads: (): ActSubject => ({ event: 'doc.upload', payload: none }),
  /** The parts of an upload and the bytes of a download carry no act of their own: upload and grant are bound to theirs. */
  beginUpload: (id: CompartmentId): ActSubject => ofCompartment('doc.upload', id),
  cancelUpload: (id: UploadId): ActSubject => ({ event: 'doc.upload', objectId: asObject(id), payload: none }),
  openDocument: (compartmentId: CompartmentId, objectId: ObjectId, version: number): ActSubject => ({
    event: 'doc.read',
    compartmentId,
    objectId,
    version,
    payload: none,
  }),
  /** The payload is the statement of `audit-query.ts` in UTF-8. */
  queryRecords: (statement: Uint8Array): ActSubject => ({ event: 'audit.query', payload: [statement] }),
  exportRecords: (statement: Uint8Array): ActSubject => ({ event: 'audit.export', payload: [statement] }),
  /** `auditEpochs` and `auditCounts`; the payload is the statement in UTF-8. */
  readEpochs: (statement: Uint8Array): ActSubject => ({ event: 'audit.epochs', payload: [statement] }),
  viewRecord: (id: ActId, statement: Uint8Array): ActSubject => ({
    event: 'audit.view',
    objectId: asObject(id),
    payload: [statement],
  }),
  /** The payloads are the statements of `audit-findings.ts` in UTF-8. */
  listFindings: (statement: Uint8Array): ActSubject => ({ event: 'audit.finding.list', payload: [statement] }),
  judgeFinding: (verdict: FindingVerdict, objectId: ObjectId, statement: Uint8Array): ActSubject => ({
    event: findingVerdictEvents[verdict],
    objectId,
    payload: [statement],
  }),
  /** A record is named as the object, a case as the case. The payload is the statement of `audit-notes.ts`. */
  addNote: (thing: NotedThing, statement: Uint8Array): ActSubject => ({
    event: 'audit.note',
    ...('record' in thing ? { objectId: asObject(thing.record) } : { caseId: thing.caseId }),
    payload: [statement],
  }),
  /** The payload is the statement of `audit-reports.ts` in UTF-8, then the bytes of the report. */
  submitReport: (statement: Uint8Array, report: Uint8Array): ActSubject => ({
    event: 'audit.report',
    payload: [statement, report],
  }),
  listReports: (statement: Uint8Array): ActSubject => ({ event: 'audit.report.list', payload: [statement] }),
  /** The payload is the text of the order, the object its id. */
  proposeOrder: (objectId: ObjectId, order: AuditOrder): ActSubject => ofOrder('propose', objectId, order),
  approveOrder: (objectId: ObjectId, order: AuditOrder): ActSubject => ofOrder('approve', objectId, order),
  listOrders: (statement: Uint8Array): ActSubject => ({ event: 'audit.orders', payload: [statement] }),
} as const;

function ofOrder(step: 'propose' | 'approve', objectId: ObjectId, order: AuditOrder): ActSubject {
  return { event: orderEvents[order.verb][step], objectId, payload: [utf8(auditOrderText(order))] };
}
