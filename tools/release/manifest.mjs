import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import sources from '../workspace-sources.cjs';

/** Files that decide what is installed beside what was built. */
const fixed = ['package.json', 'package-lock.json', 'schema.graphql'];
/** Modules, and the web application as it is served. */
const programs = /\.(js|mjs)$|^site\//;
/** Tests, which no program loads. */
const tests = /\.(spec|e2e|contract)\.js$/;
/**
 * What a build leaves beside its programs and nothing of ours runs: types, maps, and notes on when it was made. The note of a bundle
 * or of the web application only says whether that, which is listed, is taken.
 */
const untold = /\.(d\.ts|map)$|(^|\/)\.tsbuildinfo(-browser)?$|^(bundle\/|site-)inputs\.json$/;
const snapshots = 'libs/platform/database/dist/snapshot';

/**
 * The files that make a release, sorted: every compiled module and bundle of every workspace, and what says which packages
 * go with them. Not the empty database that a build makes for quicker first starts: it carries an identifier of its own.
 * @param {string} root @returns {string[]} paths with `/`
 */
export function releaseFiles(root) {
  const built = sources.listWorkspaces(root).flatMap(({ folder }) => [
    `${folder}/package.json`,
    ...filesIn(root, folder)
      .filter((path) => programs.test(path) && !tests.test(path))
      .map((path) => `${folder}/dist/${path}`),
  ]);
  return [...fixed, ...built].sort((a, b) => (a < b ? -1 : 1));
}

/**
 * What lies where a program of ours would take it up, although no manifest lists it; one line each. Packages from elsewhere
 * are not looked at: only whoever installs them from the lock file knows what they are.
 * @param {string} root @param {readonly string[]} listed paths of the manifest @returns {string[]}
 */
export function strangersOf(root, listed) {
  const known = new Set(listed);
  const workspaces = sources.listWorkspaces(root);
  const inBuilds = workspaces.flatMap(({ folder }) =>
    filesIn(root, folder)
      .filter((path) => !untold.test(path) && !tests.test(path))
      .map((path) => `${folder}/dist/${path}`)
      .filter((path) => !known.has(path)),
  );
  const isMade = (/** @type {string} */ path) => path.startsWith(`${snapshots}/`);
  return [
    ...inBuilds.filter((path) => !isMade(path)).map((path) => `not listed ${path}`),
    ...(inBuilds.some(isMade) ? [`not listed ${snapshots}: remove it, it is made anew by whoever runs it`] : []),
    ...workspaces.flatMap(({ folder }) => nested(root, folder)),
    ...linksOf(root, workspaces),
  ];
}

/** Everything under the build of a workspace that is no folder, so also a link. @param {string} root @param {string} folder */
function filesIn(root, folder) {
  const dist = join(root, folder, 'dist');
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
    .map((path) => path.split(sep).join('/'));
}

/** Packages in the folder of a workspace come before those of the root. @param {string} root @param {string} folder */
function nested(root, folder) {
  const found = lstatSync(join(root, folder, 'node_modules'), { throwIfNoEntry: false });
  return found === undefined ? [] : [`not listed ${folder}/node_modules`];
}

/**
 * Our own workspaces are imported by name: each name has to lead to the folder that the manifest lists, and to no other.
 * @param {string} root @param {readonly { name: string, folder: string }[]} workspaces @returns {string[]}
 */
function linksOf(root, workspaces) {
  const scope = 'node_modules/@rogatory';
  const names = new Set(workspaces.map(({ name }) => name));
  const strange = readdirSync(join(root, scope)).filter((entry) => !names.has(`@rogatory/${entry}`));
  const astray = workspaces.filter(({ name, folder }) => {
    const link = join(root, 'node_modules', name);
    const found = lstatSync(link, { throwIfNoEntry: false });
    return found?.isSymbolicLink() !== true || realpathSync(link) !== realpathSync(join(root, folder));
  });
  return [
    ...strange.map((entry) => `not listed ${scope}/${entry}`),
    ...astray.map(({ name, folder }) => `node_modules/${name} is not a link to ${folder}`),
  ];
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
