import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@rogatory/kernel';
import { fileLayout } from '@rogatory/e2ee/files';
import { localPartCiphers } from '../documents/cipher-pool.js';
import { partCount, partSpan } from '../documents/part-cipher.js';
import { partCiphersOf } from './cipher-threads.js';
import { collectorOfYoung } from './collect-segments.js';

/** The threads' program as it is built; absent in a tree that was never built. */
const program = join(import.meta.dirname, '../../dist/node/cipher-worker.js');
const withThreads = existsSync(program) ? it : it.skip;
const key = new Secret(new Uint8Array(32).fill(3));
// Large enough for threads; a short last segment, and one of padding alone.
const layout = fileLayout(25 * 1024 * 1024 + 77);
const threads = partCiphersOf(program)(key, layout);
const local = localPartCiphers(key, layout);

function contentOf(index: number): Uint8Array {
  const { contentOffset, contentBytes } = partSpan(layout, index);
  const content = new Uint8Array(contentBytes);
  for (let i = 0; i < contentBytes; i++) content[i] = ((contentOffset + i) * 31 + (i >> 8)) & 0xff;
  return content;
}

const indices = Array.from({ length: partCount(layout) }, (_, index) => index);
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

afterAll(() => threads.close());

describe('parts sealed and opened in threads', () => {
  withThreads('are those of the calling thread, and their content comes back', async () => {
    const sealed = await Promise.all(indices.map((index) => threads.seal(index, contentOf(index))));
    for (const [index, { bytes, leaves }] of sealed.entries()) {
      const expected = await local.seal(index, contentOf(index));
      const head = bytes.length - partSpan(layout, index).sealedBytes;
      expect(head).toBe(index === 0 ? 96 : 0);
      expect(isSame(bytes.subarray(head), expected.bytes.subarray(head))).toBe(true);
      const opened = await threads.open(index, bytes.slice(head));
      expect(isSame(opened.content, contentOf(index))).toBe(true);
      expect([opened.leaves, leaves]).toEqual([expected.leaves, expected.leaves]);
    }
  });

  withThreads('are refused like any other when a byte was changed', async () => {
    const { bytes } = await threads.seal(1, contentOf(1));
    const forged = bytes.slice();
    forged[300_000] = (forged[300_000] ?? 0) ^ 1;
    await expect(threads.open(1, forged)).rejects.toMatchObject({ code: 'client/file' });
    await expect(threads.open(2, bytes)).rejects.toMatchObject({ code: 'client/file' });
  });
});

describe('the memory of a part', () => {
  it('holds its content, then its sealed form, then its content again', async () => {
    const room = local.buffers.take(partSpan(layout, 0).contentBytes);
    room.set(contentOf(0));
    const { bytes } = await local.seal(0, room);
    expect(bytes.buffer).toBe(room.buffer);
    const { content } = await local.open(0, bytes.subarray(96));
    expect(content.buffer).toBe(room.buffer);
    expect(isSame(content, contentOf(0))).toBe(true);
  });

  it('is another where a part does not fit behind its content', async () => {
    const given = contentOf(1);
    const { bytes, leaves } = await local.seal(1, given);
    expect(bytes.buffer).not.toBe(given.buffer);
    const roomy = local.buffers.take(given.length);
    roomy.set(contentOf(1));
    const again = await local.seal(1, roomy);
    expect(isSame(again.bytes, bytes)).toBe(true);
    expect(again.leaves).toEqual(leaves);
  });
});

describe('the collector of a thread', () => {
  it('collects, and leaves no name behind', () => {
    const collect = collectorOfYoung();
    collect();
    expect(runInNewContext('typeof gc')).toBe('undefined');
  });
});
