import {
  type ErrorFamily,
  type ErrorOptionsOf,
  isRogatoryError,
  RefusedError,
  RogatoryError,
  UnavailableError,
  UsageError,
  VerificationError,
} from '@rogatory/kernel';

/** Every code that the SDK raises of itself; those of the libraries below and of the server pass through. */
export type ClientErrorCode = ClientVerificationCode | ClientRefusalCode | ClientUnavailableCode | ClientUsageCode;

/** The server, or whoever speaks in its place, said what cannot be. */
export type ClientVerificationCode =
  | 'client/answer'
  | 'client/server-changed'
  | 'client/directory-rollback'
  | 'client/history-rollback'
  | 'client/fork'
  | 'client/receipt'
  | 'client/incomplete'
  | 'client/file'
  | 'client/clock'
  | 'client/log-names'
  | 'client/own-device'
  | 'client/anchor'
  | 'client/anchor-missing'
  | 'client/task-state';

/** This device may not, or not now. */
export type ClientRefusalCode =
  | 'client/profile-busy'
  | 'client/not-a-member'
  | 'client/not-found'
  | 'client/unknown-log'
  | 'client/contended'
  | 'client/device-state'
  | 'client/no-oversight'
  | 'client/too-many'
  | 'client/source-changed'
  | 'client/file-exists'
  | 'client/draft'
  | 'client/unanchored';

export type ClientUnavailableCode = 'client/network' | 'client/interrupted' | 'client/storage' | 'client/unwitnessed';

export type ClientUsageCode = 'client/input';

const verificationTexts: Readonly<Record<ClientVerificationCode, string>> = {
  'client/answer': 'the answer of the server has not the form that it must have',
  'client/server-changed': 'the server shows other keys or names than those that were pinned',
  'client/directory-rollback': 'the directory log is not the one that was verified before',
  'client/history-rollback': 'the history of the case is shorter or other than what was verified before',
  'client/fork': 'another member was shown another history',
  'client/receipt': 'the receipt does not fit the act or the log',
  'client/incomplete': 'the list is not the one that the epoch of the log counts: a record is missing or is another',
  'client/file': 'the stored bytes are not those of the document',
  'client/clock': "the server's time and this machine's are too far apart",
  'client/log-names':
    'the server gives its directory or its audit log a name that witnesses would not replay, or would take for another',
  'client/own-device': 'the directory does not certify the keys of this device',
  'client/anchor': 'an epoch of the audit log says another history of the case',
  'client/anchor-missing':
    'the server shows no recent epoch of the audit log that says how long the history of the case is',
  'client/task-state': 'the server shows a task otherwise than its signed changes make it, or leaves one out',
};

const refusalTexts: Readonly<Record<ClientRefusalCode, string>> = {
  'client/profile-busy': 'another process uses this profile',
  'client/not-a-member': 'this device is not a member there',
  'client/unknown-log': 'this device knows no log of this name',
  'client/not-found': 'there is no such thing in what was verified',
  'client/contended': 'others were faster several times in a row; try again',
  'client/device-state': 'the state of this device was lost, copied or set back; the device must enrol anew',
  'client/too-many': 'more records than one list can hold; ask for a narrower one',
  'client/no-oversight': 'the directory names no oversight body for this authority',
  'client/file-exists': 'a file of this name is there already and is never overwritten',
  'client/draft': 'the unfinished file of this download is a link, or others may read or write it',
  'client/source-changed': 'the source changed since the upload began; begin it anew',
  'client/unanchored': 'nobody has confirmed this history yet',
};

const unavailableTexts: Readonly<Record<ClientUnavailableCode, string>> = {
  'client/network': 'the server cannot be reached',
  'client/interrupted': 'the transfer was interrupted; it can be resumed',
  'client/storage': 'the local storage failed',
  'client/unwitnessed': 'no quorum of the witnesses vouched for the directory lately; nobody in it is believed',
};

const usageTexts: Readonly<Record<ClientUsageCode, string>> = {
  'client/input': 'the input is outside its bounds',
};

export function verificationError(code: ClientVerificationCode, options: ErrorOptionsOf = {}): VerificationError {
  return new VerificationError(code, verificationTexts[code], options);
}

export function refusedError(code: ClientRefusalCode, options: ErrorOptionsOf = {}): RefusedError {
  return new RefusedError(code, refusalTexts[code], options);
}

export function unavailableError(code: ClientUnavailableCode, cause?: unknown): UnavailableError {
  return new UnavailableError(code, unavailableTexts[code], { cause });
}

/** The connection broke before anything of an answer came: the request may have arrived, or not. */
export function unansweredError(cause: unknown): UnavailableError {
  return new UnavailableError('client/network', unavailableTexts['client/network'], {
    cause,
    details: { unanswered: true },
  });
}

export function isUnanswered(error: unknown): boolean {
  return isRogatoryError(error) && error.code === 'client/network' && error.details['unanswered'] === true;
}

export function usageError(code: ClientUsageCode, options: ErrorOptionsOf = {}): UsageError {
  return new UsageError(code, usageTexts[code], options);
}

/**
 * A refusal or failure that the server told, under the server's own code. Its text is ours: nothing that a server writes
 * reaches a terminal unread.
 */
export class ServerToldError extends RogatoryError {
  constructor(family: ErrorFamily, code: string, options: ErrorOptionsOf) {
    super(family, code, 'the server refused or failed', options);
  }
}
