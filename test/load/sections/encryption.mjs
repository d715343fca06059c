import { execFile } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileKey } from '@rogatory/crypto/seal';
import { sha256Stream } from '@rogatory/crypto/verify';
import { threadPartCiphers, openFileSource } from '@rogatory/client/node';
import { fileLayout, fileRoot, makeFileSecrets } from '@rogatory/e2ee';
import { idFromBytes, limits, systemRandom } from '@rogatory/kernel';
import { encodeFileHeader, encodeFileHeaderBound } from '@rogatory/protocol';
import { atLeast } from '../figures.mjs';
import { makeFile, writeAt } from '../files.mjs';
import { versionOf } from '../machine.mjs';
import { alternate, median, medianRatio } from '../measure.mjs';

const run = promisify(execFile);
const MIB = 2 ** 20;
const CHUNK_BYTES = 64 * 1024;
/** Parts in work at once, as in the SDK's upload. */
const WINDOW = 4;

/**
 * A whole file by the SDK's part cipher, with everything that its manifest says: header, tree over the segments, hash of the
 * plaintext. @param {string} source @param {string} target
 */
async function encryptBySdk(source, target) {
  const secrets = makeFileSecrets(systemRandom, idFromBytes(systemRandom(16)));
  const input = await openFileSource(source);
  const output = await open(target, 'w');
  const layout = fileLayout((await input.mark()).size);
  const { segmentKey, commit } = fileKey(secrets.dek, encodeFileHeaderBound(secrets));
  const header = encodeFileHeader({ ...secrets, commit });
  const cipher = threadPartCiphers(segmentKey, layout);
  const hash = sha256Stream();
  const parts = Math.ceil(layout.segments / limits.uploadPartSegments);
  const partBytes = limits.uploadPartSegments * limits.fileSegmentBytes;
  const storedBytes = limits.uploadPartSegments * (limits.fileSegmentBytes + 16);
  /** @type {Uint8Array[]} */
  const leaves = [];
  /** @param {number} index @param {Uint8Array} content */
  const carry = async (index, content) => {
    const sealed = await cipher.seal(index, content);
    if (index === 0) sealed.bytes.set(header);
    leaves[index] = sealed.leaves;
    await writeAt(output, sealed.bytes, index === 0 ? 0 : header.length + index * storedBytes);
    cipher.buffers.give(sealed.bytes);
  };
  /** @type {Set<Promise<void>>} */
  const working = new Set();
  for (let index = 0; index < parts; index++) {
    const offset = index * partBytes;
    const room = cipher.buffers.take(Math.min(partBytes, layout.trueSize - offset));
    const content = await input.read(offset, room);
    hash.update(content);
    const work = carry(index, content);
    working.add(work);
    void work.finally(() => working.delete(work));
    if (working.size >= WINDOW) await Promise.race(working);
  }
  await Promise.all(working);
  const tree = leaves.flatMap((row) =>
    Array.from({ length: row.length / 32 }, (_, i) => row.slice(32 * i, 32 * i + 32)),
  );
  const manifest = { root: fileRoot(tree), plaintextHash: hash.digest() };
  if (manifest.root.length !== 32 || (await output.stat()).size !== layout.storedSize)
    throw new Error('not a whole file');
  await Promise.all([cipher.close(), input.close(), output.close()]);
  segmentKey.wipe();
}

/** One thread, one cipher per chunk, nothing else: the floor in Node. @param {string} source @param {string} target */
async function encryptBare(source, target) {
  const input = await open(source, 'r');
  const output = await open(target, 'w');
  const key = randomBytes(32);
  const block = Buffer.alloc(16 * CHUNK_BYTES);
  let written = 0;
  for (let index = 0; ; ) {
    const { bytesRead } = await input.read(block, 0, block.length);
    if (bytesRead === 0) break;
    /** @type {Buffer[]} */
    const sealed = [];
    for (let at = 0; at < bytesRead; at += CHUNK_BYTES, index++) {
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32BE(index, 8);
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
      const chunk = block.subarray(at, Math.min(at + CHUNK_BYTES, bytesRead));
      sealed.push(cipher.update(chunk), cipher.final(), cipher.getAuthTag());
    }
    const bytes = Buffer.concat(sealed);
    await writeAt(output, bytes, written);
    written += bytes.length;
  }
  await Promise.all([input.close(), output.close()]);
}

/** The public half of a fresh age key. @param {string} folder */
async function ageRecipient(folder) {
  const { stderr } = await run('age-keygen', ['-o', join(folder, 'age.key')]);
  return stderr.replace('Public key:', '').trim();
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '2. Encrypting a file with the SDK, file to file',
  run: async ({ isShort, folder }) => {
    const bytes = isShort ? 128 * MIB : 1024 * MIB;
    const source = join(folder, 'source');
    const target = join(folder, 'target');
    await makeFile(source, bytes);
    const hasAge = versionOf('age') !== 'absent' && versionOf('age-keygen') !== 'absent';
    const recipient = hasAge ? await ageRecipient(folder) : '';
    /** @param {() => Promise<unknown>} encrypt */
    const rate = (encrypt) => async () => {
      await rm(target, { force: true });
      const start = performance.now();
      await encrypt();
      return bytes / MIB / ((performance.now() - start) / 1000);
    };
    const age = () => run('age', ['-r', recipient, '-o', target, source]);
    const bare = rate(() => encryptBare(source, target));
    const variants = { ours: rate(() => encryptBySdk(source, target)), bare, base: hasAge ? rate(age) : bare };
    const taken = await alternate(variants, { rounds: isShort ? 3 : 5 });
    const ratio = medianRatio(taken.ours, taken.base);
    const name = `${bytes / MIB} MiB`;
    return {
      figures: [
        {
          ...{ name: `encrypt ${name}`, unit: 'MiB/s', value: median(taken.ours), ratio },
          baseline: { name: hasAge ? 'age' : 'bare node:crypto', value: median(taken.base) },
          target: atLeast(0.8, ratio, 'at least 0.8 of age'),
        },
        {
          ...{ name: `encrypt ${name}`, unit: 'MiB/s', value: median(taken.ours) },
          baseline: { name: 'bare node:crypto ChaCha20-Poly1305, one thread', value: median(taken.bare) },
          ratio: medianRatio(taken.ours, taken.bare),
        },
      ],
      notes: [
        'Ours also hashes the plaintext and every sealed segment (SHA-256), which the manifest needs; parts are sealed in ' +
          'threads beside the one that reads, hashes and writes: one per processor, up to two.',
        'Source and target lie in the page cache: this is processor time, not disk time.',
      ],
    };
  },
};
