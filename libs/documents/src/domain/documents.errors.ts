import { InternalError, limits, RefusedError, VerificationError } from '@rogatory/kernel';

export type DocumentErrorCode =
  | 'documents/quota'
  | 'documents/too-many-uploads'
  | 'documents/incomplete'
  | 'documents/size'
  | 'documents/bound'
  | 'documents/item'
  | 'documents/lost';

/** The person, the case or the authority has no room left. */
export function quotaExceeded(): RefusedError<'documents/quota'> {
  return new RefusedError('documents/quota', 'no room left for this upload');
}

export function tooManyUploads(): RefusedError<'documents/too-many-uploads'> {
  const details = { most: limits.maxOpenUploadsPerPerson };
  return new RefusedError('documents/too-many-uploads', 'too many unfinished uploads', { details });
}

/** Parts are missing; the client asks which and sends them. */
export function uploadIncomplete(missing: number): RefusedError<'documents/incomplete'> {
  return new RefusedError('documents/incomplete', 'parts of the upload are missing', { details: { missing } });
}

/** Not a size that a sealed file can have. */
export function wrongSize(): RefusedError<'documents/size'> {
  return new RefusedError('documents/size', 'not the size of a sealed file');
}

/** An upload becomes one version of one document, once. */
export function alreadyBound(): RefusedError<'documents/bound'> {
  return new RefusedError('documents/bound', 'the upload is bound to a document already');
}

/** The item that was sent is not a document, or not of the upload's compartment. */
export function wrongItem(): VerificationError<'documents/item'> {
  return new VerificationError('documents/item', 'not a document item of this upload');
}

/** What was stored whole is gone or cut: damage that an operator has to look at. */
export function storedBytesLost(cause?: unknown): InternalError<'documents/lost'> {
  return new InternalError('documents/lost', 'stored bytes of a document are gone or cut', { cause });
}
