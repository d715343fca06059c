import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { differencesOf, manifestOf, releaseFiles, strangersOf } from './release/manifest.mjs';
import { partsList } from './release/parts-list.mjs';
import { signersOf } from './release/signatures.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rogatory-release-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Record<string, { readonly version: string; readonly dev?: boolean; readonly link?: boolean }>;
};

describe('O16: the parts list', () => {
  const text = partsList({ name: 'rogatory', version: '0.1.0' }, lock);
  const { components } = JSON.parse(text) as {
    readonly components: readonly { readonly purl: string; readonly hashes: readonly { readonly content: string }[] }[];
  };

  it('names every package that is installed with a release, each with its hash', () => {
    const installed = Object.entries(lock.packages).filter(
      ([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true,
    );
    const wanted = new Set(installed.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`));
    const named = components.map(({ purl }) => purl.slice('pkg:npm/'.length).replace('%40', '@'));
    expect([...named].sort()).toEqual([...wanted].sort());
    expect(named.length).toBeGreaterThan(100);
    expect(components.filter(({ hashes }) => !/^[0-9a-f]{128}$/.test(hashes[0]?.content ?? ''))).toEqual([]);
  });

  it('leaves out what only developers install, and is the same to the byte each time', () => {
    expect(components.map(({ purl }) => purl).filter((purl) => purl.startsWith('pkg:npm/jest@'))).toEqual([]);
    expect(partsList({ name: 'rogatory', version: '0.1.0' }, lock)).toBe(text);
  });
});

describe('I16: the manifest', () => {
  it('is what sha256sum checks, and tells one changed byte, a missing and a new file', () => {
    mkdirSync(join(folder, 'a'));
    for (const [name, text] of [
      ['a/one.js', '1'],
      ['two.mjs', '2'],
    ] as const)
      writeFileSync(join(folder, name), text);
    const manifest = manifestOf(folder, ['a/one.js', 'two.mjs']);
    expect(differencesOf(manifest, manifest)).toEqual([]);
    const { status } = spawnSync('sha256sum', ['--check', '--strict'], { cwd: folder, input: manifest });
    if (status !== null) expect(status).toBe(0);
    writeFileSync(join(folder, 'a/one.js'), '3');
    expect(differencesOf(manifest, manifestOf(folder, ['a/one.js', 'two.mjs']))).toEqual(['other bytes a/one.js']);
    expect(differencesOf(manifest, manifestOf(folder, ['two.mjs']))).toEqual(['missing a/one.js']);
    expect(differencesOf(manifestOf(folder, ['two.mjs']), manifest)).toEqual(['not listed a/one.js']);
    expect(() => differencesOf('garbage', manifest)).toThrow('malformed');
  });
});

describe('I16: what lies beside the files of the manifest', () => {
  const put = (path: string, text = ''): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const strangers = (): string[] => strangersOf(folder, releaseFiles(folder));

  beforeEach(() => {
    put('package.json', JSON.stringify({ workspaces: ['libs/platform/database', 'apps/*'] }));
    for (const [name, place] of [
      ['database', 'libs/platform/database'],
      ['api', 'apps/api'],
    ] as const) {
      put(`${place}/package.json`, JSON.stringify({ name: `@rogatory/${name}` }));
      for (const file of ['index.js', 'index.js.map', 'index.d.ts', 'index.spec.js', '.tsbuildinfo'])
        put(`${place}/dist/${file}`);
      mkdirSync(join(folder, 'node_modules/@rogatory'), { recursive: true });
      symlinkSync(join('../..', place), join(folder, 'node_modules/@rogatory', name));
    }
    put('apps/api/dist/bundle/server.mjs');
    put('apps/api/dist/bundle/inputs.json', '{}');
  });

  it('is nothing after a build', () => {
    expect(strangers()).toEqual([]);
    expect(releaseFiles(folder)).toContain('apps/api/dist/bundle/server.mjs');
  });

  it('is told: other files, an empty database, links', () => {
    put('apps/api/dist/package.json', '{}');
    put('apps/api/dist/native.node');
    put('apps/api/dist/inputs.json', '{}');
    symlinkSync('..', join(folder, 'apps/api/dist/elsewhere'));
    put('libs/platform/database/dist/snapshot/pglite-1/base/1');
    put('libs/platform/database/dist/snapshot/pglite-1.tar');
    expect(strangers().sort()).toEqual([
      'not listed apps/api/dist/elsewhere',
      'not listed apps/api/dist/inputs.json',
      'not listed apps/api/dist/native.node',
      'not listed apps/api/dist/package.json',
      'not listed libs/platform/database/dist/snapshot: remove it, it is made anew by whoever runs it',
    ]);
  });

  it('is told: packages that would be taken for ours, or before those of the root', () => {
    rmSync(join(folder, 'node_modules/@rogatory/api'));
    put('node_modules/@rogatory/api/package.json', '{}');
    symlinkSync('../../apps/api', join(folder, 'node_modules/@rogatory/more'));
    put('libs/platform/database/node_modules/typeorm/package.json', '{}');
    expect(strangers()).toEqual([
      'not listed libs/platform/database/node_modules',
      'not listed node_modules/@rogatory/more',
      'node_modules/@rogatory/api is not a link to apps/api',
    ]);
    rmSync(join(folder, 'node_modules/@rogatory/database'));
    symlinkSync('../../apps/api', join(folder, 'node_modules/@rogatory/database'));
    expect(strangers()).toContain('node_modules/@rogatory/database is not a link to libs/platform/database');
  });
});

const hasKeygen = spawnSync('ssh-keygen', ['-V']).error === undefined;
const withKeygen = hasKeygen ? describe : describe.skip;

withKeygen(`I16, O16: who vouches for a release${hasKeygen ? '' : ' (skipped: ssh-keygen is not installed)'}`, () => {
  const keygen = (...args: string[]): string => {
    const { status, stderr } = spawnSync('ssh-keygen', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stderr;
  };
  const sign = (name: string, namespace = 'rogatory-release'): void => {
    keygen('-Y', 'sign', '-f', join(folder, name), '-n', namespace, join(folder, 'SHA256SUMS'));
    const signature = readFileSync(join(folder, 'SHA256SUMS.sig'));
    writeFileSync(join(folder, `SHA256SUMS.${name}.sig`), signature);
    rmSync(join(folder, 'SHA256SUMS.sig'));
  };
  const signers = (): string => join(folder, 'allowed');

  beforeEach(() => {
    writeFileSync(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  a.js\n`);
    for (const name of ['ann', 'ben', 'eve']) keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name));
    const line = (principal: string, name: string): string =>
      `${principal} ${readFileSync(join(folder, `${name}.pub`), 'utf8')}`;
    // One key under two names is one voice.
    writeFileSync(signers(), line('ann@xa', 'ann') + line('ben@xb', 'ben') + line('ann-again@xa', 'ann'));
  });

  it('counts each key on the list once', () => {
    sign('ann');
    sign('ben');
    const again = readFileSync(join(folder, 'SHA256SUMS.ann.sig'));
    writeFileSync(join(folder, 'SHA256SUMS.copied.sig'), again);
    const { keys, refused } = signersOf(folder, signers());
    expect([keys.size, refused]).toEqual([2, []]);
  });

  it('counts the key that signed, and neither another of the same person nor one of another type', () => {
    keygen('-q', '-t', 'ecdsa', '-N', '', '-f', join(folder, 'old'));
    const line = (principal: string, name: string): string =>
      `${principal} ${readFileSync(join(folder, `${name}.pub`), 'utf8')}`;
    writeFileSync(signers(), line('ann@xa', 'old') + line('ann@xa', 'ann') + line('ann@xa', 'ben'));
    for (const name of ['ann', 'ben', 'old']) sign(name);
    const keyOf = (name: string) => readFileSync(join(folder, `${name}.pub`), 'utf8').split(' ')[1] ?? '';
    expect(signersOf(folder, signers())).toEqual({
      keys: new Set([keyOf('ann'), keyOf('ben')]),
      refused: ['SHA256SUMS.old.sig'],
    });
    writeFileSync(signers(), line('ann@xa namespaces="file"', 'ann') + line('ben@xb cert-authority', 'ben'));
    expect(signersOf(folder, signers()).keys.size).toBe(0);
  });

  it('takes no key that is not on the list, no signature for another purpose, none on other bytes', () => {
    sign('eve');
    sign('ann', 'file');
    expect(signersOf(folder, signers())).toEqual({
      keys: new Set(),
      refused: ['SHA256SUMS.ann.sig', 'SHA256SUMS.eve.sig'],
    });
    sign('ben');
    writeFileSync(join(folder, 'SHA256SUMS'), `${'1'.repeat(64)}  a.js\n`);
    expect(signersOf(folder, signers()).keys.size).toBe(0);
  });
});
