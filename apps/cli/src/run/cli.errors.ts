import { CodecError, type ErrorOptionsOf, RefusedError, UsageError, VerificationError } from '@rogatory/kernel';

/** The command was called in a way that cannot work. */
export type CliUsageCode =
  | 'cli/arguments'
  | 'cli/no-profile'
  | 'cli/no-passphrase'
  | 'cli/no-terminal'
  | 'cli/no-server'
  | 'cli/configuration'
  | 'cli/operator';

/** The command would do harm, or must not be done like this. */
export type CliRefusalCode =
  | 'cli/exists'
  | 'cli/not-confirmed'
  | 'cli/not-accepted'
  | 'cli/not-auditor'
  | 'cli/wrong-holder'
  | 'cli/signatures-missing'
  | 'cli/demo-identities'
  | 'cli/passphrase-mismatch'
  | 'cli/file-access'
  | 'cli/not-found'
  | 'cli/server-start'
  | 'cli/witness-start'
  | 'cli/stopped';

/** Something is not what it claims to be. */
export type CliVerificationCode = 'cli/tampered' | 'cli/other-federation' | 'cli/audit-failed';

export type CliFileCode = 'cli/file-format';

const usageTexts: Readonly<Record<CliUsageCode, string>> = {
  'cli/arguments': 'an argument or option is missing or not of its form',
  'cli/no-profile': 'no profile is named',
  'cli/no-passphrase': 'the passphrase cannot be read',
  'cli/no-terminal': 'there is no terminal to ask on',
  'cli/no-server': 'the profile names no server',
  'cli/configuration': 'the configuration has faults',
  'cli/operator': 'the work on what the server stored could not be done',
};

const refusalTexts: Readonly<Record<CliRefusalCode, string>> = {
  'cli/exists': 'the file exists already and is not overwritten',
  'cli/not-confirmed': 'the fingerprint was not confirmed',
  'cli/not-accepted': 'nobody has accepted this invitation yet',
  'cli/not-auditor': 'the server shows its log to auditors only',
  'cli/wrong-holder': 'this key may not sign this',
  'cli/signatures-missing': 'not enough holders have signed yet',
  'cli/demo-identities': 'identities of a demonstration have no place outside the demo profile',
  'cli/passphrase-mismatch': 'the two passphrases differ',
  'cli/file-access': 'the file cannot be read or written',
  'cli/not-found': 'nothing that this device may see is called so',
  'cli/server-start': 'the server did not start',
  'cli/witness-start': 'the witnesses of the demonstration do not vouch for its logs',
  'cli/stopped': 'stopped before it was done',
};

const verificationTexts: Readonly<Record<CliVerificationCode, string>> = {
  'cli/tampered': 'the file was changed after it was made',
  'cli/other-federation': 'the file belongs to another federation',
  'cli/audit-failed': 'the log does not verify',
};

export function usageError(code: CliUsageCode, details: NonNullable<ErrorOptionsOf['details']> = {}): UsageError {
  return new UsageError(code, usageTexts[code], { details });
}

/** Work on a stopped server's folder that did not come to an answer; `details.reason` is the code of why. */
export function operatorError(details: NonNullable<ErrorOptionsOf['details']>): UsageError {
  return usageError('cli/operator', details);
}

export function refusedError(
  code: CliRefusalCode,
  details: NonNullable<ErrorOptionsOf['details']> = {},
  cause?: unknown,
): RefusedError {
  return new RefusedError(code, refusalTexts[code], { details, ...(cause === undefined ? {} : { cause }) });
}

export function verificationError(
  code: CliVerificationCode,
  details: NonNullable<ErrorOptionsOf['details']> = {},
): VerificationError {
  return new VerificationError(code, verificationTexts[code], { details });
}

/** @param expected what the file should be, in words of ours. */
export function fileFormatError(expected: string, cause?: unknown): CodecError {
  const options = { details: { expected }, ...(cause === undefined ? {} : { cause }) };
  return new CodecError<CliFileCode>('cli/file-format', 'the file has not the expected form', options);
}
