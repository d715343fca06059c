/**
 * Checks the structure of the project: `node tools/check.mjs [imports|sizes|words|lockfile|documents|docker]… [--root FOLDER]`. Prints one
 * line per finding, `rule file:line message`, and exits 1 when there is one.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** @typedef {import('./checks/source-files.mjs').Finding} Finding */

/**
 * Loaded when asked for: some bring a compiler along.
 * @type {Record<string, () => Promise<(root: string) => Finding[] | Promise<Finding[]>>>}
 */
const checks = {
  imports: async () => (await import('./checks/imports.mjs')).checkImports,
  sizes: async () => (await import('./checks/sizes.mjs')).checkSizes,
  words: async () => (await import('./checks/words.mjs')).checkWords,
  lockfile: async () => (await import('./checks/lockfile.mjs')).checkLockfile,
  documents: async () => (await import('./checks/documents.mjs')).checkDocuments,
  docker: async () => (await import('./checks/docker.mjs')).checkDocker,
};

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: '.' } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(checks);
const root = resolve(values.root);
process.chdir(root);

let findings = 0;
for (const name of names) {
  const load = checks[name];
  if (load === undefined) throw new Error(`no check "${name}"; there are ${Object.keys(checks).join(', ')}`);
  const check = await load();
  for (const { rule, file, line, message } of await check(root)) {
    findings += 1;
    console.log(`${rule} ${file}:${line} ${message}`);
  }
}
if (findings > 0) {
  console.error(`${findings} findings`);
  process.exitCode = 1;
}
