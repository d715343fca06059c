/**
 * Builds the web application into files that are ready to be served: hashed names, each script and style named in the page
 * with its digest, everything packed beforehand. Run after the build of the modules; does nothing while nothing changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/** @typedef {{ lock: string, inputs: [path: string, bytes: number, modifiedMs: number][] }} Built */

const root = join(import.meta.dirname, '..');
const folder = join(root, 'apps/web');
const site = join(folder, 'dist/site');
const listing = join(folder, 'dist/site-inputs.json');

/** @param {Uint8Array | string} bytes @param {'sha256' | 'sha384'} kind @param {'hex' | 'base64'} form */
const digest = (bytes, kind, form) => createHash(kind).update(bytes).digest(form);

const lockDigest = () => digest(readFileSync(join(root, 'package-lock.json')), 'sha256', 'hex');

/** @param {string} path @returns {[path: string, bytes: number, modifiedMs: number]} */
function noted(path) {
  const { size, mtimeMs } = statSync(path);
  return [relative(root, path), size, mtimeMs];
}

function isUpToDate() {
  if (!existsSync(listing) || !existsSync(join(site, 'index.html'))) return false;
  /** @type {Built} */
  const built = JSON.parse(readFileSync(listing, 'utf8'));
  if (built.lock !== lockDigest()) return false;
  return built.inputs.every(([path, bytes, modifiedMs]) => {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    return found?.size === bytes && found.mtimeMs === modifiedMs;
  });
}

/** Puts the digest of each script and style beside its name: a file that another hand changed on the way is not run. @param {string} draft */
function nameDigests(draft) {
  const page = join(draft, 'index.html');
  const text = readFileSync(page, 'utf8').replace(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g, (named, path) => {
    const integrity = digest(readFileSync(join(draft, path)), 'sha384', 'base64');
    return `${named} integrity="sha384-${integrity}"`;
  });
  writeFileSync(page, text);
}

/** @param {string} draft */
function pack(draft) {
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
  }
}

async function buildSite() {
  // Whatever the calling program is at: pages are never built for development.
  process.env['NODE_ENV'] = 'production';
  const { build } = await import('vite');
  const { settings } = await import('../apps/web/vite.config.mjs');
  const lock = lockDigest();
  const draft = `${site}.${process.pid}`;
  /** @type {Set<string>} */
  const modules = new Set();
  const notes = {
    name: 'notes-its-inputs',
    /** @param {{ id: string }} module */
    moduleParsed: ({ id }) => {
      const [path = ''] = id.replace(/^\0/, '').split('?');
      if (path.startsWith(root) && !path.includes('node_modules') && existsSync(path)) modules.add(path);
    },
  };
  await build({
    ...settings,
    configFile: false,
    build: { ...settings.build, outDir: draft },
    plugins: [notes],
  });
  nameDigests(draft);
  pack(draft);
  const own = ['index.html', 'vite.config.mjs', 'src/icon.svg'].map((name) => join(folder, name));
  const inputs = [...new Set([...modules, ...own])].sort().map(noted);
  rmSync(site, { recursive: true, force: true });
  renameSync(draft, site);
  writeFileSync(listing, JSON.stringify({ lock, inputs }));
}

if (!isUpToDate()) await buildSite();
