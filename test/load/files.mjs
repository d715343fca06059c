import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const MIB = 2 ** 20;
/** Larger pieces cost the kernel several times as much, whoever writes them. */
const PIECE_BYTES = 256 * 1024;

/** A file that does not compress. @param {string} path @param {number} bytes */
export async function makeFile(path, bytes) {
  const file = await open(path, 'wx');
  try {
    const block = randomBytes(MIB);
    for (let at = 0; at < bytes; at += MIB) {
      block.writeUInt32BE(at / MIB); // no two blocks alike
      await file.write(block, 0, Math.min(MIB, bytes - at));
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** SHA-256 of a file in hex. @param {string} path */
export async function hashOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MIB }), hash);
  return hash.digest('hex');
}

/** Writes all bytes at a place. @param {import('node:fs/promises').FileHandle} file @param {Uint8Array} bytes @param {number} offset */
export async function writeAt(file, bytes, offset) {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), offset + at);
    at += bytesWritten;
  }
}
