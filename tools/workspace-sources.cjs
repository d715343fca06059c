/**
 * Where an import of one of our packages leads in source: reads the `exports` (or `imports`) map of the workspace, picks
 * the entry by conditions as Node does, and answers the file under `src` that builds to it. Tests and the import check
 * both resolve this way, so neither needs a build and neither can go around an export map.
 */
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** @typedef {{ name: string, folder: string, manifest: Record<string, any> }} Workspace */

/** @param {string} file @returns {Record<string, any>} */
function readManifest(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * All workspaces named by the root manifest; a pattern may end in `/*`.
 * @param {string} root @returns {Workspace[]}
 */
function listWorkspaces(root) {
  /** @type {string[]} */
  const patterns = readManifest(join(root, 'package.json')).workspaces;
  const folders = patterns.flatMap((pattern) =>
    pattern.endsWith('/*')
      ? readdirSync(join(root, pattern.slice(0, -2)), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => `${pattern.slice(0, -2)}/${entry.name}`)
      : [pattern],
  );
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const manifest = readManifest(join(root, folder, 'package.json'));
      return { name: manifest.name, folder, manifest };
    });
}

/**
 * The first target whose condition holds, in the order of the map; `undefined` when none does.
 * @param {unknown} entry @param {readonly string[]} conditions @returns {string | undefined}
 */
function pickTarget(entry, conditions) {
  if (typeof entry === 'string') return entry;
  if (entry === null || typeof entry !== 'object') return undefined;
  for (const [condition, target] of Object.entries(entry)) {
    if (condition !== 'default' && !conditions.includes(condition)) continue;
    const picked = pickTarget(target, conditions);
    if (picked !== undefined) return picked;
  }
  return undefined;
}

/** @param {string} folder @param {string | undefined} target @returns {string | undefined} */
function sourceOfTarget(folder, target) {
  if (target === undefined || !target.startsWith('./dist/')) return undefined;
  const stem = join(folder, 'src', target.slice('./dist/'.length).replace(/\.js$/, ''));
  return [`${stem}.ts`, `${stem}.tsx`].find((file) => existsSync(file));
}

/**
 * The source file behind `@rogatory/name` or `@rogatory/name/entry`; `undefined` when the export map has no such entry.
 * @param {readonly Workspace[]} workspaces @param {string} root @param {string} request @param {readonly string[]} conditions
 */
function sourceOfExport(workspaces, root, request, conditions) {
  const [scope, name, ...rest] = request.split('/');
  const workspace = workspaces.find((candidate) => candidate.name === `${scope}/${name}`);
  if (workspace === undefined) return undefined;
  const entry = workspace.manifest.exports?.[rest.length === 0 ? '.' : `./${rest.join('/')}`];
  return sourceOfTarget(join(root, workspace.folder), pickTarget(entry, conditions));
}

/**
 * The source file behind `#entry` as seen from a folder; `undefined` when its package has no such entry.
 * @param {string} fromFolder @param {string} request @param {readonly string[]} conditions
 */
function sourceOfImport(fromFolder, request, conditions) {
  let folder = fromFolder;
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  const entry = readManifest(join(folder, 'package.json')).imports?.[request];
  return sourceOfTarget(folder, pickTarget(entry, conditions));
}

module.exports = { listWorkspaces, sourceOfExport, sourceOfImport };
