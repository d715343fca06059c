/** A log of the server, and how far an oversight body reported on it. */
export interface ReportedLog {
  readonly shard: string;
  /** Records that a report of the body is about; undefined without one. */
  readonly reportedTo: number | undefined;
  /**
   * Of a log that ended: the records that its last epoch counts, beyond which no report can go; 0 where none shows anything, as of a
   * log that was abandoned, or that was put back without its last epoch. Undefined while the log goes on.
   */
  readonly endsAt: number | undefined;
}

/**
 * The log that the next report of a body is about. Periods follow each other through all logs: the one that ended comes before the one
 * that follows it. What lies before a log that the body reported on is behind it. SPEC: review 5.2
 * @param logs the earliest first; the last one goes on.
 */
export function nextLog(logs: readonly ReportedLog[]): ReportedLog | undefined {
  const newest = logs.findLastIndex(({ reportedTo }) => reportedTo !== undefined);
  return logs
    .slice(Math.max(0, newest))
    .find(({ reportedTo = 0, endsAt }) => endsAt === undefined || reportedTo < endsAt);
}
