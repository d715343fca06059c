import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { differencesOf, manifestOf } from './release/manifest.mjs';
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
