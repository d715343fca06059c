import type { ActId, AuthorityId } from '@rogatory/kernel';
import type { ReportPage } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';

/** A review report as it is kept: its exact bytes, and what is searched by. */
export interface StoredReport {
  /** The record of the act that signs it. */
  readonly recordId: ActId;
  /** Name of the log that it is about. */
  readonly shard: string;
  readonly body: AuthorityId;
  readonly report: Uint8Array;
  /** It is about the records of the log from `firstIndex` up to, not with, `endIndex`. */
  readonly firstIndex: number;
  readonly endIndex: number;
  /** When the period ends, UTC milliseconds. */
  readonly untilMs: number;
  /** When it came, UTC milliseconds. */
  readonly timeMs: number;
}

/** Where the next report of a body has to begin. */
export interface NextPeriod {
  /** Name of the log that it is about. */
  readonly shard: string;
  readonly firstIndex: number;
  readonly fromMs: number;
  readonly previous: ActId | undefined;
}

export interface ReportReader {
  /** Undefined while there is no record at all. */
  next(reader: Reader, body: AuthorityId): Promise<NextPeriod | undefined>;
  /** The reports of a body on whatever log, newest first. */
  list(reader: Reader, body: AuthorityId, page: ReportPage): Promise<readonly StoredReport[]>;
}

export interface ReportWriter {
  /** @throws RefusedError `audit/report-stale` when another report of the body begins at the same record of the log. */
  add(writer: Writer, report: StoredReport): Promise<void>;
}
