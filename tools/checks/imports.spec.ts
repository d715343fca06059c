import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importRules } from '../import-rules.mjs';
import sources from '../workspace-sources.cjs';

/** rule → where the violation is laid, and the import that breaks the rule. */
type Seeds = Readonly<Record<string, readonly (readonly [file: string, source: string])[]>>;

const seeds: Seeds = {
  'kernel-layer': [['libs/kernel/src/seed.ts', `import '@rogatory/protocol';`]],
  'kernel-is-pure': [['libs/kernel/src/seed.ts', `import { readFileSync } from 'node:fs'; readFileSync('x');`]],
  'protocol-layer': [['libs/protocol/src/seed.ts', `import '@rogatory/crypto/verify';`]],
  'protocol-is-pure': [['libs/protocol/src/seed.ts', `import 'node:crypto';`]],
  'tlog-layer': [['libs/tlog/src/seed.ts', `import '@rogatory/pki';`]],
  'tlog-is-pure': [['libs/tlog/src/seed.ts', `import 'node:net';`]],
  'findings-layer': [['libs/findings/src/seed.ts', `import '@rogatory/tlog';`]],
  'findings-is-pure': [['libs/findings/src/seed.ts', `import 'node:timers';`]],
  'coordination-layer': [['libs/coordination/src/seed.ts', `import '@rogatory/chain';`]],
  'coordination-is-pure': [['libs/coordination/src/seed.ts', `import 'node:fs';`]],
  'deadlines-layer': [['libs/deadlines/src/seed.ts', `import '@rogatory/chain';`]],
  'deadlines-is-pure': [['libs/deadlines/src/seed.ts', `import 'node:fs';`]],
  'pki-layer': [['libs/pki/src/seed.ts', `import '@rogatory/chain';`]],
  'pki-is-pure': [['libs/pki/src/seed.ts', `import 'pg';`]],
  'chain-layer': [['libs/chain/src/seed.ts', `import '@rogatory/e2ee';`]],
  'chain-is-pure': [['libs/chain/src/seed.ts', `import 'node:fs/promises';`]],
  'e2ee-layer': [['libs/e2ee/src/seed.ts', `import '@rogatory/client';`]],
  'e2ee-is-pure': [['libs/e2ee/src/seed.ts', `import 'node:timers';`]],
  'evidence-layer': [['libs/evidence/src/seed.ts', `import '@rogatory/client';`]],
  'evidence-is-pure': [['libs/evidence/src/seed.ts', `import 'node:fs';`]],
  'crypto-layer': [['libs/crypto/src/seed.ts', `import '@rogatory/tlog';`]],
  'crypto-packages': [['libs/crypto/src/seed.ts', `import '@noble/curves/ed25519.js';`]],
  'libsodium-only-in-crypto': [
    ['libs/client/src/seed-sodium.ts', `import 'libsodium-wrappers';`],
    ['libs/pki/src/seed-sodium.spec.ts', `import 'libsodium-wrappers-sumo';`],
    ['libs/tlog/src/seed-sodium.ts', `import 'sodium-native';`],
  ],
  'addon-in-one-place': [
    [
      'libs/crypto/src/seed-module.ts',
      `import { createRequire } from 'node:module'; export const load = createRequire;`,
    ],
    [
      'apps/witness/src/seed-module.ts',
      `import { createRequire } from 'node:module'; export const load = createRequire;`,
    ],
  ],
  'server-reaches-no-content': [
    ['apps/api/src/seed.ts', `import '@rogatory/crypto/seal';`],
    [
      'libs/documents/src/application/seed-type.ts',
      `import type { Sealed } from '@rogatory/crypto/seal'; export type Again = Sealed;`,
    ],
    ['libs/platform/blobs/src/seed.ts', `import '@rogatory/client';`],
    // Three steps: the resolver, a neighbour, and a library that may seal but is used by the server.
    ['libs/messages/src/graphql/seed.resolver.ts', `import './seed-step.js';`],
    ['libs/cases/src/application/seed-passphrase.ts', `import '@rogatory/crypto/passphrase';`],
  ],
  'domain-is-pure': [
    ['libs/cases/src/domain/seed.ts', `import '../application/seed-use-case.js';`],
    ['libs/cases/src/domain/seed-other.ts', `import '@rogatory/documents';`],
  ],
  'domain-uses-no-package': [['libs/cases/src/domain/seed.ts', `import 'node:fs';`]],
  'application-below-transport': [
    ['libs/cases/src/application/seed-use-case.ts', `import '../graphql/seed.resolver.js';`],
  ],
  'application-uses-no-engine': [
    ['libs/cases/src/application/seed-use-case.ts', `import 'typeorm';`],
    ['libs/cases/src/application/seed-use-case-2.ts', `import '@nestjs/graphql';`],
  ],
  'application-sees-ports-only': [
    ['libs/cases/src/application/seed-use-case.ts', `import { seed } from '@rogatory/platform-database'; seed();`],
  ],
  'storage-layer': [
    ['libs/cases/src/storage/seed.store.ts', `import '../graphql/seed.resolver.js';`],
    ['libs/cases/src/storage/seed-foreign.store.ts', `import '@rogatory/documents';`],
  ],
  'storage-below-transport': [['libs/cases/src/storage/seed.store.ts', `import 'graphql';`]],
  'graphql-layer': [['libs/cases/src/graphql/seed.resolver.ts', `import '../storage/seed-plain.store.js';`]],
  'graphql-above-storage': [
    [
      'libs/cases/src/graphql/seed.resolver.ts',
      `import type { DataSource } from 'typeorm'; export type D = DataSource;`,
    ],
  ],
  'feature-by-its-face': [
    ['libs/documents/src/application/seed-face.ts', `import '../../../cases/src/domain/seed-plain.js';`],
  ],
  'features-below-apps': [['libs/cases/src/seed-app.ts', `import '@rogatory/api';`]],
  'access-layer': [['libs/access/src/seed.ts', `import '@rogatory/cases';`]],
  'policy-knows-no-framework': [
    ['libs/access/src/policy.ts', `import { Injectable } from '@nestjs/common'; Injectable();`],
  ],
  'platform-layer': [['libs/platform/bus/src/seed.ts', `import '@rogatory/protocol';`]],
  'platform-graphql-layer': [['libs/platform/graphql/src/seed.ts', `import '@rogatory/cases';`]],
  'client-layer': [['libs/client/src/seed.ts', `import '@rogatory/platform-database';`]],
  'client-without-server-packages': [['libs/client/src/seed.ts', `import '@nestjs/common';`]],
  'web-layer': [['apps/web/src/seed.ts', `import '@rogatory/cli';`]],
  'cli-layer': [['apps/cli/src/seed.ts', `import '@rogatory/platform-database';`]],
  'cli-meets-server-in-serve': [['apps/cli/src/commands/seed.ts', `import '@rogatory/api';`]],
  'verify-layer': [['apps/verify/src/seed.ts', `import '@rogatory/client';`]],
  'verify-without-network': [['apps/verify/src/seed-net.ts', `import 'node:net';`]],
  'witness-layer': [['apps/witness/src/seed.ts', `import '@rogatory/audit';`]],
  'demo-plays-outsiders': [['apps/demo/src/seed.ts', `import '@rogatory/api';`]],
  'no-circles': [['libs/pki/src/seed-round.ts', `import './seed-trip.js';`]],
  resolvable: [['libs/client/src/seed-deep.ts', `import '@rogatory/crypto/src/sodium.js';`]],
  'tests-only': [['libs/client/src/seed-test.ts', `import '@rogatory/pki/testing';`]],
  'no-development-package': [['libs/client/src/seed-dev.ts', `import 'fast-check';`]],
  'apps-on-top': [['libs/client/src/seed-app.ts', `import '@rogatory/cli';`]],
  // Not rules of dependency-cruiser, but part of the same check.
  'workspace-by-name': [['libs/client/src/seed-relative.ts', `import '../../kernel/src/index.js';`]],
  'declared-workspace': [['libs/tlog/src/seed-undeclared.ts', `import '@rogatory/audit';`]],
};

