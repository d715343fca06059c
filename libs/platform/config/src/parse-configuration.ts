import { join } from 'node:path';
import { limits } from '@rogatory/kernel';
import type { Configuration, ConfigurationFault, DatabaseSettings } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';
import { isLoopback } from './loopback.js';
import { gatherSettings, type Sources, type Values } from './gather-settings.js';

/**
 * The configuration made of all sources: overrides before environment before file before default.
 * @throws ConfigurationError `config/invalid` with every fault.
 */
export function parseConfiguration(sources: Sources): Configuration {
  const { values, faults } = gatherSettings(sources);
  if (values.profile === 'demo') faults.push(...demoFaults(values));
  else faults.push(...productionFaults(values));
  faults.push(...exposureFaults(values), ...databaseFaults(values));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return deepFreeze(compose(values));
}

/** What has no sensible default when real people's cases are at stake. */
function productionFaults(values: Values): ConfigurationFault[] {
  const required = ['profile', 'dataFolder', 'publicUrl', 'audit.origin', 'federation.rootFile'] as const;
  const missing = required
    .filter((setting) => values[setting] === undefined)
    .map((setting) => ({ setting, reason: 'required outside the demo profile' }));
  const setting = 'demo.devicesFolder';
  return values[setting] === undefined ? missing : [...missing, { setting, reason: 'only for the demo profile' }];
}

/** Demo identities and floor-cost key stores must not be reachable from anywhere else. */
function demoFaults(values: Values): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  if (!isLoopback(hostOf(values)))
    faults.push({ setting: 'listen.host', reason: 'the demo profile stays on loopback' });
  for (const setting of ['trustedProxies', 'federation.rootFile', 'database.migrationUrl'] as const) {
    if (values[setting] !== undefined) faults.push({ setting, reason: 'not for the demo profile' });
  }
  return faults;
}

function exposureFaults(values: Values): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const hasCertificate = values['tls.certificateFile'] !== undefined;
  const hasKey = values['tls.keyFile'] !== undefined;
  if (hasCertificate !== hasKey) {
    faults.push({ setting: hasKey ? 'tls.certificateFile' : 'tls.keyFile', reason: 'certificate and key go together' });
  }
  const hasProxy = (values.trustedProxies?.length ?? 0) > 0;
  if (!isLoopback(hostOf(values)) && !hasCertificate && !hasProxy) {
    faults.push({
      setting: 'listen.host',
      reason: 'off loopback the server needs a certificate of its own or a declared trusted proxy',
    });
  }
  const { publicUrl } = values;
  if (publicUrl !== undefined && !publicUrl.startsWith('https:') && !isLoopback(new URL(publicUrl).hostname)) {
    faults.push({ setting: 'publicUrl', reason: 'must begin with https:// off loopback' });
  }
  return faults;
}

function databaseFaults(values: Values): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  for (const setting of ['database.url', 'database.migrationUrl'] as const) {
    const text = values[setting];
    if (text === undefined) continue;
    const url = new URL(text);
    const host = url.searchParams.get('host') ?? url.hostname;
    const isLocal = host === '' || host.startsWith('/') || isLoopback(host);
    if (!isLocal && url.searchParams.get('sslmode') !== 'verify-full') {
      faults.push({ setting, reason: 'a database on another machine needs sslmode=verify-full' });
    }
  }
  if (values['database.url'] === undefined) {
    for (const setting of ['database.migrationUrl', 'database.poolSize'] as const) {
      if (values[setting] !== undefined) faults.push({ setting, reason: 'only together with database.url' });
    }
  }
  return faults;
}

function hostOf(values: Values): string {
  return values['listen.host'] ?? '127.0.0.1';
}

function compose(values: Values): Configuration {
  const dataFolder = values.dataFolder ?? '.rogatory';
  const host = hostOf(values);
  const port = values['listen.port'] ?? 4000;
  const [certificateFile, keyFile] = [values['tls.certificateFile'], values['tls.keyFile']];
  const publicUrl = values.publicUrl?.replace(/\/$/, '') ?? (port === 0 ? undefined : `http://${host}:${port}`);
  const rootFile = values['federation.rootFile'];
  const policyFile = values['audit.policyFile'];
  const retentionFile = values['audit.retentionFile'];
  const calendarsFile = values['audit.calendarsFile'];
  const metricsPort = values['metrics.port'];
  const webFolder = values['web.folder'];
  const devicesFolder = values['demo.devicesFolder'];
  return {
    profile: values.profile ?? 'production',
    listen: { host, port },
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(certificateFile === undefined || keyFile === undefined ? {} : { tls: { certificateFile, keyFile } }),
    trustedProxies: values.trustedProxies ?? [],
    dataFolder,
    database: databaseOf(values, dataFolder),
    blobs: { folder: values['blobs.folder'] ?? join(dataFolder, 'blobs') },
    audit: {
      origin: values['audit.origin'] ?? 'demo.invalid/audit',
      signerFolder: values['audit.signerFolder'] ?? join(dataFolder, 'signer'),
      ...(policyFile === undefined ? {} : { policyFile }),
      ...(retentionFile === undefined ? {} : { retentionFile }),
      ...(calendarsFile === undefined ? {} : { calendarsFile }),
    },
    federation: rootFile === undefined ? {} : { rootFile },
    // Whoever tries the demo out reads what it prints.
    log: { level: values['log.level'] ?? (values.profile === 'demo' ? 'warn' : 'info') },
    ...(metricsPort === undefined ? {} : { metrics: { port: metricsPort } }),
    ...(webFolder === undefined ? {} : { web: { folder: webFolder } }),
    ...(devicesFolder === undefined ? {} : { demo: { devicesFolder } }),
  };
}

function databaseOf(values: Values, dataFolder: string): DatabaseSettings {
  const url = values['database.url'];
  if (url === undefined) return { kind: 'embedded', folder: dataFolder };
  const migrationUrl = values['database.migrationUrl'];
  return {
    kind: 'postgres',
    url,
    ...(migrationUrl === undefined ? {} : { migrationUrl }),
    poolSize: values['database.poolSize'] ?? limits.databasePoolConnections,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
