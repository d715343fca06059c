import { describe, expect, it } from '@jest/globals';
import { InternalError, limits, RefusedError } from '@rogatory/kernel';
import type { LogEvent, LogFields } from './log.js';
import { describeError } from './log-line.js';
import { PrometheusMetrics } from './metrics.js';
import { openPinoLog } from './pino-log.js';

function capture(level: 'debug' | 'warn' = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const log = openPinoLog({
    level,
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { log, lines };
}

/** A caller that goes around the types, as plain JavaScript can. */
const loose = (fields: Record<string, unknown>): LogFields => fields;

describe('log', () => {
  it('writes one object per line with event and allowed fields', () => {
    const { log, lines } = capture();
    log.info('server/started', { port: 4000, profile: 'demo', url: 'http://[::1]:4000', ms: 12.5, retryable: false });
    expect(lines).toEqual([
      {
        time: expect.any(Number),
        level: 'info',
        event: 'server/started',
        port: 4000,
        profile: 'demo',
        url: 'http://[::1]:4000',
        ms: 12.5,
        retryable: false,
      },
    ]);
  });

  it('keeps its level', () => {
    const { log, lines } = capture('warn');
    log.debug('a/b');
    log.info('a/b');
    log.warn('a/b');
    log.error('a/b');
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'error']);
  });

  it('leaves out what is not listed, and withholds what is no id or code', () => {
    const { log, lines } = capture();
    log.warn(
      'a/b',
      loose({ password: 'hunter2', title: 'The case of Mr X', code: 'Mr X', count: '7', person: { name: 'X' } }),
    );
    log.warn('a/b', loose({ toString: 'x', reason: 'line\nbreak', caseId: 'f'.repeat(129), ms: Number.NaN }));
    log.warn('the name of Mr X' as LogEvent);
    expect(lines).toEqual([
      expect.objectContaining({ code: '[withheld]', count: '[withheld]', person: '[withheld]', droppedFields: 2 }),
      expect.objectContaining({ reason: '[withheld]', caseId: '[withheld]', ms: '[withheld]', droppedFields: 1 }),
      expect.objectContaining({ event: 'log/malformed-event' }),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|Mr X|The case/);
  });

  it('tells an error by code and frames, and a foreign one without its message', () => {
    const { log, lines } = capture();
    const foreign = new TypeError('duplicate key\n    at (name)=(Mr X)');
    log.error('a/b', { error: new InternalError('database/internal', 'the database failed', { cause: foreign }) });
    const [own, cause] = lines.flatMap(({ error }) => error as Record<string, unknown>[]);
    expect(own).toMatchObject({ name: 'InternalError', code: 'database/internal', message: 'the database failed' });
    expect(cause).toMatchObject({ name: 'TypeError' });
    expect(cause?.frames).toEqual(expect.arrayContaining([expect.stringContaining('telemetry.spec')]));
    expect(JSON.stringify(lines)).not.toContain('Mr X');
  });

  it('follows a chain of causes no further than its bound', () => {
    const circle = new RefusedError('a/b', 'round', { details: { count: 1 } });
    Object.defineProperty(circle, 'cause', { value: circle });
    expect(describeError(circle)).toHaveLength(5);
    expect(describeError(undefined)).toEqual([]);
    expect(describeError('text')).toEqual([{ name: 'string' }]);
  });
});

describe('metrics', () => {
  it('count, observe and read', async () => {
    const metrics = new PrometheusMetrics();
    const requests = metrics.counter({ name: 'rogatory_requests_total', help: 'Requests.', labels: ['operation'] });
    const waits = metrics.histogram({ name: 'rogatory_wait_seconds', help: 'Wait.', labels: [], buckets: [0.1, 1] });
    metrics.gauge({ name: 'rogatory_busy', help: 'Busy.', labels: [] }, () => 3);
    metrics.gauge({ name: 'rogatory_lag', help: 'Lag.', labels: [] }, () => Promise.reject(new Error('not now')));
    requests.add({ operation: 'addDocument' });
    requests.add({ operation: 'addDocument' }, 2);
    waits.observe({}, 0.5);
    const text = await metrics.text();
    expect(text).toContain('rogatory_requests_total{operation="addDocument"} 3');
    expect(text).toContain('rogatory_wait_seconds_bucket{le="1"} 1');
    expect(text).toContain('rogatory_busy 3');
    expect(text).toMatch(/^rogatory_lag nan$/im);
  });

  it('keep the number of series bounded, and text of users out of labels', async () => {
    const metrics = new PrometheusMetrics();
    const counter = metrics.counter({ name: 'rogatory_x_total', help: 'X.', labels: ['code'] });
    for (let index = 0; index < limits.metricSeries + 50; index++) counter.add({ code: `code-${index}` });
    counter.add({ code: 'Mr X wrote' });
    const text = await metrics.text();
    expect(text.split('\n').filter((line) => line.startsWith('rogatory_x_total{'))).toHaveLength(
      limits.metricSeries + 1,
    );
    expect(text).toContain('rogatory_x_total{code="other"} 51');
    expect(text).not.toContain('Mr X');
  });

  it('have one owner per name', () => {
    const metrics = new PrometheusMetrics();
    const options = { name: 'rogatory_y_total', help: 'Y.', labels: [] } as const;
    metrics.counter(options);
    expect(() => metrics.counter(options)).toThrow(expect.objectContaining({ code: 'telemetry/metric' }));
    expect(() => metrics.gauge({ ...options, name: 'rogatory_Y' }, () => 1)).toThrow(
      expect.objectContaining({ code: 'telemetry/metric' }),
    );
  });
});
