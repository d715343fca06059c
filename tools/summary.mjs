/**
 * Adds up a test run and the steps of verify: `node tools/summary.mjs TESTS.json VERIFY.json`. Names what failed or was
 * skipped and ends with `N passed, N failed`; a missing report and a suite that could not start count as failed.
 */
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: string[], skipped: string[] }} Sum */
/** @typedef {{ name: string, message: string, assertionResults: { fullName: string, status: string }[] }} Suite */

/** @param {string} file @returns {any} */
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** @param {string} file @returns {Sum} */
function sumTests(file) {
  if (!existsSync(file)) return { passed: 0, failed: ['the test run left no report'], skipped: [] };
  /** @type {Suite[]} */
  const suites = read(file).testResults;
  if (suites.length === 0) return { passed: 0, failed: ['the test run found no test'], skipped: [] };
  const tests = suites.flatMap(({ assertionResults }) => assertionResults);
  /** @param {string[]} states */
  const named = (...states) => tests.filter(({ status }) => states.includes(status)).map(({ fullName }) => fullName);
  const broken = suites.filter(
    ({ message, assertionResults }) => message !== '' && assertionResults.every(({ status }) => status !== 'failed'),
  );
  return {
    passed: named('passed').length,
    failed: [...named('failed'), ...broken.map(({ name }) => `${name} did not run`)],
    skipped: named('pending', 'skipped', 'todo', 'disabled'),
  };
}

/** @param {string} file @returns {Sum} */
function sumSteps(file) {
  if (!existsSync(file)) return { passed: 0, failed: ['verify left no report'], skipped: [] };
  /** @type {{ name: string, outcome: string }[]} */
  const steps = read(file);
  /** @param {string} wanted */
  const named = (wanted) => steps.filter(({ outcome }) => outcome === wanted).map(({ name }) => `verify: ${name}`);
  return { passed: named('passed').length, failed: named('failed'), skipped: named('skipped') };
}

const [testFile = '', stepFile = ''] = process.argv.slice(2);
const sums = [sumTests(testFile), sumSteps(stepFile)];
const failed = sums.flatMap((sum) => sum.failed);
const passed = sums.reduce((total, sum) => total + sum.passed, 0);

for (const name of sums.flatMap((sum) => sum.skipped)) console.log(`skipped  ${name}`);
for (const name of failed) console.log(`failed   ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
if (failed.length > 0) process.exitCode = 1;
