import { RefusedError, UnavailableError, UsageError } from '@rogatory/kernel';

export type MessageErrorCode =
  | 'messages/item-class'
  | 'messages/busy'
  | 'messages/resume'
  | 'messages/position'
  | 'messages/stopped'
  | 'messages/interrupted';

/** A document comes with its upload. */
export const wrongClass = () =>
  new RefusedError<MessageErrorCode>('messages/item-class', 'an item of this class is not posted');
/** More posts wait than this server takes on. */
export const busy = () => new UnavailableError<MessageErrorCode>('messages/busy', 'too many posts wait');
/** The subscriber did not keep up; it resumes after the position that it has. */
export const resume = (after: number) =>
  new RefusedError<MessageErrorCode>('messages/resume', 'too slow for what arrives; resume from the last position', {
    details: { after },
    retryable: true,
  });
export const stopped = () => new UnavailableError<MessageErrorCode>('messages/stopped', 'the server is going down');
/** The server missed whose rights ended: whoever still has them resumes after the position that it has. */
export const interrupted = () =>
  new UnavailableError<MessageErrorCode>('messages/interrupted', 'the subscription was interrupted; resume');
/** Nobody has what the log does not hold yet. */
export const wrongPosition = () =>
  new UsageError<MessageErrorCode>('messages/position', 'the log has no such position yet');
