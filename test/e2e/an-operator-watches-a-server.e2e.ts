import { createServer, type Server } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer } from '@rogatory/api';
import { bytesSource } from '@rogatory/client';
import { operations } from '@rogatory/access';
import { systemClock, systemRandom } from '@rogatory/kernel';
import { openPinoLog, silentLog } from '@rogatory/platform-telemetry';
import type { Configuration } from '@rogatory/platform-config';
import { onEmbedded } from '../world/engines.js';
import { freePort, World } from '../world/world.js';

const TITLE = 'Operation Lantern';

interface Line {
  readonly event: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

/** Every label of our own metrics, with its value. */
function labelsOf(text: string): [name: string, value: string][] {
  const series = text.split('\n').filter((line) => line.startsWith('rogatory_') && line.includes('{'));
  return series.flatMap((line) =>
    [...line.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [name, value]),
  );
}

const seriesOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 'missing');

/** @throws when another one listens there. */
async function listening(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

describe('an operator', () => {
  const lines: Line[] = [];
  const log = openPinoLog({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line) as Line) } });
  let world: World;
  let secrets: string[];
  let metrics: string;

  const events = () => lines.filter(({ level }) => level !== 'debug').map(({ event }) => event);
  const scraped = async (path = '/metrics', init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, world.server.metricsUrl), init);

  beforeAll(async () => {
    world = await World.start(await onEmbedded(), { log, metrics: { port: 0 } });
    const prosecutor = await world.client('prosecutor-xa');
    const stranger = await world.client('prosecutor-xb');
    const open = await prosecutor.cases.create({ title: TITLE });
    const file = bytesSource('photo.jpg', new TextEncoder().encode('a photo'));
    const document = await prosecutor.documents.upload(open, open.root.compartmentId, file);
    await expect(stranger.cases.open(open.caseId)).rejects.toMatchObject({ family: 'refused' });
    const keys = ['prosecutor-xa', 'prosecutor-xb'].map((profile) => world.keysOf(profile));
    secrets = [
      ...[TITLE, 'photo', open.caseId, open.root.compartmentId, document.objectId],
      ...keys.flatMap(({ personId, deviceId, authorityId }) => [personId, deviceId, authorityId]),
    ];
    await world.server.checks.run('whole');
    metrics = await (await scraped()).text();
  }, 60_000);
  afterAll(() => world.stop());

  it('is told in the log of the start, step by step', () => {
    const told = events().filter((event) => event !== 'database/migrated');
    expect(told.slice(0, 3)).toEqual(['server/starting', 'metrics/ready', 'server/ready']);
    const migrated = lines.filter(({ event }) => event === 'database/migrated').map(({ version }) => version);
    expect(migrated).toEqual([...new Set(migrated)]);
    expect(migrated).toContain('AuditTables1795392000100');
    expect(lines.find(({ event }) => event === 'server/ready')).toMatchObject({ url: world.url });
  });

  it('sees counts, durations, queues and the state of the log', () => {
    expect(metrics).toMatch(/^rogatory_requests_total\{operation="CreateCase",status="200"\} 1$/m);
    expect(metrics).toMatch(/^rogatory_request_seconds_count\{operation="route.putUploadPart"\} 1$/m);
    expect(metrics).toMatch(/^rogatory_errors_total\{code="access\/refused",family="refused"\} [1-9]\d*$/m);
    expect(seriesOf(metrics, 'rogatory_audit_log_records')).toBeGreaterThan(5);
    expect(seriesOf(metrics, 'rogatory_audit_log_head_age_seconds')).toBeGreaterThanOrEqual(0);
    expect(seriesOf(metrics, 'rogatory_log_check_findings')).toBe(0);
    expect(seriesOf(metrics, 'rogatory_log_check_age_seconds')).toBeGreaterThanOrEqual(0);
    expect(seriesOf(metrics, 'rogatory_audit_refused_answers')).toBe(0);
    expect(seriesOf(metrics, 'rogatory_audit_oldest_unsequenced_seconds')).toBeGreaterThanOrEqual(0);
    for (const name of [
      ...['audit_unsequenced_records', 'audit_waiting_answers', 'database_busy_connections'],
      ...['database_waiting_callers', 'open_sockets'],
    ]) {
      expect(seriesOf(metrics, `rogatory_${name}`)).toBeGreaterThanOrEqual(0);
    }
    expect(metrics).toMatch(/^process_resident_memory_bytes \d/m);
  });

  it('learns from metrics and log which operations ran, and nothing of people, cases and contents', () => {
    const routes = Object.keys(operations).filter((name) => name.startsWith('route.'));
    const allowed: Readonly<Record<string, (value: string) => boolean>> = {
      operation: (value) => routes.includes(value) || /^([A-Z][A-Za-z]+|none)$/.test(value),
      status: (value) => /^[2-5]\d\d$/.test(value),
      code: (value) => /^[a-z-]+\/[a-z-]+$|^internal$/.test(value),
      family: (value) => /^[a-z]+$/.test(value),
      level: (value) => /^(warn|error)$/.test(value),
      event: (value) => /^[a-z]+\/[a-z-]+$/.test(value),
      le: (value) => /^[\d.]+$|^\+Inf$/.test(value),
    };
    const labels = labelsOf(metrics);
    expect(labels.length).toBeGreaterThan(20);
    expect(labels.filter(([name, value]) => allowed[name]?.(value) !== true)).toEqual([]);
    const all = `${metrics}\n${JSON.stringify(lines)}`;
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).not.toMatch(/[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('reads metrics on this machine only, at one address, by one method', async () => {
    expect(new URL(world.server.metricsUrl ?? '').hostname).toBe('127.0.0.1');
    expect((await scraped()).headers.get('content-type')).toContain('text/plain');
    expect((await scraped('/')).status).toBe(404);
    expect((await scraped('/metrics', { method: 'POST' })).status).toBe(404);
    expect((await scraped('/metrics?x')).status).toBe(404);
    expect((await fetch(`${world.url}/metrics`)).status).toBe(404);
  });

  it('starts a server again whose start failed, for nothing of it stayed open', async () => {
    const { configuration, folder } = world;
    const parts = { clock: systemClock, random: systemRandom, log: silentLog };
    const failing = (changed: Partial<Configuration>): Promise<unknown> =>
      startServer({ ...parts, configuration: { ...configuration, ...changed } }).then(
        () => 'started',
        (error: unknown): unknown => Reflect.get(Object(error), 'code'),
      );
    await writeFile(join(folder, 'no-folder'), '');
    await world.restart(async () => {
      const blobs = { folder: join(folder, 'no-folder', 'blobs') };
      expect(await failing({ blobs })).not.toBe('started');
      const other = await listening(configuration.listen.port);
      const metrics = { port: await freePort() };
      expect(await failing({ metrics })).toBe('EADDRINUSE');
      await closed(await listening(metrics.port));
      await closed(other);
    });
    expect(events().slice(-5)).toEqual([
      ...['server/stopping', 'server/stopped', 'server/starting', 'metrics/ready', 'server/ready'],
    ]);
  }, 60_000);
});
