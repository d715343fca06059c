import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, UsageError } from '@rogatory/kernel';

/** One file of the web application, as it is served. */
export interface WebFile {
  /** Such as "/" or "/assets/index-1.js". */
  readonly url: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** The same in Brotli, packed when it was built. */
  readonly packed: Buffer;
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
};

const PAGE = 'index.html';
const ASSET = /^[A-Za-z0-9_-]+\.(?:js|css|svg|wasm)$/;

/**
 * Reads all of the built web application once: what is served later is what was there at the start, and no address leads to
 * a file that was not. @throws UsageError `web/files` for a folder that the build did not make.
 */
export async function readWebFiles(folder: string): Promise<readonly WebFile[]> {
  const assets = join(folder, 'assets');
  try {
    const names = (await readdir(assets)).filter((name) => !name.endsWith('.br')).sort();
    if (names.length > limits.maxWebFiles || !names.every((name) => ASSET.test(name))) throw new RangeError('names');
    const page = await readWebFile('/', join(folder, PAGE));
    return [page, ...(await Promise.all(names.map((name) => readWebFile(`/assets/${name}`, join(assets, name)))))];
  } catch (cause) {
    throw new UsageError('web/files', 'the folder of the web application is not one that the build made', { cause });
  }
}

async function readWebFile(url: string, path: string): Promise<WebFile> {
  const [bytes, packed] = await Promise.all([readFile(path), readFile(`${path}.br`)]);
  if (bytes.length > limits.maxWebFileBytes) throw new RangeError('size');
  const type = types[path.slice(path.lastIndexOf('.') + 1)];
  if (type === undefined) throw new RangeError('type');
  return { url, type, bytes, packed };
}
