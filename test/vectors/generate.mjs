/**
 * Makes the vectors, once: `node test/vectors/generate.mjs` writes the files that are missing and never touches one that
 * is there. Every seed is fixed. Needs the build. A folder may be named that they are written to instead. README.md says when a vector may change (never, to make a test pass).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@rogatory/kernel';
import { accept, formatOf, plain } from './formats.mjs';
import { objectFiles } from './object-files.mjs';

const [folder = import.meta.dirname] = process.argv.slice(2);

/** @param {any} vector */
function completed({ kind, name, description, bytes, signer }) {
  const decoded = accept(kind, bytes, signer);
  const derived = plain(formatOf(kind).derive?.(decoded, bytes) ?? {});
  return {
    kind,
    name,
    description,
    bytes: toHex(bytes),
    ...(signer && { signer: toHex(signer) }),
    value: plain(decoded),
    derived,
  };
}

/** @param {any} vector */
function refusal({ kind, name, family, code, bytes, signer }) {
  try {
    accept(kind, bytes, signer);
  } catch (error) {
    if (/** @type {any} */ (error).code === code) {
      return {
        kind,
        name,
        expected: 'refused',
        family,
        code,
        bytes: toHex(bytes),
        ...(signer && { signer: toHex(signer) }),
      };
    }
    throw new Error(`${kind}, ${name}: ${/** @type {any} */ (error).code} instead of ${code}`, { cause: error });
  }
  throw new Error(`${kind}, ${name}: accepted`);
}

/** @param {string} name @param {() => unknown} make */
function write(name, make) {
  const file = join(folder, `${name}.json`);
  try {
    readFileSync(file);
  } catch {
    writeFileSync(file, `${JSON.stringify(make(), null, 1)}\n`, { flag: 'wx' });
  }
}

for (const source of objectFiles) {
  const { spec, valid, invalid } = await import(`./generator/${source}.mjs`);
  write(source, () => ({
    format: 'rogatory vectors 1',
    spec,
    valid: valid.map(completed),
    invalid: invalid.map(refusal),
  }));
}

const { made } = await import('./generator/history.mjs');
write('history', () => made);

const { made: primitives } = await import('./generator/primitives.mjs');
write('primitives', () => primitives);
