import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sources from '../workspace-sources.cjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */

const exactVersion = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Releases that carried an attack, by public report; none may come back through a careless bump. */
export const poisonedReleases = new Set(
  [
    // 2025-09, a maintainer's account taken over by phishing
    'ansi-regex@6.2.1 ansi-styles@6.2.2 backslash@0.2.1 chalk@5.6.1 chalk-template@1.1.1 color@5.0.1',
    'color-convert@3.1.1 color-name@2.0.1 color-string@2.1.1 debug@4.4.2 error-ex@1.3.3 has-ansi@6.0.1',
    'is-arrayish@0.3.3 simple-swizzle@0.2.3 slice-ansi@7.1.1 strip-ansi@7.1.1 supports-color@10.2.1',
    'supports-hyperlinks@4.1.1 wrap-ansi@9.0.1',
    // 2021 and earlier
    'ua-parser-js@0.7.29 ua-parser-js@0.8.0 ua-parser-js@1.0.0 coa@2.0.3 coa@2.0.4 rc@1.2.9 rc@1.3.9',
    'event-stream@3.3.6 flatmap-stream@0.1.1 eslint-scope@3.7.2 node-ipc@10.1.1 node-ipc@10.1.2',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Manifests pin exact versions; the lock file names no download address, has a hash for each package, and holds no
 * release known to carry an attack.
 * @param {string} root @returns {Finding[]}
 */
export function checkLockfile(root) {
  return [...checkManifests(root), ...checkLock(root), ...checkInstallScripts(root)];
}

/** @param {string} root @returns {Finding[]} */
function checkManifests(root) {
  const folders = ['.', ...sources.listWorkspaces(root).map(({ folder }) => folder)];
  return folders.flatMap((folder) => {
    const file = join(folder, 'package.json');
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8'));
    const wanted = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies, manifest.overrides];
    return wanted
      .flatMap((set) => Object.entries(set ?? {}))
      .filter(([, version]) => typeof version !== 'string' || !exactVersion.test(version))
      .map(([name, version]) => ({
        rule: 'exact-version',
        file,
        line: 1,
        message: `${name} ${JSON.stringify(version)} is not one version`,
      }));
  });
}

/** @param {string} root @returns {Finding[]} */
function checkLock(root) {
  const file = 'package-lock.json';
  if (!existsSync(join(root, file))) return [{ rule: 'lock-file', file, line: 1, message: 'is missing' }];
  /** @type {{ packages: Record<string, { version?: string, resolved?: string, integrity?: string, link?: boolean }> }} */
  const lock = JSON.parse(readFileSync(join(root, file), 'utf8'));
  return Object.entries(lock.packages).flatMap(([path, entry]) => {
    const name = path.split('node_modules/').at(-1) ?? path;
    /** @type {Finding[]} */
    const findings = [];
    /** @param {string} rule @param {string} message */
    const report = (rule, message) => findings.push({ rule, file, line: 1, message: `${path}: ${message}` });
    if (/^\w+:\/\//.test(entry.resolved ?? '')) report('download-address', 'names a download address');
    if (path.includes('node_modules/') && entry.link !== true && entry.integrity === undefined)
      report('integrity', 'has no hash');
    if (poisonedReleases.has(`${name}@${entry.version}`))
      report('poisoned-release', `${entry.version} carried an attack`);
    return findings;
  });
}

/** @param {string} root @returns {Finding[]} */
function checkInstallScripts(root) {
  const file = '.npmrc';
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  return /^ignore-scripts=true$/m.test(text)
    ? []
    : [{ rule: 'install-scripts', file, line: 1, message: 'must say ignore-scripts=true' }];
}
