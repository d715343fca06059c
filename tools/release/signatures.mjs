import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
  const known = keysOf(readFileSync(signers, 'utf8'));
  /** @type {Set<string>} */
  const keys = new Set();
  /** @type {string[]} */
  const refused = [];
  for (const name of readdirSync(folder)
    .filter((file) => /^SHA256SUMS\..+\.sig$/.test(file))
    .sort()) {
    const signature = join(folder, name);
    const [principal] = ask(['find-principals', '-s', signature, '-f', signers]).split('\n');
    const key = principal === undefined ? undefined : known.get(principal);
    const verify = ['verify', '-f', signers, '-I', principal ?? '', '-n', namespace, '-s', signature];
    if (key !== undefined && principal !== '' && ask(verify, manifest) !== '') keys.add(key);
    else refused.push(name);
  }
  return { keys, refused };
}

/** Key by principal; other than Ed25519 counts for nothing. @param {string} text @returns {Map<string, string>} */
function keysOf(text) {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, principal, key] =
        /^([^\s#,]+)\s+(?:[^\s]*namespaces="[^"]*"\s+)?ssh-ed25519\s+([A-Za-z0-9+/=]+)/.exec(line) ?? [];
      return principal === undefined || key === undefined ? [] : [[principal, key]];
    }),
  );
}

/** What ssh-keygen says; empty where it refuses. @param {string[]} args @param {Uint8Array} [input] */
function ask(args, input) {
  const { status, stdout, error } = spawnSync('ssh-keygen', ['-Y', ...args], { input, encoding: 'utf8' });
  if (error !== undefined) throw new Error('ssh-keygen is needed to check signatures (package openssh-client)');
  return status === 0 ? stdout.trim() || 'good' : '';
}
