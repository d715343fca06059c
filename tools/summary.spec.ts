import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rogatory-summary-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const test = (fullName: string, status: string): object => ({ fullName, status });
const suite = (name: string, message: string, ...assertionResults: object[]): object => ({
  name,
  message,
  assertionResults,
});
const green = suite('a.spec.ts', '', test('a holds', 'passed'), test('b holds', 'passed'));

/** What the program prints and exits with for these reports; `undefined` leaves a report out. */
function summary(
  suites: object[] | undefined,
  steps: object[] | undefined,
): { lines: string[]; status: number | null } {
  const [tests, verify] = [join(folder, 'tests.json'), join(folder, 'verify.json')];
  if (suites !== undefined) writeFileSync(tests, JSON.stringify({ testResults: suites }));
  if (steps !== undefined) writeFileSync(verify, JSON.stringify(steps));
  const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'summary.mjs'), tests, verify], {
    encoding: 'utf8',
  });
  return { lines: stdout.trimEnd().split('\n'), status };
}

describe('summary of a run', () => {
  const steps = [{ name: 'types', outcome: 'passed' }];

  it('adds tests and steps', () => {
    expect(summary([green], steps)).toEqual({ lines: ['3 passed, 0 failed'], status: 0 });
  });

  it('names what was skipped without counting it', () => {
    const skipped = suite('b.spec.ts', '', test('postgres holds', 'pending'));
    expect(summary([green, skipped], [{ name: 'shell', outcome: 'skipped' }])).toEqual({
      lines: ['skipped  postgres holds', 'skipped  verify: shell', '2 passed, 0 failed'],
      status: 0,
    });
  });

  it.each([
    ['a failed test', [suite('b.spec.ts', 'b fails', test('b fails', 'failed'))], steps],
    ['a suite that did not start', [green, suite('b.spec.ts', 'SyntaxError')], steps],
    ['a failed step', [green], [{ name: 'types', outcome: 'failed' }]],
    ['an empty run', [], steps],
    ['no test report', undefined, steps],
    ['no report of verify', [green], undefined],
  ])('fails for %s', (_, suites, reported) => {
    const { lines, status } = summary(suites, reported);
    expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
    expect(status).toBe(1);
  });
});
