/** From least to most urgent. `error` means that somebody should investigate. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * All that a log line may carry: ids, codes and counts. Never names, titles, content, key material or addresses of
 * people. A field that is not listed here does not compile, and is left out at run time.
 */
export interface LogFields {
  readonly requestId?: string;
  readonly code?: string;
  readonly family?: string;
  readonly operation?: string;
  readonly reason?: string;
  readonly state?: string;
  readonly job?: string;
  readonly engine?: string;
  readonly profile?: string;
  readonly url?: string;
  readonly version?: string;
  /** Origin of a transparency log. */
  readonly origin?: string;
  /** A point in time, in ISO 8601. */
  readonly since?: string;
  /** Name of a witness in the policy. */
  readonly witness?: string;
  readonly device?: string;
  readonly person?: string;
  readonly authority?: string;
  readonly caseId?: string;
  readonly compartment?: string;
  /** Name of a setting, or of its variable. */
  readonly setting?: string;
  readonly object?: string;
  /** Column of a table, or path of a tile of a log. */
  readonly place?: string;
  /** Index in a log. */
  readonly index?: number;
  readonly act?: string;
  readonly count?: number;
  readonly bytes?: number;
  readonly ms?: number;
  readonly port?: number;
  readonly status?: number;
  readonly size?: number;
  readonly retryable?: boolean;
  /** Codes and stack frames are taken from it; its message only when it is an error of ours, whose texts are static. */
  readonly error?: unknown;
}

/** Name of what happened, as `part/what-happened`: static text. */
export type LogEvent = `${string}/${string}`;

/** The port to the log. */
export interface Log {
  debug(event: LogEvent, fields?: LogFields): void;
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}
