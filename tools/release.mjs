/**
 * Releases: what was built, from what, and who vouches for it.
 *   node tools/release.mjs make FOLDER                                  after `npm run build`: SHA256SUMS, the parts list, the verifier
 *   node tools/release.mjs check FOLDER --signers FILE --least N        signatures on SHA256SUMS, and this build against it
 *   node tools/release.mjs twice                                        builds the committed sources anew elsewhere and compares
 * Signing is OpenSSH's: `ssh-keygen -Y sign -n rogatory-release -f KEY SHA256SUMS`. See docs/release.md.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { differencesOf, manifestOf, releaseFiles, strangersOf } from './release/manifest.mjs';
import { partsList } from './release/parts-list.mjs';
import { signersOf } from './release/signatures.mjs';

const root = join(import.meta.dirname, '..');
/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);
/** @param {string} file */
const json = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** @param {string} folder */
function make(folder) {
  mkdirSync(folder, { recursive: true });
  const parts = partsList(json('package.json'), json('package-lock.json'));
  writeFileSync(join(folder, 'sbom.cdx.json'), parts);
  copyFileSync(join(root, 'apps/verify/dist/rogatory-verify.mjs'), join(folder, 'rogatory-verify.mjs'));
  const own = manifestOf(folder, ['rogatory-verify.mjs', 'sbom.cdx.json']);
  writeFileSync(join(folder, 'SHA256SUMS'), manifestOf(root, releaseFiles(root)) + own);
  say(`${folder}/SHA256SUMS: sign it with ssh-keygen -Y sign -n rogatory-release -f KEY ${folder}/SHA256SUMS`);
}

/** @param {string} folder @param {string} signers @param {number} least @returns {boolean} */
function check(folder, signers, least) {
  const { keys, refused } = signersOf(folder, signers);
  for (const name of refused) say(`✗ ${name} is by nobody on the list, or not of this manifest`);
  say(`${keys.size >= least ? '✓' : '✗'} ${keys.size} of the keys on the list vouch for it, ${least} are demanded`);
  const own = manifestOf(folder, ['rogatory-verify.mjs', 'sbom.cdx.json']);
  const files = releaseFiles(root);
  const manifest = readFileSync(join(folder, 'SHA256SUMS'), 'utf8');
  const differences = [...differencesOf(manifest, manifestOf(root, files) + own), ...strangersOf(root, files)];
  for (const difference of differences) say(`✗ ${difference}`);
  if (differences.length === 0)
    say('✓ what was built here is what they vouch for, to the byte, and nothing lies beside it');
  say(
    '  packages of others are not compared: install them yourself, with `npm ci --ignore-scripts` from this lock file',
  );
  return keys.size >= least && refused.length === 0 && differences.length === 0;
}

/** @param {string} folder @param {string} program @param {string[]} args */
function run(folder, program, ...args) {
  const { status, stdout } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stdout}`);
  return stdout;
}

/** Another folder, other dates, a build from nothing. @returns {boolean} */
function twice() {
  const folder = mkdtempSync(join(tmpdir(), 'rogatory-again-'));
  try {
    const files = run(root, 'git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
    for (const file of files.filter((name) => name !== '')) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(join(root, file), join(folder, file));
    }
    // Links to our own workspaces lead into the new folder, because they are relative.
    cpSync(join(root, 'node_modules'), join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
    run(folder, process.execPath, 'node_modules/typescript/bin/tsc', '-b');
    run(folder, process.execPath, 'tools/bundle.mjs');
    run(folder, process.execPath, 'tools/bundle-verifier.mjs');
    run(folder, process.execPath, 'tools/build-web.mjs');
    const again = manifestOf(folder, releaseFiles(folder));
    const differences = differencesOf(manifestOf(root, releaseFiles(root)), again);
    for (const difference of differences) say(`✗ ${difference}`);
    const count = again.split('\n').length - 1;
    if (differences.length === 0) say(`✓ ${count} files are the same to the byte when they are built again elsewhere`);
    return differences.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {boolean | undefined} undefined for a command that there is not */
function main() {
  const options = /** @type {const} */ ({ signers: { type: 'string' }, least: { type: 'string', default: '2' } });
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [command, folder] = positionals;
  if (command === 'twice' && folder === undefined) return twice();
  if (folder === undefined) return undefined;
  if (command === 'make') {
    make(folder);
    return true;
  }
  const least = Number(values.least);
  if (command !== 'check' || values.signers === undefined || !Number.isSafeInteger(least) || least < 1)
    return undefined;
  return check(folder, values.signers, least);
}

const outcome = main();
if (outcome === undefined)
  process.stderr.write('usage: release.mjs make FOLDER | check FOLDER --signers FILE [--least N] | twice\n');
if (outcome !== true) process.exitCode = outcome === undefined ? 2 : 1;
