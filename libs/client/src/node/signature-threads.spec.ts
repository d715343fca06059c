import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { seededRandom } from '@rogatory/pki/testing';
import { threadSignatureCheck } from './signature-threads.js';

/** The thread's program as it is built; absent in a tree that was never built. */
const program = join(import.meta.dirname, '../../dist/node/signature-worker.js');
const check = threadSignatureCheck(program);
const withThread = existsSync(program) ? it : it.skip;
const key = SigningKey.generate(seededRandom(8));

function notes(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const bytes = utf8(`note ${i}`);
    return { bytes, publicKey: key.publicKey, signature: key.signRaw(bytes) };
  });
}

afterAll(() => check.close());

describe('signatures checked in a thread', () => {
  withThread('are proven, and none that does not hold', async () => {
    const forged = notes(100).map((one, i) => (i % 3 === 0 ? { ...one, bytes: utf8('another') } : one));
    expect(await check.prove(forged)).toEqual(forged.map((_, i) => i % 3 !== 0));
  });

  withThread('are answered with nothing when the thread ends, and by another later', async () => {
    const asked = check.prove(notes(200));
    await check.close();
    expect(await asked).toHaveLength(200);
    expect(await check.prove(notes(20))).toContain(true);
  });

  it('are left to the caller by a program that fails', async () => {
    const broken = threadSignatureCheck(import.meta.filename);
    for (let round = 0; round < 2; round++) expect(await broken.prove(notes(20))).not.toContain(true);
  });

  it('are left to the caller where there is no program, or little to do', async () => {
    expect(await threadSignatureCheck('/nowhere/worker.js').prove(notes(20))).not.toContain(true);
    expect(await check.prove(notes(3))).toEqual([false, false, false]);
  });
});
