import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { limits } from '@rogatory/kernel';
import { samplePdf, samplePng } from './sample-files.js';

/** A file of the exchange, as it lies on the disk of its author. */
export interface ExchangedFile {
  readonly path: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
};

/** That a file can be exchanged, told before anything is set up. @throws RangeError in words for whoever named it. */
export async function checkGivenFile(path: string): Promise<void> {
  const name = basename(path);
  const shown = JSON.stringify(name.slice(0, 60));
  if ([...name].length > limits.maxNameCharacters) {
    throw new RangeError(`a document's name has at most ${limits.maxNameCharacters} characters; rename ${shown}`);
  }
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RangeError(`there is no file ${shown} that can be read`);
  if (!found.isFile()) throw new RangeError(`${shown} is no file`);
}

/** Reads a file once, for its length and hash. @throws what the file system throws. */
export async function describeFile(path: string): Promise<ExchangedFile> {
  const { size } = await stat(path);
  const name = basename(path);
  const mediaType = mediaTypes[extname(name).toLowerCase()] ?? 'application/octet-stream';
  return { path, name, mediaType, bytes: size, sha256: await hashOf(path) };
}

/** SHA-256 of what lies on disk, in hex. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** A PDF, two pictures and an extract, made in a folder. */
export async function makeSampleFiles(folder: string, extractMebibytes: number): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const paths = ['request.pdf', 'quay at night.png', 'container seal.png'].map((name) => join(folder, name));
  const [pdf, quay, seal] = paths as [string, string, string];
  await writeFile(
    pdf,
    samplePdf(['European Investigation Order (fictitious)', 'Reference EIO-2026-17', 'Operation Lantern']),
  );
  await writeFile(
    quay,
    samplePng(640, 400, (x, y) => [(x * 80) / 640, (y * 60) / 400, 40 + ((x ^ y) % 64)]),
  );
  await writeFile(
    seal,
    samplePng(320, 320, (x, y) => [(x * y) % 256, 90, Math.hypot(x - 160, y - 160) % 256]),
  );
  const extract = join(folder, 'phone extract.bin');
  await makeExtract(extract, extractMebibytes);
  return [...paths, extract];
}

const CHUNK_BYTES = 1024 * 1024;

/** Bytes as a seized telephone gives them to whoever cannot read them: nothing can be packed, nothing repeats. */
export async function makeExtract(path: string, mebibytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (let i = 0; i < mebibytes; i++) await file.write(randomBytes(CHUNK_BYTES));
    await file.write(Buffer.from('end of extract\n'));
  } finally {
    await file.close();
  }
}
