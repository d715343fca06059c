import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError } from './configuration-error.js';
import { loadConfiguration } from './load-configuration.js';
import { isLoopback } from './loopback.js';
import { parseConfiguration } from './parse-configuration.js';
import { settingNames, settings } from './settings.js';
import { settingsTable } from './settings-table.js';

const PRODUCTION = {
  ROGATORY_PROFILE: 'production',
  ROGATORY_DATA_FOLDER: '/srv/rogatory',
  ROGATORY_PUBLIC_URL: 'https://rogatory.example',
  ROGATORY_AUDIT_ORIGIN: 'rogatory.example/audit',
  ROGATORY_FEDERATION_ROOT_FILE: '/etc/rogatory/root.json',
};

function faultsOf(environment: Record<string, string>, content?: unknown, isPrivate = true): Record<string, string> {
  try {
    parseConfiguration({ environment, ...(content === undefined ? {} : { file: { content, isPrivate } }) });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.faults.map(({ setting, reason }) => [setting, reason]));
  }
  return {};
}

describe('the demo profile', () => {
  it('needs nothing else', () => {
    expect(parseConfiguration({ environment: { ROGATORY_PROFILE: 'demo' } })).toEqual({
      profile: 'demo',
      listen: { host: '127.0.0.1', port: 4000 },
      publicUrl: 'http://127.0.0.1:4000',
      trustedProxies: [],
      dataFolder: '.rogatory',
      database: { kind: 'embedded', folder: '.rogatory' },
      blobs: { folder: join('.rogatory', 'blobs') },
      audit: { origin: 'demo.invalid/audit', signerFolder: join('.rogatory', 'signer') },
      federation: {},
      log: { level: 'warn' },
    });
  });

  it('stays on loopback, even with a certificate', () => {
    const faults = faultsOf({
      ROGATORY_PROFILE: 'demo',
      ROGATORY_LISTEN_HOST: '0.0.0.0',
      ROGATORY_TLS_CERTIFICATE_FILE: 'c.pem',
      ROGATORY_TLS_KEY_FILE: 'k.pem',
      ROGATORY_TRUSTED_PROXIES: '10.0.0.1',
    });
    expect(faults).toEqual({
      'listen.host': 'the demo profile stays on loopback',
      trustedProxies: 'not for the demo profile',
    });
  });
});

