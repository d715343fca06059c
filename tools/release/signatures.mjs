import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Keeps a signature on a release from counting for anything else, and the other way round. */
export const namespace = 'rogatory-release';

/**
 * Who signed a manifest: OpenSSH's own signatures (`ssh-keygen -Y sign -n rogatory-release`), Ed25519 keys only, checked by
 * ssh-keygen against a list of allowed signers that was not part of the download.
 * @param {string} folder with SHA256SUMS and SHA256SUMS.*.sig @param {string} signers file in the form of allowed_signers
 * @returns {{ keys: Set<string>, refused: string[] }} distinct keys whose signature holds, and files whose does not
 */
export function signersOf(folder, signers) {
  const manifest = readFileSync(join(folder, 'SHA256SUMS'));
  const lines = linesOf(readFileSync(signers, 'utf8'));
  const scratch = mkdtempSync(join(tmpdir(), 'rogatory-signers-'));
  const list = join(scratch, 'allowed_signers');
  try {
    // Each line under a name of its own: what ssh-keygen finds is the key that signed, whatever else a person has.
    writeFileSync(list, lines.map(({ options, key }, i) => `line-${i} ${options}ssh-ed25519 ${key}\n`).join(''));
    /** @type {Set<string>} */
    const keys = new Set();
    /** @type {string[]} */
    const refused = [];
    for (const name of readdirSync(folder).sort()) {
      if (!/^SHA256SUMS\..+\.sig$/.test(name)) continue;
      const key = keyOf({ signature: join(folder, name), list, manifest }, lines);
      if (key === undefined) refused.push(name);
      else keys.add(key);
    }
    return { keys, refused };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @typedef {{ options: string, key: string }} SignerLine */

/**
 * The key that made a signature, where it is on the list and the signature holds.
 * @param {{ signature: string, list: string, manifest: Uint8Array }} files @param {readonly SignerLine[]} lines
 */
function keyOf({ signature, list, manifest }, lines) {
  const found = ask(['find-principals', '-s', signature, '-f', list]).split('\n');
  const holds = (/** @type {string} */ line) =>
    ask(['verify', '-f', list, '-I', line, '-n', namespace, '-s', signature], manifest) !== '';
  const signer = lines.findIndex((_, i) => found.includes(`line-${i}`) && holds(`line-${i}`));
  return lines[signer]?.key;
}

/** The Ed25519 keys of a list; another type of key, and a line with other options, counts for nothing. @param {string} text @returns {SignerLine[]} */
function linesOf(text) {
  return text.split('\n').flatMap((line) => {
    const [, options = '', key] =
      /^[^\s#,]+\s+(namespaces="[^"]*"\s+)?ssh-ed25519\s+([A-Za-z0-9+/=]+)(?:\s|$)/.exec(line) ?? [];
    return key === undefined ? [] : [{ options, key }];
  });
}

/** What ssh-keygen says; empty where it refuses. @param {string[]} args @param {Uint8Array} [input] */
function ask(args, input) {
  const { status, stdout, error } = spawnSync('ssh-keygen', ['-Y', ...args], { input, encoding: 'utf8' });
  if (error !== undefined) throw new Error('ssh-keygen is needed to check signatures (package openssh-client)');
  return status === 0 ? stdout.trim() || 'good' : '';
}
