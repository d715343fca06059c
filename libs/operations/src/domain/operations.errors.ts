import { InternalError, VerificationError } from '@rogatory/kernel';

export type OperationsErrorCode = 'operations/item' | 'operations/row';

/** Other items come by other mutations. */
export const wrongItem = () =>
  new VerificationError<OperationsErrorCode>('operations/item', 'not a record of an operation');
/** A stored row is none that a record of an operation left. */
export const brokenRow = () =>
  new InternalError<OperationsErrorCode>('operations/row', 'a stored row of an operation does not fit');
