import { UsageError, VerificationError } from '@rogatory/kernel';

/** Every code that this library throws besides those of decoders; the transport maps them exhaustively. */
export type DirectoryErrorCode =
  | 'directory/pinned-root'
  | 'directory/first-entry'
  | 'directory/root-succession'
  | 'directory/suite'
  | 'directory/time'
  | 'directory/validity'
  | 'directory/signature'
  | 'directory/signer'
  | 'directory/threshold'
  | 'directory/serial'
  | 'directory/fixed-field'
  | 'directory/weak-key'
  | 'directory/key-reused'
  | 'directory/unknown-authority'
  | 'directory/unknown-person'
  | 'directory/unknown-target'
  | 'directory/oversight'
  | 'directory/post-kind'
  | 'directory/role-ceiling'
  | 'directory/suspended'
  | 'directory/not-live'
  | 'directory/device-consent'
  | 'directory/device-count'
  | 'directory/standing'
  | 'directory/prekey'
  | 'directory/card'
  | 'directory/head'
  | 'directory/full';

/** Bugs of a caller, never of what came over the wire. */
export type DirectoryUsageCode = 'directory/unknown-size' | 'directory/pin-length' | 'directory/not-listed';

const messages: Readonly<Record<DirectoryErrorCode, string>> = {
  'directory/pinned-root': 'the first root file is not the pinned one',
  'directory/first-entry': 'a directory begins with its root file',
  'directory/root-succession': 'the root file does not follow the one in force',
  'directory/suite': 'the cryptographic suite is not accepted',
  'directory/time': 'the time of signing does not fit the place in the log',
  'directory/validity': 'the period of validity does not fit',
  'directory/signature': 'a signature does not hold',
  'directory/signer': 'a signer may not sign this',
  'directory/threshold': 'too few signers',
  'directory/serial': 'the serial number is not the next one',
  'directory/fixed-field': 'a later record changes what is fixed for good',
  'directory/weak-key': 'a public key is not acceptable',
  'directory/key-reused': 'a public key belongs to somebody else',
  'directory/unknown-authority': 'the authority is not in the directory',
  'directory/unknown-person': 'the person is not in the directory',
  'directory/unknown-target': 'the target of a revocation is not in the directory',
  'directory/oversight': 'the oversight body does not fit the authority',
  'directory/post-kind': 'the authority has no posts of this kind',
  'directory/role-ceiling': 'the role ceiling does not fit the post',
  'directory/suspended': 'the authority is suspended',
  'directory/not-live': 'the person or device is not live',
  'directory/device-consent': 'a person with devices takes a further one only by one of them',
  'directory/device-count': 'the person has as many devices as allowed',
  'directory/standing': 'the revocation does not fit the present standing',
  'directory/prekey': 'the prekey is not one of this device at this time',
  'directory/card': 'the card is not the one that the certificate names',
  'directory/head': 'the entries do not give the verified head',
  'directory/full': 'the directory holds no more entries',
};

export function refusal(code: DirectoryErrorCode, cause?: unknown): VerificationError<DirectoryErrorCode> {
  return new VerificationError<DirectoryErrorCode>(code, messages[code], cause === undefined ? {} : { cause });
}

/** @throws VerificationError with this code unless the rule holds. */
export function demand(holds: boolean, code: DirectoryErrorCode): asserts holds {
  if (!holds) throw refusal(code);
}

export const sizeError = () => new UsageError('directory/unknown-size', 'the directory has no such size');
export const pinLengthError = () => new UsageError('directory/pin-length', 'a pinned hash has 32 bytes');
export const notListedError = () => new UsageError('directory/not-listed', 'the key is not on the list');
