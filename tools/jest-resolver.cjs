/** Jest runs the TypeScript sources: imports of our packages, `#entries` and relative `.js` paths lead to `src`. */
const { existsSync } = require('node:fs');
const { join, sep } = require('node:path');
const { listWorkspaces, sourceOfExport, sourceOfImport } = require('./workspace-sources.cjs');

const root = join(__dirname, '..');
const workspaces = listWorkspaces(root);
const installed = `${sep}node_modules${sep}`;

/** @param {string} basedir @param {string} request */
function relativeSource(basedir, request) {
  if (!/^\.{1,2}\//.test(request) || !request.endsWith('.js')) return undefined;
  const stem = join(basedir, request.slice(0, -'.js'.length));
  return [`${stem}.ts`, `${stem}.tsx`].find((file) => existsSync(file));
}

/**
 * @param {string} request
 * @param {{ basedir: string, conditions?: string[], defaultResolver: (request: string, options: object) => string }} options
 * @returns {string}
 */
module.exports = (request, options) => {
  if (!options.basedir.includes(installed)) {
    const conditions = options.conditions ?? ['node', 'import'];
    const source = request.startsWith('@rogatory/')
      ? sourceOfExport(workspaces, root, request, conditions)
      : request.startsWith('#')
        ? sourceOfImport(options.basedir, request, conditions)
        : relativeSource(options.basedir, request);
    if (source !== undefined) return source;
  }
  return options.defaultResolver(request, options);
};