/** Files that break nothing themselves but that the seeds lead through. */
const bystanders: Seeds[string] = [
  ['libs/messages/src/graphql/seed-step.ts', `import '@rogatory/e2ee';`],
  ['libs/pki/src/seed-trip.ts', `import './seed-round.js';`],
  ['libs/cases/src/storage/seed-plain.store.ts', 'export const plain = 1;'],
  ['libs/cases/src/domain/seed-plain.ts', 'export const plain = 1;'],
  // A server command, a contract suite and a spec may do what others may not.
  ['apps/cli/src/commands/serve.ts', `import '@rogatory/api';`],
  ['libs/cases/src/storage/plain.store.contract.ts', `import '@rogatory/chain/testing'; import 'fast-check';`],
];

const root = join(import.meta.dirname, '..', '..');
const entry = `export const seed = (): void => {};\nexport interface Sealed { readonly sealed: true }\n`;
let clean = '';
let seeded = '';

/** A tree with the real manifests and one plain file per entry of each export map, so that only seeds can break rules. */
function scratchTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'rogatory-imports-'));
  cpSync(join(root, 'package.json'), join(tree, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const { folder, manifest } of sources.listWorkspaces(root)) {
    lay(tree, `${folder}/package.json`, JSON.stringify(manifest));
    for (const target of Object.values(manifest.exports as Record<string, { default: string }>)) {
      lay(tree, `${folder}/src/${target.default.slice('./dist/'.length).replace(/\.js$/, '.ts')}`, entry);
    }
  }
  for (const [file, source] of bystanders.slice(2)) lay(tree, file, source);
  return tree;
}

