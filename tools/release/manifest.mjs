import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sources from '../workspace-sources.cjs';

/** Files that decide what is installed beside what was built. */
const fixed = ['package.json', 'package-lock.json', 'schema.graphql'];
const programs = /\.(js|mjs)$/;
/** What a build leaves beside its programs: notes on when it was made, and tests, which no program loads. */
const untold = /\.(spec|e2e|contract)\.js$/;

/**
 * The files that make a release, sorted: every compiled module and bundle of every workspace, and what says which packages
 * go with them. Not the empty database that a build makes for quicker first starts: it carries an identifier of its own.
 * @param {string} root @returns {string[]} paths with `/`
 */
export function releaseFiles(root) {
  const built = sources.listWorkspaces(root).flatMap(({ folder }) => [
    `${folder}/package.json`,
    ...readdirSync(join(root, folder, 'dist'), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/dist/${path.replaceAll('\\', '/')}`)
      .filter((path) => programs.test(path) && !untold.test(path)),
  ]);
  return [...fixed, ...built].sort((a, b) => (a < b ? -1 : 1));
}

/** In the form of `sha256sum`, which can check it without us. @param {string} root @param {readonly string[]} files */
export function manifestOf(root, files) {
  const digest = (/** @type {string} */ file) =>
    createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex');
  return files.map((file) => `${digest(file)}  ${file}\n`).join('');
}

/**
 * What differs between two manifests, one line each: a file that is missing, that is new, or that has other bytes.
 * @param {string} wanted @param {string} found @returns {string[]}
 */
export function differencesOf(wanted, found) {
  const [before, after] = [linesOf(wanted), linesOf(found)];
  const gone = [...before].flatMap(([file, digest]) => {
    const other = after.get(file);
    if (other === digest) return [];
    return [other === undefined ? `missing ${file}` : `other bytes ${file}`];
  });
  return [...gone, ...[...after.keys()].filter((file) => !before.has(file)).map((file) => `not listed ${file}`)];
}

/** @param {string} manifest @returns {Map<string, string>} digest by file */
function linesOf(manifest) {
  return new Map(
    manifest
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, digest, file] = /^([0-9a-f]{64}) {2}([^\s].*)$/.exec(line) ?? [];
        if (digest === undefined || file === undefined) throw new Error('a line of the manifest is malformed');
        return [file, digest];
      }),
  );
}
