import { InternalError, RefusedError, UnavailableError, UsageError, VerificationError } from '@rogatory/kernel';

export const signatureError = () => new VerificationError('crypto/signature', 'the signature does not hold');

/** One answer for a wrong key, commitment, tag, length or context: an opener learns nothing but "no". */
export const openError = () => new VerificationError('crypto/open', 'the sealed bytes do not open');
export const weakKeyError = () => new VerificationError('crypto/weak-key', 'the public key is not acceptable');
export const commitmentError = () => new VerificationError('crypto/commitment', 'the commitment does not match');
export const suiteError = () => new VerificationError('crypto/suite', 'the cryptographic suite is not accepted');

export const lengthError = () => new UsageError('crypto/length', 'bytes of a wrong length');
export const contextError = () => new UsageError('crypto/context', 'the context or purpose is not registered');
export const reservedPrefixError = () =>
  new UsageError('crypto/reserved-prefix', 'the text begins like a framed signature');
export const segmentError = () => new UsageError('crypto/segment', 'the segment does not fit its place in the file');
export const randomError = () => new InternalError('crypto/random', 'the random source gave a wrong number of bytes');

export const passphraseError = (maxBytes: number) =>
  new RefusedError('crypto/passphrase', 'the passphrase is empty or too long', { details: { maxBytes } });

export const passphraseCostError = (details: Readonly<Record<string, number>>) =>
  new RefusedError('crypto/passphrase-cost', 'the passphrase cost is outside the compiled bounds', { details });

export const memoryError = (cause: unknown) =>
  new UnavailableError('crypto/memory', 'not enough memory for the passphrase cost', { cause });

/** Every code that this library throws; the transport maps them exhaustively. */
export type CryptoErrorCode = ReturnType<
  | typeof signatureError
  | typeof openError
  | typeof weakKeyError
  | typeof commitmentError
  | typeof suiteError
  | typeof lengthError
  | typeof contextError
  | typeof reservedPrefixError
  | typeof segmentError
  | typeof randomError
  | typeof passphraseError
  | typeof passphraseCostError
  | typeof memoryError
>['code'];
