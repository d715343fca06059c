/**
 * Checks the structure of the project: `node tools/check.mjs [imports|sizes|words|lockfile|documents|docker]… [--root FOLDER]`. Prints one
 * line per finding, `rule file:line message`, and exits 1 when there is one.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkDocker } from './checks/docker.mjs';
import { checkDocuments } from './checks/documents.mjs';
import { checkImports } from './checks/imports.mjs';
import { checkLockfile } from './checks/lockfile.mjs';
import { checkSizes } from './checks/sizes.mjs';
import { checkWords } from './checks/words.mjs';

/** @typedef {import('./checks/source-files.mjs').Finding} Finding */

/** @type {Record<string, (root: string) => Finding[] | Promise<Finding[]>>} */
const checks = {
  imports: checkImports,
  sizes: checkSizes,
  words: checkWords,
  lockfile: checkLockfile,
  documents: checkDocuments,
  docker: checkDocker,
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
  const check = checks[name];
  if (check === undefined) throw new Error(`no check "${name}"; there are ${Object.keys(checks).join(', ')}`);
  for (const { rule, file, line, message } of await check(root)) {
    findings += 1;
    console.log(`${rule} ${file}:${line} ${message}`);
  }
}
if (findings > 0) {
  console.error(`${findings} findings`);
  process.exitCode = 1;
}
