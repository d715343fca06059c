import { CodecError, RefusedError, UsageError, VerificationError } from '@rogatory/kernel';

/** Every code that this library throws of itself; `crypto/…`, `codec/…` and `chain/…` pass through. */
export type E2eeErrorCode =
  | 'e2ee/epoch-key'
  | 'e2ee/no-key'
  | 'e2ee/recipient'
  | 'e2ee/too-many-keys'
  | 'e2ee/item'
  | 'e2ee/pending-item'
  | 'e2ee/item-number'
  | 'e2ee/state-rolled-back'
  | 'e2ee/key-store'
  | 'e2ee/local-state'
  | 'e2ee/file'
  | 'e2ee/source-changed'
  | 'e2ee/contact'
  | 'e2ee/compose'
  | 'e2ee/write';

type Details = Readonly<Record<string, string | number | boolean>>;

/** A key does not fit what the chain committed to. Never says which. */
export const epochKeyError = () =>
  new VerificationError<E2eeErrorCode>('e2ee/epoch-key', 'the key does not fit the chain');
export const itemError = () => new VerificationError<E2eeErrorCode>('e2ee/item', 'the item does not verify');
export const fileError = () => new VerificationError<E2eeErrorCode>('e2ee/file', 'the file does not verify');
export const keyStoreError = () =>
  new VerificationError<E2eeErrorCode>('e2ee/key-store', 'the key store is older than the one last seen');
export const localStateError = () =>
  new VerificationError<E2eeErrorCode>('e2ee/local-state', 'the saved state is older than the one last seen');

export const noKeyError = (epoch: number) =>
  new RefusedError<E2eeErrorCode>('e2ee/no-key', 'this device does not hold the key', { details: { epoch } });
export const contactError = (details: Details) =>
  new RefusedError<E2eeErrorCode>('e2ee/contact', 'the person must be verified first', { details });
export const rolledBackError = (details: Details) =>
  new RefusedError<E2eeErrorCode>(
    'e2ee/state-rolled-back',
    'the saved state is older than what this device sent; the device must enrol anew',
    { details },
  );
export const sourceChangedError = () =>
  new RefusedError<E2eeErrorCode>('e2ee/source-changed', 'the source changed since the upload began; begin it anew');
export const tooManyKeysError = (details: Details) =>
  new RefusedError<E2eeErrorCode>('e2ee/too-many-keys', 'more keys than one box may hold', { details });
export const composeRefused = (reason: string) =>
  new RefusedError<E2eeErrorCode>('e2ee/compose', 'the case does not allow this step now', { details: { reason } });

export const writeRefused = (reason: string) =>
  new RefusedError<E2eeErrorCode>('e2ee/write', 'this device may not write here now', { details: { reason } });

export const recipientError = () =>
  new VerificationError<E2eeErrorCode>('e2ee/recipient', 'no acceptable key of the recipient');
export const pendingItemError = (message: string) => new UsageError<E2eeErrorCode>('e2ee/pending-item', message);
export const itemNumberError = () =>
  new UsageError<E2eeErrorCode>('e2ee/item-number', 'too many refused items in a row; the device must enrol anew');
export const stateCodecError = () => new CodecError<E2eeErrorCode>('e2ee/local-state', 'malformed saved state');
