import type { AuthorityId, ObjectId } from '@rogatory/kernel';
import { actSubjects, type AuditOrder, auditOrderText, postKinds } from '@rogatory/protocol';
import type { AuditLog } from '../audit-log.js';
import type { TestingDevice } from '../testing.js';
import { testingContext } from './testing-context.js';

/** An oversight body's way to order things, with the authorities that it reviews. */
export interface OrderingBody {
  readonly audit: AuditLog;
  readonly authorities: readonly AuthorityId[];
}

const asAuditor = { postKind: postKinds.auditor };

export function propose({ audit, authorities }: OrderingBody, by: TestingDevice, id: ObjectId, order: AuditOrder) {
  const { event, ...subject } = actSubjects.proposeOrder(id, order);
  const context = testingContext(by, by.sign(event, subject), asAuditor);
  return audit.orders.propose(context, { id, text: auditOrderText(order), authorities });
}

export function approve({ audit, authorities }: OrderingBody, by: TestingDevice, id: ObjectId, order: AuditOrder) {
  const { event, ...subject } = actSubjects.approveOrder(id, order);
  const context = testingContext(by, by.sign(event, subject), asAuditor);
  return audit.orders.approve(context, { id, text: auditOrderText(order), authorities });
}
