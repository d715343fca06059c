import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkLockfile, poisonedReleases } from './lockfile.mjs';
import { budgets, checkSizes } from './sizes.mjs';
import type { Finding } from './source-files.mjs';
import { checkWords } from './words.mjs';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rogatory-structure-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function lay(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function rulesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

/** Joins what may not stand here as one word, or this file would be refused itself. */
const spell = (...parts: string[]): string => parts.join('');
const lines = (count: number): string => '  step();\n'.repeat(count);

describe('size budgets', () => {
  it('allow a file, a function, parameters and a constructor at their limits', () => {
    lay('libs/cases/src/edge.ts', 'step();\n'.repeat(budgets.fileLines));
    lay('libs/cases/src/f.ts', `function f(a, b, c, d) {\n${lines(budgets.functionLines - 2)}}\n`);
    lay('libs/cases/src/g.ts', 'class G { constructor(a, b, c, d, e) {} }\n');
    expect(rulesOf(checkSizes(root))).toEqual([]);
  });

  it('refuse one more of each', () => {
    lay('libs/cases/src/a.ts', 'step();\n'.repeat(budgets.fileLines + 1));
    lay('libs/cases/src/b.ts', `\nexport const f = () => {\n${lines(budgets.functionLines - 1)}};\n`);
    lay('libs/cases/src/c.ts', 'class G { m(a, b, c, d, e) {} }\n');
    lay('libs/cases/src/d.ts', 'class G { constructor(a, b, c, d, e, f) {} }\n');
    expect(rulesOf(checkSizes(root))).toEqual([
      'file-lines libs/cases/src/a.ts:1',
      'function-lines libs/cases/src/b.ts:2',
      'parameters libs/cases/src/c.ts:1',
      'constructor-dependencies libs/cases/src/d.ts:1',
    ]);
  });

  it('take a chapter of tests for a chapter, and a long test for a long function', () => {
    lay('libs/cases/src/a.spec.ts', `describe('a', () => {\n${"  it('b', () => {});\n".repeat(80)}});\n`);
    lay('libs/cases/src/d.contract.ts', `export function contract() {\n${"  it('b', () => {});\n".repeat(80)}}\n`);
    lay('libs/cases/src/e.contract.ts', `export function prepare() {\n${lines(80)}}\n`);
    lay('libs/cases/src/b.spec.ts', `describe('b', () => {\n  it('is long', () => {\n${lines(80)}  });\n});\n`);
    lay('libs/cases/src/c.ts', `describe('c', () => {\n${lines(80)}});\n`);
    expect(rulesOf(checkSizes(root))).toEqual([
      'function-lines libs/cases/src/b.spec.ts:2',
      'function-lines libs/cases/src/c.ts:1',
      'function-lines libs/cases/src/e.contract.ts:1',
    ]);
  });

  it('leave generated files and build output alone', () => {
    lay('libs/client/src/operations.generated.ts', 'step();\n'.repeat(500));
    lay('libs/client/dist/index.mjs', 'step();\n'.repeat(500));
    expect(rulesOf(checkSizes(root))).toEqual([]);
  });
});

describe('rules about words', () => {
  const refused: readonly (readonly [rule: string, file: string, text: string])[] = [
    ['vague-file-name', 'libs/cases/src/case-service.ts', ''],
    ['vague-file-name', 'libs/cases/src/case.helper.ts', ''],
    ['vague-file-name', 'libs/common/src/index.ts', ''],
    ['file-name-case', 'libs/cases/src/caseStore.ts', ''],
    ['vague-type-name', 'libs/cases/src/a.ts', 'export class CaseManager {}'],
    ['vague-type-name', 'libs/cases/src/a.ts', 'export interface DateUtils { now: number }'],
    ['opened-content-on-server', 'libs/documents/src/a.ts', 'export type OpenDocument = string;'],
    ['opened-content-on-server', 'apps/api/src/a.ts', `import type { OpenTask } from './b.js';`],
    ['double-cast', 'libs/cases/src/a.ts', 'export const a = 1 as unknown as string;'],
    ['enum', 'libs/cases/src/domain/a.ts', 'export enum Role { Lead }'],
    ['synchronize', 'libs/platform/database/src/a.ts', 'export const options = { synchronize: true };'],
    ['synchronize', 'test/setup/a.ts', 'export const options = { synchronize: wanted };'],
    ['forward-ref', 'libs/cases/src/a.ts', 'forwardRef(() => A);'],
    [
      'framework-in-application',
      'libs/cases/src/application/a.ts',
      `import { Injectable, Logger } from '@nestjs/common';`,
    ],
    ['environment', 'libs/cases/src/a.ts', 'export const home = process.env.HOME;'],
    ['machine-path', 'docs/a.md', spell('see /ho', 'me/someone/notes')],
    ['download-address', 'libs/cases/a.json', spell('{ "resolved"', ': "https://registry.example/a.tgz" }')],
    ['open-mark', 'libs/cases/src/a.ts', spell('// TO', 'DO later')],
    ['test-retry', 'libs/cases/src/a.spec.ts', spell('jest.retry', 'Times(3);')],
  ];

  it.each(refused)('%s in %s: %s', (rule, file, text) => {
    lay(file, text);
    expect(rulesOf(checkWords(root))).toEqual([`${rule} ${file}:1`]);
  });

  const allowed: readonly (readonly [file: string, text: string])[] = [
    ['libs/client/src/document.ts', 'export interface OpenDocument { readonly title: string }'],
    ['libs/cases/src/graphql/case.types.ts', 'export enum CaseState { Open }'],
    ['libs/cases/src/application/a.ts', `import { Inject, Injectable } from '@nestjs/common';`],
    ['libs/platform/config/src/environment.ts', 'export const text = process.env.ROGATORY_URL;'],
    ['libs/platform/database/src/a.ts', 'export const options = { synchronize: false };'],
    ['libs/crypto/src/a.ts', 'export const sharedSecret = 1;'],
    ['docker/Dockerfile', 'WORKDIR /app'],
  ];

  it.each(allowed)('nothing in %s: %s', (file, text) => {
    lay(file, text);
    expect(rulesOf(checkWords(root))).toEqual([]);
  });
});

describe('lock file and manifests', () => {
  const real = join(import.meta.dirname, '..', '..');
  const manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as Record<string, unknown>;
  const entry = { version: '1.0.0', integrity: 'sha512-x' };

  function layProject(packages: object, dependencies: object = {}, npmrc = 'ignore-scripts=true\n'): void {
    lay('package.json', JSON.stringify({ workspaces: [], dependencies }));
    lay('package-lock.json', JSON.stringify({ packages }));
    lay('.npmrc', npmrc);
  }

  it('O16: of the project itself are in order', () => {
    cpSync(join(real, 'package-lock.json'), join(root, 'package-lock.json'));
    lay('package.json', JSON.stringify({ ...manifest, workspaces: [] }));
    cpSync(join(real, '.npmrc'), join(root, '.npmrc'));
    expect(checkLockfile(root)).toEqual([]);
  });

  it.each([
    '^1.0.0',
    '1.x',
    '*',
    'latest',
    'git+ssh://host/a',
    'https://host/a.tgz',
    'file:../a',
  ])('refuse the version %s', (version) => {
    layProject({}, { a: version });
    expect(rulesOf(checkLockfile(root))).toEqual(['exact-version package.json:1']);
  });

  it.each([
    ['download-address', { 'node_modules/a': { ...entry, resolved: 'https://registry.example/a.tgz' } }],
    ['integrity', { 'node_modules/a': { version: '1.0.0' } }],
    ['poisoned-release', { 'node_modules/x/node_modules/event-stream': { ...entry, version: '3.3.6' } }],
  ])('refuse %s', (rule, packages) => {
    layProject(packages);
    expect(rulesOf(checkLockfile(root))).toEqual([`${rule} package-lock.json:1`]);
  });

  it('refuse install scripts', () => {
    layProject({}, {}, 'fund=false\n');
    expect(rulesOf(checkLockfile(root))).toEqual(['install-scripts .npmrc:1']);
  });

  it('know releases by name and version', () => {
    expect([...poisonedReleases].filter((release) => !/^[a-z-]+@\d+\.\d+\.\d+$/.test(release))).toEqual([]);
  });
});
