/**
 * Puts the verifier into one file that needs nothing but Node: `apps/verify/dist/rogatory-verify.mjs`. Not minified, so
 * that it can be read; without dates and paths, so that whoever builds the same sources gets the same bytes.
 */
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** @returns {Promise<Uint8Array>} */
export async function bundleVerifier() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['apps/verify/dist/main.js'],
    outfile: 'apps/verify/dist/rogatory-verify.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'ascii',
    legalComments: 'inline',
    sourcemap: false,
    write: false,
    // The package for CommonJS asks for `require`, the one for modules only where there is one.
    // Of libsodium the build that is inside the file: what lies beside it never decides on a signature.
    conditions: ['import', 'module', 'webassembly'],
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('the bundler made no file');
  return file.contents;
}

if (process.argv[1] === import.meta.filename) {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(root, 'apps/verify/dist/rogatory-verify.mjs'), await bundleVerifier(), { mode: 0o755 });
}
