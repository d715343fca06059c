import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Makes one file of a program of this package and of our packages that it uses, so that a test can run it as a process
 * of its own without a build. @returns its path.
 */
export function bundleProgram(source: string): string {
  const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
  const outfile = join(PACKAGE, 'dist', 'programs', basename(source).replace(/\.ts$/, '.mjs'));
  execFileSync(process.execPath, [
    esbuild,
    source,
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--target=node20',
    '--log-level=warning',
    '--external:typeorm',
    '--external:pg',
    '--external:@electric-sql/*',
    `--alias:@rogatory/kernel=${join(PACKAGE, '../../kernel/src/index.ts')}`,
    `--outfile=${outfile}`,
  ]);
  return outfile;
}
