/**
 * Everything CI runs: `npm run verify`. Steps run in order and go on after a failure, so that one run shows all faults.
 *   --without-tests   leave the test run out (it was run before)
 *   --only NAME       one step; may be repeated
 *   --report FILE     write the outcome of each step as JSON
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** @typedef {{ name: string, program: string, args: string[], optional?: boolean }} Step */
/** @typedef {{ name: string, outcome: 'passed' | 'failed' | 'skipped', seconds: number }} Outcome */

const root = join(import.meta.dirname, '..');
const node = process.execPath;

/** @param {string} path */
const installed = (path) => join(root, 'node_modules', path);
/** @param {string} name @param {string[]} checks @returns {Step} */
const check = (name, ...checks) => ({ name, program: node, args: [join(root, 'tools/check.mjs'), ...checks] });

/** Shell programs of ours: by ending, and what CI starts. */
function shellPrograms() {
  const scripts = readdirSync(join(root, 'docker')).filter((name) => name.endsWith('.sh'));
  return ['.ci/run', ...scripts.map((name) => `docker/${name}`)];
}

/** Suites that `npm test` leaves out by their whole path, because they take long. @returns {string[]} */
function suitesApart() {
  /** @type {{ testPathIgnorePatterns: string[] }} */
  const { testPathIgnorePatterns } = JSON.parse(readFileSync(join(root, 'jest.config.json'), 'utf8'));
  return testPathIgnorePatterns
    .filter((pattern) => pattern.endsWith('.ts'))
    .map((pattern) => pattern.replace('<rootDir>', root));
}

const jest = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', installed('jest/bin/jest.js')];
const anySuite = ['--testPathIgnorePatterns', '/node_modules/'];

/** @type {Step[]} */
const steps = [
  { name: 'format', program: node, args: [installed('@biomejs/biome/bin/biome'), 'format', '.'] },
  { name: 'types', program: node, args: [installed('typescript/bin/tsc'), '-b'] },
  { name: 'types of tools', program: node, args: [installed('typescript/bin/tsc'), '-p', 'tools/tsconfig.json'] },
  { name: 'types of tests', program: node, args: [installed('typescript/bin/tsc'), '-p', 'test/tsconfig.json'] },
  {
    name: 'types of vectors',
    program: node,
    args: [installed('typescript/bin/tsc'), '-p', 'test/vectors/tsconfig.json'],
  },
  { name: 'lint', program: node, args: [installed('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  check('import rules', 'imports'),
  check('sizes and words', 'sizes', 'words'),
  check('lock file', 'lockfile'),
  { name: 'dead code', program: node, args: [installed('knip/bin/knip.js'), '--no-progress', '--no-config-hints'] },
  { name: 'generated files', program: node, args: [join(root, 'tools/generate.mjs'), '--check'] },
  check('documents', 'documents'),
  check('docker', 'docker'),
  { name: 'shell', program: 'shellcheck', args: shellPrograms(), optional: true },
  { name: 'release twice', program: node, args: [join(root, 'tools/release.mjs'), 'twice'] },
  { name: 'experiments', program: node, args: [join(root, 'test/experiments/run.mjs'), '--apart'] },
  { name: 'suites apart', program: node, args: [...jest, ...anySuite, '--runTestsByPath', ...suitesApart()] },
  { name: 'tests', program: 'npm', args: ['test'] },
];

/** @param {Step} step @returns {Outcome} */
function run(step) {
  console.log(`\n▸ ${step.name}`);
  const start = performance.now();
  const { status, error } = spawnSync(step.program, step.args, {
    cwd: root,
    stdio: 'inherit',
    shell: step.program === 'npm',
  });
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const missing = error !== undefined && 'code' in error && error.code === 'ENOENT';
  if (missing && step.optional === true) return { name: step.name, outcome: 'skipped', seconds };
  if (error !== undefined) console.error(error.message);
  return { name: step.name, outcome: status === 0 ? 'passed' : 'failed', seconds };
}

const { values } = parseArgs({
  options: {
    'without-tests': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    report: { type: 'string' },
  },
});
const unknown = values.only?.filter((name) => !steps.some((step) => step.name === name)) ?? [];
if (unknown.length > 0)
  throw new Error(`no step ${unknown.join(', ')}; there are ${steps.map(({ name }) => name).join(', ')}`);
const chosen = steps.filter(
  ({ name }) => values.only?.includes(name) ?? !(values['without-tests'] && name === 'tests'),
);
const outcomes = chosen.map(run);

const marks = { passed: '✓', failed: '✗', skipped: '–' };
console.log();
for (const { name, outcome, seconds } of outcomes) {
  console.log(
    `${marks[outcome]} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s${outcome === 'skipped' ? '  skipped: not installed' : ''}`,
  );
}
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(outcomes, null, 2));
if (outcomes.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
