import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { unavailableError, verificationError } from '../client.errors.js';
import { localPartCiphers, type PartCipher, type PartCiphers } from '../documents/cipher-pool.js';
import { type OpenedPart, PartBuffers, type SealedPart } from '../documents/part-cipher.js';
import type { CipherAnswer, CipherTask } from './cipher-task.js';

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
    return isWorth ? new ThreadCipher(program, segmentKey, layout) : localPartCiphers(segmentKey, layout);
  };
}

/** Seals and opens in up to two threads beside the calling one, as many as there are processors. */
export const threadPartCiphers: PartCiphers = partCiphersOf(ownProgram);

interface Waiting {
  readonly resolve: (answer: CipherAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A round of threads; each has its own copy of the key and works through its tasks in order. */
class ThreadCipher implements PartCipher {
  readonly #threads: readonly Worker[];
  readonly #waiting = new Map<number, Waiting>();
  readonly buffers = new PartBuffers();
  #next = 0;

  constructor(program: string, segmentKey: Secret, layout: FileLayout) {
    const count = Math.min(MAX_THREADS, availableParallelism());
    this.#threads = Array.from({ length: count }, () => this.#start(program, segmentKey, layout));
  }

  seal(index: number, content: Uint8Array): Promise<SealedPart> {
    return this.#ask('seal', index, content).then(({ bytes, leaves }) => ({ bytes, leaves }));
  }

  open(index: number, sealed: Uint8Array): Promise<OpenedPart> {
    return this.#ask('open', index, sealed).then(({ bytes, leaves }) => ({ content: bytes, leaves }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    this.#fail(unavailableError('client/interrupted'));
  }

  #start(program: string, segmentKey: Secret, layout: FileLayout): Worker {
    const key = segmentKey.use((bytes) => bytes.slice());
    const thread = new Worker(program, { workerData: { key, layout }, execArgv: [] });
    thread.unref();
    thread.on('message', (answer: CipherAnswer) => this.#take(answer));
    thread.on('error', (error) => this.#fail(unavailableError('client/interrupted', error)));
    return thread;
  }

  async #ask(kind: CipherTask['kind'], index: number, given: Uint8Array): Promise<CipherAnswer & { kind: 'done' }> {
    const id = this.#next++;
    const thread = this.#threads[id % this.#threads.length] as Worker;
    const bytes = ownBuffer(given);
    const task: CipherTask = { id, kind, index, bytes };
    const answer = await new Promise<CipherAnswer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      thread.postMessage(task, [bytes.buffer]);
    });
    if (answer.kind === 'failed') throw verificationError('client/file', { details: { cause: answer.code } });
    return answer;
  }

  #take(answer: CipherAnswer): void {
    this.#waiting.get(answer.id)?.resolve(answer);
    this.#waiting.delete(answer.id);
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Bytes that may be given away with their buffer: alone in it, or in one of ours. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isOwn = bytes.byteOffset === 0 && bytes.buffer instanceof ArrayBuffer;
  return isOwn ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
