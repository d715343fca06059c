import { InternalError, RefusedError, UnavailableError, UsageError, VerificationError } from '@rogatory/kernel';

/** Every code that this library throws; the transport maps them exhaustively. */
export type CryptoErrorCode =
  | 'crypto/signature'
  | 'crypto/open'
  | 'crypto/weak-key'
  | 'crypto/commitment'
  | 'crypto/suite'
  | 'crypto/length'
  | 'crypto/context'
  | 'crypto/reserved-prefix'
  | 'crypto/segment'
  | 'crypto/random'
  | 'crypto/passphrase'
  | 'crypto/passphrase-cost'
  | 'crypto/memory';

const verification = (code: CryptoErrorCode, message: string) => new VerificationError<CryptoErrorCode>(code, message);
const usage = (code: CryptoErrorCode, message: string) => new UsageError<CryptoErrorCode>(code, message);

export const signatureError = () => verification('crypto/signature', 'the signature does not hold');

/** One answer for a wrong key, commitment, tag, length or context: an opener learns nothing but "no". */
export const openError = () => verification('crypto/open', 'the sealed bytes do not open');
export const weakKeyError = () => verification('crypto/weak-key', 'the public key is not acceptable');
export const commitmentError = () => verification('crypto/commitment', 'the commitment does not match');
export const suiteError = () => verification('crypto/suite', 'the cryptographic suite is not accepted');

export const lengthError = () => usage('crypto/length', 'bytes of a wrong length');
export const contextError = () => usage('crypto/context', 'the context or purpose is not registered');
export const reservedPrefixError = () => usage('crypto/reserved-prefix', 'the text begins like a framed signature');
export const segmentError = () => usage('crypto/segment', 'the segment does not fit its place in the file');

export const randomError = () =>
  new InternalError<CryptoErrorCode>('crypto/random', 'the random source gave a wrong number of bytes');

export const passphraseError = (maxBytes: number) =>
  new RefusedError<CryptoErrorCode>('crypto/passphrase', 'the passphrase is empty or too long', {
    details: { maxBytes },
  });

export const passphraseCostError = (details: Readonly<Record<string, number>>) =>
  new RefusedError<CryptoErrorCode>('crypto/passphrase-cost', 'the passphrase cost is outside the compiled bounds', {
    details,
  });

export const memoryError = (cause: unknown) =>
  new UnavailableError<CryptoErrorCode>('crypto/memory', 'not enough memory for the passphrase cost', { cause });
