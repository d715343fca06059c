import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateErrors } from '../generators/errors.mjs';
import { checkDocker } from './docker.mjs';
import { checkDocuments } from './documents.mjs';

const real = join(import.meta.dirname, '..', '..');
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rogatory-documents-'));
  cpSync(join(real, 'tsconfig.base.json'), join(root, 'tsconfig.base.json'));
  symlinkSync(join(real, 'node_modules'), join(root, 'node_modules'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function lay(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

const example = (source: string): string => `# Title\n\n\`\`\`ts\n${source}\n\`\`\`\n`;

describe('documents', () => {
  it('pass with examples that compile and links that lead somewhere', () => {
    lay(
      'README.md',
      `${example("import { readFileSync } from 'node:fs';\nconst text: string = readFileSync('a', 'utf8');\nvoid text;")}[a](docs/a.md#b) [web](https://example.org)`,
    );
    lay('docs/a.md', '[back](../README.md) [here](#b)');
    expect(checkDocuments(root)).toEqual([]);
  });

  it('name the line of an example that no longer compiles', () => {
    lay('docs/a.md', example("const a: string = 'a';\nconst b: number = a;\nvoid b;"));
    expect(checkDocuments(root)).toMatchObject([{ rule: 'example', file: 'docs/a.md', line: 5 }]);
  });

  it('name a link that leads nowhere', () => {
    lay('docs/a.md', '\n[a](../b.md)');
    expect(checkDocuments(root)).toMatchObject([{ rule: 'dead-link', file: 'docs/a.md', line: 2 }]);
  });
});

describe('container files', () => {
  const dockerfile = readFileSync(join(real, 'docker/Dockerfile'), 'utf8');
  const compose = readFileSync(join(real, 'docker/compose.yaml'), 'utf8');

  /** Rules that a changed pair of files breaks; the change itself must have taken place. */
  function rulesAfter(change: { dockerfile?: [string | RegExp, string]; compose?: [string, string] }): string[] {
    const [changedDockerfile, changedCompose] = [
      change.dockerfile === undefined ? dockerfile : dockerfile.replace(...change.dockerfile),
      change.compose === undefined ? compose : compose.replace(...change.compose),
    ];
    expect(changedDockerfile === dockerfile && changedCompose === compose).toBe(Object.keys(change).length === 0);
    lay('docker/Dockerfile', changedDockerfile);
    lay('docker/compose.yaml', changedCompose);
    lay('docs/configuration.md', readFileSync(join(real, 'docs/configuration.md'), 'utf8'));
    return [...new Set(checkDocker(root).map(({ rule }) => rule))];
  }

  it('of the project are in order', () => {
    expect(rulesAfter({})).toEqual([]);
  });

  it.each([
    ['no-root', /^USER node$/m, 'USER root'],
    ['no-root', /^USER node$/m, ''],
    ['health-check', /^HEALTHCHECK.*$/m, ''],
    ['pinned-image', /^FROM \S+ AS build$/m, 'FROM node:latest AS build'],
    ['pinned-image', /^FROM \S+ AS build$/m, 'FROM node AS build'],
    ['dockerfile', /^EXPOSE 4000$/m, 'EXPOSE four'],
    ['stages', /^FROM [\s\S]* AS dependencies$[\s\S]*?(?=^FROM)/m, ''],
  ])('refuse %s: %s', (rule, from, to) => {
    expect(rulesAfter({ dockerfile: [from, to] })).toContain(rule);
  });

  it.each([
    ['a writable container', 'read_only: true', 'read_only: false'],
    ['an open port', '"127.0.0.1:4000:4000"', '"4000:4000"'],
    ['the newest image', 'postgres:17.6-bookworm', 'postgres:latest'],
    ['an unknown key', 'pids_limit: 256', 'pids-limit: 256'],
    ['a privileged container', 'read_only: true', 'read_only: true\n    privileged: true'],
    ['a secret that nobody defines', '- rogatory.json', '- other.json'],
    ['a volume that nobody defines', 'blobs:/var/lib/rogatory', 'bulk:/var/lib/rogatory'],
    ['a bind mount', 'blobs:/var/lib/rogatory', '/:/var/lib/rogatory'],
    ['a setting that nobody reads', 'ROGATORY_CONFIG_FILE', 'ROGATORY_CONFIG'],
    ['a dependency on nothing', 'database:\n        condition', 'databse:\n        condition'],
  ])('refuse %s', (_, from, to) => {
    expect(rulesAfter({ compose: [from, to] })).toEqual(['compose']);
  });
});

describe('the list of error codes', () => {
  const kernel = `
    export class RogatoryError<Code extends string = string> extends Error {
      constructor(readonly family: string, readonly code: Code, message: string) { super(message); }
    }
    export class RefusedError<Code extends string = string> extends RogatoryError<Code> {
      constructor(code: Code, message: string) { super('refused', code, message); }
    }`;

  it('follows subclasses, unions and type parameters to the code', () => {
    lay('libs/kernel/src/errors.ts', kernel);
    lay(
      'libs/cases/src/case.errors.ts',
      `import { RefusedError } from '../../kernel/src/errors.js';
       type CaseCode = 'cases/closed' | 'cases/stale';
       export class CaseError extends RefusedError<CaseCode> {}
       export const closed = () => new CaseError('cases/closed', 'the case | is closed');
       export const any = (code: CaseCode) => new CaseError(code, 'refused');
       export function made<Code extends 'cases/a' | 'cases/b'>(code: Code) { return new RefusedError(code, 'made'); }`,
    );
    const rows = generateErrors(root)
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toEqual([
      '| `cases/a` | refused | made | `libs/cases/src/case.errors.ts` |',
      '| `cases/b` | refused | made | `libs/cases/src/case.errors.ts` |',
      '| `cases/closed` | refused | refused; the case \\| is closed | `libs/cases/src/case.errors.ts` |',
      '| `cases/stale` | refused | refused | `libs/cases/src/case.errors.ts` |',
    ]);
  });

  it('refuses a code that only shows at run time', () => {
    lay('libs/kernel/src/errors.ts', kernel);
    lay(
      'libs/cases/src/a.ts',
      `import { RefusedError } from '../../kernel/src/errors.js';\nexport const a = (code: string) => new RefusedError(code, 'a');`,
    );
    expect(() => generateErrors(root)).toThrow('libs/cases/src/a.ts:2');
  });
});
