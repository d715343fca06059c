/** What went wrong in kind; the transport and the exit code depend on it and on nothing else. */
export type ErrorFamily = 'usage' | 'refused' | 'verification' | 'codec' | 'unavailable' | 'internal';

export interface ErrorOptionsOf {
  /** Allow-listed, non-secret facts for the person: ids, limits, counts. Never names, content, keys. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
  readonly retryable?: boolean;
}

/**
 * Root of all errors of the product. `code` is stable and listed in `docs/errors.md`; `message` is static text
 * that never carries data. Catch by family or code, never by message.
 */
export class RogatoryError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly family: ErrorFamily;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly retryable: boolean;

  constructor(family: ErrorFamily, code: Code, message: string, options: ErrorOptionsOf = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.family = family;
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? family === 'unavailable';
  }
}

/** The caller broke the contract of an interface: a bug on the calling side. */
export class UsageError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('usage', code, message, options);
  }
}

/** Policy or state says no. "Absent" and "forbidden" share one code by design. */
export class RefusedError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('refused', code, message, options);
  }
}

/** A signature, tag, commitment, proof or chain rule does not hold. Never says which byte or which key. */
export class VerificationError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('verification', code, message, options);
  }
}

/** Bytes or text do not have the form their format demands. */
export class CodecError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('codec', code, message, options);
  }
}

/** A part that is needed is not there now; the same call may succeed later. */
export class UnavailableError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('unavailable', code, message, options);
  }
}

/** A broken invariant of our own; somebody should investigate. */
export class InternalError<Code extends string = string> extends RogatoryError<Code> {
  constructor(code: Code, message: string, options: ErrorOptionsOf = {}) {
    super('internal', code, message, options);
  }
}

export function isRogatoryError(error: unknown): error is RogatoryError {
  return error instanceof RogatoryError;
}

/** Closes a `switch` over a union: a new member does not compile until it is handled. */
export function assertUnreachable(value: never): never {
  throw new InternalError('internal/unreachable', 'unreachable', { details: { type: typeof value } });
}
