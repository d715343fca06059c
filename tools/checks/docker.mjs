import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readText } from './source-files.mjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */

const dockerfile = 'docker/Dockerfile';
const composeFile = 'docker/compose.yaml';
/** Lists every variable; a test keeps it equal to the settings of the server. */
const settingsPage = 'docs/configuration.md';

const duration = z.string().regex(/^\d+(ms|s|m|h)$/);
const pinnedImage = z
  .string()
  .regex(/^[a-z0-9./-]+:[^:\s]+$/, 'an image is named with its version')
  .refine((image) => !image.endsWith(':latest'), 'never the newest image');
const loopbackPort = z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'a port is published on loopback only');

/** The part of the Compose format that we use, closed: an unknown or mistyped key is refused, and so is a weaker container. */
const serviceForm = z.strictObject({
  image: pinnedImage,
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_started']) }))
    .optional(),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  ports: z.array(loopbackPort).optional(),
  volumes: z.array(z.string().regex(/^[a-z-]+:\/[\w/.-]+$/, 'a named volume')),
  tmpfs: z.array(z.string().startsWith('/')),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()).min(2),
      interval: duration,
      timeout: duration,
      retries: z.int().positive(),
    })
    .optional(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  cap_add: z.array(z.enum(['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'])).optional(),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string().regex(/^\d+[mg]$/),
  pids_limit: z.int().positive(),
  stop_grace_period: duration,
  restart: z.literal('unless-stopped'),
});
const composeForm = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), serviceForm),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('./') })),
  volumes: z.record(z.string(), z.null()),
});

/**
 * Faults of the container files: what dockerfilelint finds, and what our own rules ask (pinned images, several stages, no
 * root, a health check, closed and consistent compose file). No container engine is needed.
 * @param {string} root @returns {Finding[]}
 */
export function checkDocker(root) {
  return [...lintDockerfile(root), ...checkStages(root), ...checkCompose(root)];
}

/** @param {string} root @returns {Finding[]} */
function lintDockerfile(root) {
  const program = createRequire(import.meta.url).resolve('dockerfilelint/bin/dockerfilelint');
  const text = readText(root, dockerfile).text;
  // Its exit status is the number of issues, so only a missing report says that it did not run.
  const { stdout } = spawnSync(process.execPath, [program, '-j', text], { encoding: 'utf8' });
  if (stdout === '') throw new Error('dockerfilelint gave no report');
  const report = JSON.parse(stdout);
  return report.files.flatMap(
    (/** @type {{ issues: { line: string, title: string, description: string }[] }} */ { issues }) =>
      issues.map((issue) => ({
        rule: 'dockerfile',
        file: dockerfile,
        line: Number(issue.line),
        message: `${issue.title}: ${issue.description}`,
      })),
  );
}

/** @param {string} root @returns {Finding[]} */
function checkStages(root) {
  const lines = readText(root, dockerfile).text.split('\n');
  const stages = lines.filter((line) => line.startsWith('FROM '));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  /** @type {readonly (readonly [boolean, string, string])[]} */
  const rules = [
    [stages.length > 1, 'stages', 'build tools must stay in a stage of their own'],
    [
      stages.every((line) => pinnedImage.safeParse(line.split(' ')[1]).success),
      'pinned-image',
      'an image is named with its version',
    ],
    [
      last.some((line) => /^USER (?!root\b|0\b)\S+/.test(line)),
      'no-root',
      'the last stage must run as an ordinary user',
    ],
    [last.some((line) => line.startsWith('HEALTHCHECK ')), 'health-check', 'the last stage needs a health check'],
  ];
  return rules.filter(([kept]) => !kept).map(([, rule, message]) => ({ rule, file: dockerfile, line: 1, message }));
}

/** @param {string} root @returns {Finding[]} */
function checkCompose(root) {
  const parsed = composeForm.safeParse(parseYaml(readText(root, composeFile).text));
  const at = { rule: 'compose', file: composeFile, line: 1 };
  if (!parsed.success)
    return parsed.error.issues.map((issue) => ({ ...at, message: `${issue.path.join('.')}: ${issue.message}` }));
  const { services, secrets, volumes } = parsed.data;
  const listed = readText(root, settingsPage).text;
  return Object.entries(services).flatMap(([name, service]) => {
    /** @type {readonly (readonly [string, string, object])[]} */
    const references = [
      ...Object.keys(service.depends_on ?? {}).map((other) => /** @type {const} */ (['service', other, services])),
      ...service.secrets.map((secret) => /** @type {const} */ (['secret', secret, secrets])),
      ...service.volumes.map((volume) => /** @type {const} */ (['volume', volume.split(':')[0] ?? '', volumes])),
    ];
    const unknown = references
      .filter(([, key, known]) => !(key in known))
      .map(([kind, key]) => ({ ...at, message: `${name}: no ${kind} "${key}"` }));
    const settings = Object.keys(service.environment)
      .filter((variable) => variable.startsWith('ROGATORY_') && !listed.includes(`\`${variable}\``))
      .map((variable) => ({ ...at, message: `${name}: no setting "${variable}"` }));
    unknown.push(...settings);
    const build = service.build;
    const lost = build !== undefined && !existsSync(join(root, dirname(composeFile), build.context, build.dockerfile));
    return lost ? [...unknown, { ...at, message: `${name}: no file ${build.dockerfile}` }] : unknown;
  });
}
