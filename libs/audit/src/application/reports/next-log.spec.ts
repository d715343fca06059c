import { describe, expect, it } from '@jest/globals';
import { nextLog, type ReportedLog } from './next-log.js';

const log = (shard: string, reportedTo: number | undefined, endsAt?: number): ReportedLog => ({
  ...{ shard, reportedTo, endsAt },
});

describe('the log that the next report is about', () => {
  it('is the only one', () => {
    expect(nextLog([log('2026h2', undefined)])?.shard).toBe('2026h2');
    expect(nextLog([log('2026h2', 40)])?.shard).toBe('2026h2');
  });

  it('is the one that ended until its last epoch is reported on', () => {
    expect(nextLog([log('2026h2', undefined, 90), log('2027h1', undefined)])?.shard).toBe('2026h2');
    expect(nextLog([log('2026h2', 40, 90), log('2027h1', undefined)])?.shard).toBe('2026h2');
    expect(nextLog([log('2026h2', 90, 90), log('2027h1', undefined)])?.shard).toBe('2027h1');
  });

  it('passes over logs of which nothing can be shown, and one log after the other', () => {
    const logs = [log('2026h2', 90, 90), log('2026h2-2', undefined, 0), log('2027h1', undefined, 7)];
    expect(nextLog([...logs, log('2027h2', undefined)])?.shard).toBe('2027h1');
  });

  it('does not go back behind a log that was reported on', () => {
    expect(nextLog([log('2026h2', 40, 90), log('2027h1', 12)])?.shard).toBe('2027h1');
  });
});
