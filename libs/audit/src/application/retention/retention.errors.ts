import { RefusedError } from '@rogatory/kernel';

export type RetentionErrorCode =
  | 'retention/not-found'
  | 'retention/order'
  | 'retention/same-person'
  | 'retention/expired'
  | 'retention/executed'
  | 'retention/out-of-scope'
  | 'retention/not-erasable'
  | 'retention/held'
  | 'retention/too-many';

/** "Absent" and "of another body" are one answer. */
export const orderNotFound = () => new RefusedError<RetentionErrorCode>('retention/not-found', 'no such order or hold');
/** An end that is over or too far, or a text that is no order. */
export const wrongOrder = () =>
  new RefusedError<RetentionErrorCode>('retention/order', 'the order is not within its bounds');
export const samePerson = () =>
  new RefusedError<RetentionErrorCode>('retention/same-person', 'an order is approved by another person and device');
export const orderExpired = () =>
  new RefusedError<RetentionErrorCode>('retention/expired', 'the order was not approved in time');
export const orderExecuted = () =>
  new RefusedError<RetentionErrorCode>('retention/executed', 'the order was approved before');
/** A record that is not there, or of authorities that the body does not review. */
export const outOfScope = () =>
  new RefusedError<RetentionErrorCode>(
    'retention/out-of-scope',
    'the order reaches records that the body does not review',
  );
export const notErasable = () =>
  new RefusedError<RetentionErrorCode>('retention/not-erasable', 'the order reaches records that no order erases');
export const recordsHeld = (hold: string) =>
  new RefusedError<RetentionErrorCode>('retention/held', 'a legal hold keeps records of the order', {
    details: { hold },
  });
export const tooManyOrders = () =>
  new RefusedError<RetentionErrorCode>('retention/too-many', 'too many orders wait, or too many holds are in force');
