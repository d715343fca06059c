import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { importRules } from '../import-rules.mjs';
import sources from '../workspace-sources.cjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */
/** @typedef {import('dependency-cruiser').ICruiseResult} CruiseResult */

const testFile = /\.(spec|contract|e2e|bench)\.tsx?$/;

/** Import path to source file, for each entry of each export and import map. @param {string} root */
function sourceAliases(root) {
  /** @type {Record<string, string>} */
  const aliases = {};
  for (const { name, folder, manifest } of sources.listWorkspaces(root)) {
    for (const entry of Object.keys(manifest.exports ?? {})) {
      const request = entry === '.' ? name : `${name}/${entry.slice(2)}`;
      const file = sources.sourceOfExport(sources.listWorkspaces(root), root, request, ['node', 'import']);
      if (file !== undefined) aliases[`${request}$`] = file;
    }
    for (const entry of Object.keys(manifest.imports ?? {})) {
      const file = sources.sourceOfImport(join(root, folder), entry, ['node', 'import']);
      if (file !== undefined) aliases[`${entry}$`] = file;
    }
  }
  return aliases;
}

/**
 * Imports that break a rule of `import-rules.mjs`, walk around an export map or miss in a manifest. Works on sources;
 * nothing needs to be built. The current folder must be `root`.
 * @param {string} root @returns {Promise<Finding[]>}
 */
export async function checkImports(root) {
  const folders = ['apps', 'libs', 'test'].filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      ruleSet: { forbidden: importRules },
      validate: true,
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: 'node_modules' },
      // Our build output only: the packages' own `dist` folders must stay visible, or no rule sees them.
      exclude: { path: '^(apps|libs)/.+/dist/' },
    },
    {
      alias: sourceAliases(root),
      conditionNames: ['node', 'import', 'types', 'default'],
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
    },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text');
  return [...brokenRules(output), ...byNameOnly(root, output)];
}

/** @param {CruiseResult} result @returns {Finding[]} */
function brokenRules(result) {
  return result.summary.violations.map((violation) => {
    const steps = (violation.via ?? violation.cycle ?? []).map((step) => (typeof step === 'string' ? step : step.name));
    const way = steps.length > 0 ? ` by way of ${steps.join(' → ')}` : '';
    return { rule: violation.rule.name, file: violation.from, line: 1, message: `imports ${violation.to}${way}` };
  });
}

/** Between workspaces: by package name, declared in the manifest. @param {string} root @param {CruiseResult} result @returns {Finding[]} */
function byNameOnly(root, result) {
  const workspaces = sources.listWorkspaces(root);
  /** @param {string} path */
  const ownerOf = (path) => workspaces.find(({ folder }) => path.startsWith(`${folder}/`));
  return result.modules.flatMap((module) => {
    const from = ownerOf(module.source);
    if (from === undefined) return [];
    const declared = Object.keys(from.manifest.dependencies ?? {});
    return module.dependencies.flatMap((dependency) => {
      const to = ownerOf(dependency.resolved);
      if (to === undefined || to === from) return [];
      const at = { file: module.source, line: 1 };
      if (dependency.module.startsWith('.')) {
        return [{ rule: 'workspace-by-name', ...at, message: `imports ${dependency.resolved} by a relative path` }];
      }
      if (declared.includes(to.name) || testFile.test(module.source)) return [];
      return [
        {
          rule: 'declared-workspace',
          ...at,
          message: `imports ${to.name}, which ${from.folder}/package.json does not name`,
        },
      ];
    });
  });
}
