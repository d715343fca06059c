import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundleVerifier } from './bundle-verifier.mjs';

/** Files, paths, arguments and hashes: what a verifier may ask of Node. */
const allowed = ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path', 'node:util'];
/** libsodium's way to randomness where the platform offers none; nothing reaches the network by it. */
const allowedFallback = ['crypto'];

const bytes = await bundleVerifier();
const source = new TextDecoder().decode(bytes);

describe('the verifier as a single file', () => {
  it('is the same to the byte when it is built again', async () => {
    expect(Buffer.compare(bytes, await bundleVerifier())).toBe(0);
    expect(source).not.toContain(process.cwd());
  });

  it('asks for nothing that could open a socket', () => {
    const imported = [...source.matchAll(/^import [^;]*? from "([^"]+)";$|^import "([^"]+)";$/gm)].map(
      ([, a, b]) => a ?? b,
    );
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((name) => !allowed.includes(name ?? ''))).toEqual([]);
    const required = [...source.matchAll(/\b(?:__)?require\d*\(\s*["']([^"']+)["']\s*\)/g)].map(
      ([, name]) => name ?? '',
    );
    expect(required.filter((name) => !allowedFallback.includes(name))).toEqual([]);
    // No name of a module is made up at run time.
    expect(source).not.toMatch(/\bimport\s*\(|getBuiltinModule|createRequire/);
    expect(source).not.toMatch(/sodium-native|dlopen/);
  });

  it('runs where nothing is installed, and takes the network from its own process first', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rogatory-single-'));
    try {
      const file = join(folder, 'rogatory-verify.mjs');
      writeFileSync(file, bytes);
      const help = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
      expect(help).toMatchObject({ status: 0, stderr: '' });
      expect(help.stdout).toContain('rogatory-verify export');
      const missing = spawnSync(process.execPath, [file, 'log', folder], { cwd: folder, encoding: 'utf8' });
      expect(missing.status).toBe(2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const taken = source.indexOf('Object.defineProperty(globalThis, way');
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(source.search(/\.ready\b/));
  });
});
