import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { localPartCiphers, type PartCiphers } from '../documents/cipher-pool.js';
import { type CipherListener, CipherRound, type CipherThread } from '../documents/cipher-round.js';
import type { CipherAnswer } from '../documents/cipher-task.js';

/** Below this size starting threads costs more than it gives. */
const WORTH_BYTES = 24 * 1024 * 1024;
/** More than the calling thread can read and hash for. */
const MAX_THREADS = 2;
const ownProgram = fileURLToPath(new URL('./cipher-worker.js', import.meta.url));

/** Ciphers that run a program of threads; in the calling thread for small files, and where there is no such program. */
export function partCiphersOf(program: string): PartCiphers {
  const isThere = existsSync(program);
  return (segmentKey, layout) => {
    const isWorth = isThere && layout.storedSize >= WORTH_BYTES;
    if (!isWorth) return localPartCiphers(segmentKey, layout);
    const count = Math.min(MAX_THREADS, availableParallelism());
    return new CipherRound(count, (listener) => startThread(program, { segmentKey, layout }, listener));
  };
}

/** Seals and opens in up to two threads beside the calling one, as many as there are processors. */
export const threadPartCiphers: PartCiphers = partCiphersOf(ownProgram);

function startThread(
  program: string,
  { segmentKey, layout }: { readonly segmentKey: Secret; readonly layout: FileLayout },
  listener: CipherListener,
): CipherThread {
  const key = segmentKey.use((bytes) => bytes.slice());
  const thread = new Worker(program, { workerData: { key, layout }, execArgv: [] });
  thread.unref();
  thread.on('message', (answer: CipherAnswer) => listener.take(answer));
  thread.on('error', (error) => listener.fail(error));
  return {
    send: (task) => thread.postMessage(task, [task.bytes.buffer]),
    stop: async () => void (await thread.terminate()),
  };
}