describe('the production profile', () => {
  it('is what a server without profile is held to', () => {
    expect(Object.keys(faultsOf({})).sort()).toEqual([
      'audit.origin',
      'dataFolder',
      'federation.rootFile',
      'profile',
      'publicUrl',
    ]);
  });

  it('is complete with its required settings on loopback', () => {
    const configuration = parseConfiguration({ environment: PRODUCTION });
    expect(configuration).toMatchObject({ profile: 'production', publicUrl: 'https://rogatory.example' });
    expect(Object.isFrozen(configuration) && Object.isFrozen(configuration.listen)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '192.0.2.7',
    'rogatory.example',
    '127.0.0.1.example',
  ])('does not listen on %s without a certificate or a trusted proxy', (host) => {
    const open = { ...PRODUCTION, ROGATORY_LISTEN_HOST: host };
    expect(faultsOf(open)).toEqual({ 'listen.host': expect.stringContaining('certificate') });
    expect(faultsOf({ ...open, ROGATORY_TLS_CERTIFICATE_FILE: 'c.pem', ROGATORY_TLS_KEY_FILE: 'k.pem' })).toEqual({});
    expect(faultsOf({ ...open, ROGATORY_TRUSTED_PROXIES: '192.0.2.1, 2001:db8::/32' })).toEqual({});
    expect(faultsOf({ ...open, ROGATORY_TRUSTED_PROXIES: '' })).toHaveProperty(['listen.host']);
  });

  it('hands out no devices, whatever its profile is said to be', () => {
    const folder = { ROGATORY_DEMO_DEVICES_FOLDER: '/srv/rogatory/demo/browser' };
    const fault = { 'demo.devicesFolder': 'only for the demo profile' };
    expect(faultsOf({ ...PRODUCTION, ...folder })).toEqual(fault);
    const { ROGATORY_PROFILE: _, ...unsaid } = PRODUCTION;
    expect(faultsOf({ ...unsaid, ...folder })).toMatchObject(fault);
    expect(faultsOf({ ROGATORY_PROFILE: 'demo', ...folder })).toEqual({});
  });

  it('does not name an unprotected origin off loopback', () => {
    expect(faultsOf({ ...PRODUCTION, ROGATORY_PUBLIC_URL: 'http://rogatory.example' })).toEqual({
      publicUrl: 'must begin with https:// off loopback',
    });
  });

  it('does not trust every proxy', () => {
    for (const proxies of ['0.0.0.0/0', '::/0', 'proxy.example', '10.0.0.1/33', '10.0.0.1/8/8']) {
      expect(faultsOf({ ...PRODUCTION, ROGATORY_TRUSTED_PROXIES: proxies })).toHaveProperty('trustedProxies');
    }
  });

  it('takes a database on another machine only with a verified certificate', () => {
    const at = (url: string) => faultsOf({ ...PRODUCTION, ROGATORY_DATABASE_URL: url });
    expect(at('postgres://u:p@db.example/r')).toEqual({ 'database.url': expect.stringContaining('verify-full') });
    expect(at('postgres://u:p@db.example/r?sslmode=require')).toHaveProperty(['database.url']);
    expect(at('postgres://u:p@db.example/r?sslmode=verify-full')).toEqual({});
    expect(at('postgres://u:p@127.0.0.1/r')).toEqual({});
    expect(at('postgres://u@localhost/r?host=%2Frun%2Fpostgresql')).toEqual({});
    expect(at('postgres://u@localhost/r?host=db.example')).toHaveProperty(['database.url']);
    expect(at('mysql://u@localhost/r')).toHaveProperty(['database.url']);
  });
});

describe('faults', () => {
  it('come all at once, and quote no value', () => {
    const secret = 'postgres://u:very-secret@';
    const environment = {
      ...PRODUCTION,
      ROGATORY_LISTEN_PORT: '99999',
      ROGATORY_LOG_LEVEL: 'very-secret',
      ROGATORY_DATABASE_URL: secret,
      ROGATORY_DATABASE_POOL_SIZE: 'many',
      ROGATORY_TLS_KEY_FILE: 'k.pem',
      ROGATORY_DATABSE_URL: 'typing error',
    };
    const faults = faultsOf(environment);
    expect(Object.keys(faults).sort()).toEqual([
      'ROGATORY_DATABSE_URL',
      'database.poolSize',
      'database.url',
      'listen.port',
      'log.level',
      'tls.certificateFile',
    ]);
    expect(JSON.stringify(faults)).not.toContain('very-secret');
  });

  it('include unknown and misplaced settings of a file, and secrets in a file that others can read', () => {
    const content = {
      listen: { port: 4443, prot: 1 },
      tls: 'yes',
      colour: 'blue',
      database: { url: 'postgres://u:p@127.0.0.1/r' },
    };
    expect(faultsOf(PRODUCTION, content, false)).toEqual({
      'listen.prot': 'no such setting',
      tls: 'must be an object',
      colour: 'no such setting',
      'database.url': 'stands in a file that other users can read',
    });
    expect(faultsOf(PRODUCTION, [1])).toEqual({ file: 'must be an object' });
  });
});

describe('sources', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rogatory-config-'));
  const saved = { ...process.env };
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(() => {
    process.env = { ...saved };
  });

  it('override each other: command line, environment, file', () => {
    const path = join(scratch, 'server.json');
    writeFileSync(
      path,
      JSON.stringify({ profile: 'demo', listen: { port: 1 }, log: { level: 'warn' }, dataFolder: 'f' }),
    );
    chmodSync(path, 0o600);
    Object.assign(process.env, {
      ROGATORY_CONFIG_FILE: path,
      ROGATORY_LISTEN_PORT: '2',
      ROGATORY_LOG_LEVEL: 'error',
    });
    expect(loadConfiguration({ 'listen.port': 3 })).toMatchObject({
      listen: { port: 3 },
      log: { level: 'error' },
      dataFolder: 'f',
    });
  });

  it('fail as faults when the file is absent or no JSON', () => {
    const path = join(scratch, 'broken.json');
    writeFileSync(path, '{');
    for (const name of [path, join(scratch, 'absent.json')]) {
      process.env.ROGATORY_CONFIG_FILE = name;
      expect(() => loadConfiguration()).toThrow(expect.objectContaining({ code: 'config/invalid' }));
    }
  });
});

describe('settings', () => {
  it('have one variable each', () => {
    const variables = settingNames.map((name) => settings[name].variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

describe('docs/configuration.md', () => {
  it('holds the table of all settings', () => {
    const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toContain(settingsTable());
  });
});

describe('loopback', () => {
  it('is what leads to this machine only', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.nip.io', '', '::ffff:10.0.0.1']) {
      expect(isLoopback(host)).toBe(false);
    }
  });
});
