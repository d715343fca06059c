import { isIP } from 'node:net';
import { limits } from '@rogatory/kernel';
import { z } from 'zod';

/** One setting: how it is called in the environment, what it may be, and what it is for. */
export interface Setting {
  readonly variable: `ROGATORY_${string}`;
  readonly schema: z.ZodType;
  readonly purpose: string;
  /** Never printed, and a file that holds it must be private. */
  readonly isSecret?: true;
}

const text = z.string().trim().min(1).max(1024);
const path = text.refine((value) => !value.includes('\0'), 'not a path');

/** Numbers come as numbers from a file and as text from the environment. */
function integer(min: number, max: number): z.ZodType<number> {
  return z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/, `a whole number from ${min} to ${max}`)
        .transform(Number),
    ])
    .pipe(z.number().int().min(min).max(max));
}

function isHost(value: string): boolean {
  return isIP(value) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9-]{1,63})*$/i.test(value);
}

function isProxy(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

function isOrigin(value: string): boolean {
  try {
    const url = new URL(value);
    return /^https?:$/.test(url.protocol) && url.origin === value.replace(/\/$/, '');
  } catch {
    return false;
  }
}

function isPostgresUrl(value: string): boolean {
  try {
    return /^postgres(ql)?:$/.test(new URL(value).protocol);
  } catch {
    return false;
  }
}

const proxies = z
  .union([z.array(text), z.string().transform((list) => list.split(',').map((entry) => entry.trim()))])
  .pipe(z.array(z.string().refine(isProxy, 'an address, or a network with at least 8 bits')).max(32));

const postgresUrl = text.refine(isPostgresUrl, 'a URL that begins with postgres://');

/** All settings of a server, by their name in a configuration file. The only list of environment variables. */
export const settings = {
  profile: {
    variable: 'ROGATORY_PROFILE',
    schema: z.enum(['demo', 'production']),
    purpose: 'demo: fictitious federation, loopback only. production: no default for what must be decided.',
  },
  'listen.host': {
    variable: 'ROGATORY_LISTEN_HOST',
    schema: text.refine(isHost, 'a host name or an address'),
    purpose: 'address that the server listens on',
  },
  'listen.port': {
    variable: 'ROGATORY_LISTEN_PORT',
    schema: integer(0, 65_535),
    purpose: 'port that the server listens on; 0 takes a free one',
  },
  publicUrl: {
    variable: 'ROGATORY_PUBLIC_URL',
    schema: text.refine(isOrigin, 'an origin such as https://rogatory.example'),
    purpose: 'origin by which clients reach the server',
  },
  'tls.certificateFile': {
    variable: 'ROGATORY_TLS_CERTIFICATE_FILE',
    schema: path,
    purpose: 'certificate chain of the server, PEM',
  },
  'tls.keyFile': { variable: 'ROGATORY_TLS_KEY_FILE', schema: path, purpose: 'private key of that certificate, PEM' },
  trustedProxies: {
    variable: 'ROGATORY_TRUSTED_PROXIES',
    schema: proxies,
    purpose: 'addresses of the proxies that end TLS in front of the server, separated by commas',
  },
  dataFolder: {
    variable: 'ROGATORY_DATA_FOLDER',
    schema: path,
    purpose: 'folder of everything the server keeps; made private to its user',
  },
  'database.url': {
    variable: 'ROGATORY_DATABASE_URL',
    schema: postgresUrl,
    purpose: 'PostgreSQL server; without it the embedded database in the data folder',
    isSecret: true,
  },
  'database.migrationUrl': {
    variable: 'ROGATORY_DATABASE_MIGRATION_URL',
    schema: postgresUrl,
    purpose: 'the same database as the owner of its schema, when the first URL names a lesser user',
    isSecret: true,
  },
  'database.poolSize': {
    variable: 'ROGATORY_DATABASE_POOL_SIZE',
    schema: integer(2, 200),
    purpose: `connections to PostgreSQL; ${limits.databasePoolConnections} if not given`,
  },
  'blobs.folder': {
    variable: 'ROGATORY_BLOBS_FOLDER',
    schema: path,
    purpose: 'folder of sealed files; in the data folder if not given',
  },
  'audit.origin': {
    variable: 'ROGATORY_AUDIT_ORIGIN',
    schema: text.regex(/^[a-z0-9][a-z0-9./-]{2,200}$/, 'a name such as rogatory.example/audit'),
    purpose: 'name of the audit log in its checkpoints; never changes',
  },
  'audit.signerFolder': {
    variable: 'ROGATORY_AUDIT_SIGNER_FOLDER',
    schema: path,
    purpose: 'folder of the log signer, apart from the database; in the data folder if not given',
  },
  'audit.policyFile': {
    variable: 'ROGATORY_AUDIT_POLICY_FILE',
    schema: path,
    purpose: 'witnesses of the logs and their quorum (C2SP tlog-policy); without it the signer alone vouches for them',
  },
  'audit.retentionFile': {
    variable: 'ROGATORY_AUDIT_RETENTION_FILE',
    schema: path,
    purpose:
      'for how many months the facts behind audit records are kept, by legal basis (docs/erasure.md); 36 without it',
  },
  'audit.calendarsFile': {
    variable: 'ROGATORY_AUDIT_CALENDARS_FILE',
    schema: path,
    purpose: 'working hours of authorities (docs/spec/findings.md 5); without it nobody is said to work off hours',
  },
  'federation.rootFile': {
    variable: 'ROGATORY_FEDERATION_ROOT_FILE',
    schema: path,
    purpose: 'public root of the federation that this server serves',
  },
  'log.level': {
    variable: 'ROGATORY_LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    purpose: 'least level that is logged; info if not given, warn in the demo profile',
  },
  'metrics.port': {
    variable: 'ROGATORY_METRICS_PORT',
    schema: integer(0, 65_535),
    purpose: 'port of 127.0.0.1 for metrics, 0 takes a free one; without it there are none',
  },
  'web.folder': {
    variable: 'ROGATORY_WEB_FOLDER',
    schema: path,
    purpose: 'folder of the built web application, served at the address of the server; without it there is none',
  },
  'demo.devicesFolder': {
    variable: 'ROGATORY_DEMO_DEVICES_FOLDER',
    schema: path,
    purpose: 'demo profile only: folder of devices of fictitious people, each handed to the first browser that asks',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** Name of a setting in a configuration file, nested by its dots. */
export type SettingName = keyof typeof settings;

export const settingNames = Object.keys(settings) as readonly SettingName[];
