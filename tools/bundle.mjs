/**
 * Puts the server's 2,700 modules into one file, and the witness's 400 into another, so that a start need not find, read
 * and compile them one by one: a later start takes about half the time. Run after the build; does nothing while nothing
 * changed. The command line takes a bundle only while every module of ours is the one that went into it
 * (apps/cli/src/serve/bundled-program.ts).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** @typedef {{ lock: string, inputs: [path: string, bytes: number, modifiedMs: number][] }} Bundled */
/** @typedef {{ name: string, main: string }} Program */

const root = join(import.meta.dirname, '..');
/** @type {Program[]} */
const programs = [
  { name: 'server', main: 'apps/api/dist/main.js' },
  { name: 'witness', main: 'apps/witness/dist/main.js' },
];

/** @param {Program} program */
const folderOf = ({ main }) => join(root, dirname(main), 'bundle');

/**
 * Left where they are: what reads files of its own, what starts threads, and what the frameworks look for and we do not
 * have. They are found beside the bundle, or not, exactly as without it.
 */
const external = [
  '@electric-sql/pglite',
  'libsodium-wrappers',
  'libsodium-wrappers-sumo',
  'pg-native',
  'pino',
  'typeorm',
  ...[
    '@nestjs/microservices',
    '@nestjs/platform-express',
    '@nestjs/websockets',
    'class-transformer',
    'class-validator',
  ],
  ...['@as-integrations/express5', '@apollo/gateway', '@apollo/subgraph', 'bufferutil', 'ts-morph', 'utf-8-validate'],
  ...['@fastify/multipart', '@fastify/static', '@fastify/view'],
];

/** CommonJS packages inside the bundle ask for built-in modules. */
const banner =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/** @returns {string} */
const lockDigest = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** @param {Program} program @returns {boolean} */
function isUpToDate(program) {
  const folder = folderOf(program);
  const listing = join(folder, 'inputs.json');
  if (!existsSync(listing)) return false;
  /** @type {Bundled} */
  const bundled = JSON.parse(readFileSync(listing, 'utf8'));
  if (bundled.lock !== lockDigest()) return false;
  return bundled.inputs.every(([path, bytes, modifiedMs]) => {
    const found = statSync(resolve(folder, path), { throwIfNoEntry: false });
    return found?.size === bytes && found.mtimeMs === modifiedMs;
  });
}

/** @param {Program} program */
async function bundle(program) {
  const { build } = await import('esbuild');
  const lock = lockDigest();
  const folder = folderOf(program);
  const draft = `${folder}.${process.pid}`;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [program.name]: program.main },
    outdir: draft,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external,
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    banner: { js: banner },
    logLevel: 'warning',
  });
  const own = Object.keys(metafile.inputs).filter((path) => /^(apps|libs)\//.test(path));
  /** @type {Bundled['inputs']} */
  const inputs = own.sort().map((path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    return [relative(folder, join(root, path)), size, mtimeMs];
  });
  writeFileSync(join(draft, 'inputs.json'), JSON.stringify({ lock, inputs }));
  // A program that runs keeps the files it opened; one that starts now finds the old bundle, the new one, or none.
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

for (const program of programs) if (!isUpToDate(program)) await bundle(program);
