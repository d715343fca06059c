/**
 * Experiments by name: `npm run experiment -- E10 [--long]`. Without a name it lists them; `--apart` means all that
 * `npm test` leaves out. An experiment is a suite `test/experiments/<id>-*.e2e.ts` whose first comment begins with its id;
 * its report is printed at the end, and the exit code is 0 only when every claim held and at least one was examined.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const folder = import.meta.dirname;
const root = join(folder, '..', '..');
const ending = '.e2e.ts';

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);
/** @param {string} text */
const complain = (text) => process.stderr.write(`${text}\n`);

/** @typedef {{ id: string, file: string, about: string }} Experiment */

/** @returns {Experiment[]} in the order of their numbers */
function experiments() {
  const files = readdirSync(folder).filter((name) => /^e\d+-.+\.e2e\.ts$/.test(name));
  return files
    .map((file) => ({ id: file.slice(0, file.indexOf('-')).toUpperCase(), file, about: aboutOf(file) }))
    .sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

/** The first sentence of the suite's own comment; else its file name in words. @param {string} file */
function aboutOf(file) {
  const text = readFileSync(join(folder, file), 'utf8');
  const comment = /^\/\*\*([\s\S]*?)\*\//m.exec(text)?.[1] ?? '';
  const plain = comment.replaceAll(/\s*\n \*\s?/g, ' ').trim();
  const sentence = /^E\d+:\s+(.+?)\.(?:\s|$)/.exec(plain)?.[1];
  return sentence ?? file.slice(file.indexOf('-') + 1, -ending.length).replaceAll('-', ' ');
}

/** @param {readonly Experiment[]} all */
function listOf(all) {
  return all.map(({ id, about }) => `  ${id.padEnd(4)} ${about}`).join('\n');
}

/** @param {Experiment} experiment @param {boolean} isLong @returns {boolean} whether it held */
function carryOut({ id, file }, isLong) {
  const reports = mkdtempSync(join(tmpdir(), 'rogatory-experiment-'));
  const lines = join(reports, 'report.txt');
  const outcome = join(reports, 'outcome.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  const chosen = ['--runInBand', '--testPathIgnorePatterns', '/node_modules/', '--runTestsByPath', join(folder, file)];
  const asked = ['--json', '--outputFile', outcome, '--verbose', '--forceExit', ...chosen];
  try {
    const { status } = spawnSync(process.execPath, [...flags, jest, ...asked], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ROGATORY_EXPERIMENT_REPORT: lines, ...(isLong ? { ROGATORY_LONG: '1' } : {}) },
    });
    say(`\n${id}, ${isLong ? 'long' : 'short'} mode\n${readOr(lines, '  (no figures)')}`);
    const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = JSON.parse(readOr(outcome, '{}'));
    const hasHeld = status === 0 && numPassedTests > 0;
    const counts = `${numPassedTests} claims held, ${numFailedTests} did not, ${numPendingTests} could not be examined`;
    say(`${id}: ${hasHeld ? 'HELD' : 'DID NOT HOLD'} (${counts})`);
    return hasHeld;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** @param {string} file @param {string} otherwise */
function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/** Those whose suites `npm test` does not run. @param {readonly Experiment[]} all */
function apart(all) {
  /** @type {{ testPathIgnorePatterns: string[] }} */
  const { testPathIgnorePatterns } = JSON.parse(readFileSync(join(root, 'jest.config.json'), 'utf8'));
  const ignored = testPathIgnorePatterns.map((pattern) => new RegExp(pattern.replace('<rootDir>/', '')));
  return all.filter(({ file }) => ignored.some((pattern) => pattern.test(`test/experiments/${file}`)));
}

const usage = 'usage: npm run experiment -- ID… [--long]';

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { long: { type: 'boolean', default: false }, apart: { type: 'boolean', default: false } },
  });
  const all = experiments();
  if (positionals.length === 0 && !values.apart) {
    say(`${usage}\n${listOf(all)}`);
    return;
  }
  const wanted = positionals.map((name) => all.find(({ id }) => id === name.toUpperCase()) ?? name);
  const unknown = wanted.filter((name) => typeof name === 'string');
  if (unknown.length > 0) {
    complain(`no experiment ${unknown.join(', ')}; there are\n${listOf(all)}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const named = wanted.filter((found) => typeof found !== 'string');
  const chosen = values.apart ? apart(all) : named;
  const outcomes = chosen.map((experiment) => carryOut(experiment, values.long));
  if (!outcomes.every((hasHeld) => hasHeld)) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  complain(`${error instanceof Error ? error.message : 'failed'}\n${usage}`);
  process.exitCode = 2;
}