/** Several seeds may share a file: their imports are laid one below the other. */
function lay(tree: string, file: string, source: string): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), `${source}\n`, { flag: 'a' });
}

function checkImports(tree: string): Promise<string> {
  return new Promise((resolve) => {
    const program = join(root, 'tools', 'check.mjs');
    execFile(process.execPath, [program, 'imports', '--root', tree], (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

describe('import rules', () => {
  const trees: string[] = [];

  beforeAll(async () => {
    const seededTree = scratchTree();
    trees.push(scratchTree(), seededTree);
    for (const [file, source] of [...Object.values(seeds).flat(), ...bystanders.slice(0, 2)])
      lay(seededTree, file, source);
    [clean, seeded] = (await Promise.all(trees.map(checkImports))) as [string, string];
  });

  afterAll(() => {
    for (const tree of trees) rmSync(tree, { recursive: true });
  });

  it('find nothing in a tree that keeps them', () => {
    expect(clean).toBe('');
    expect(readdirSync(join(trees[0] ?? '', 'libs')).length).toBeGreaterThan(10);
  });

  it('have a seeded violation each', () => {
    expect(importRules.map(({ name }) => name).filter((name) => seeds[name ?? ''] === undefined)).toEqual([]);
  });

  const laid = Object.entries(seeds).flatMap(([rule, places]) => places.map(([file]) => [rule, file] as const));
  it.each(laid)('%s is reported for %s', (rule, file) => {
    expect(seeded.split('\n').filter((line) => line.startsWith(`${rule} ${file}:`))).not.toEqual([]);
  });

  it('print the chain from the server to the sealing code', () => {
    expect(seeded).toMatch(
      /server-reaches-no-content libs\/messages\/src\/graphql\/seed\.resolver\.ts.* by way of .*seed-step/,
    );
  });
});
