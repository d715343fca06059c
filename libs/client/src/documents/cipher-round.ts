import { unavailableError, verificationError } from '../client.errors.js';
import type { PartCipher } from './cipher-pool.js';
import type { CipherAnswer, CipherTask } from './cipher-task.js';
import { type OpenedPart, PartBuffers, type SealedPart } from './part-cipher.js';

/** One thread of the platform that carries tasks out in order; it knows the file already. */
export interface CipherThread {
  /** Gives the buffer of the task away. */
  send(task: CipherTask): void;
  stop(): Promise<void>;
}

/** What a thread tells the round that it is part of. */
export interface CipherListener {
  take(answer: CipherAnswer): void;
  fail(cause: unknown): void;
}

interface Waiting {
  readonly resolve: (answer: CipherAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A round of threads; each has its own copy of the key and works through its tasks in order. */
export class CipherRound implements PartCipher {
  readonly #threads: readonly CipherThread[];
  readonly #waiting = new Map<number, Waiting>();
  readonly buffers = new PartBuffers();
  #next = 0;

  constructor(count: number, start: (listener: CipherListener) => CipherThread) {
    const listener: CipherListener = {
      take: (answer) => this.#take(answer),
      fail: (cause) => this.#fail(unavailableError('client/interrupted', cause)),
    };
    this.#threads = Array.from({ length: count }, () => start(listener));
  }

  seal(index: number, content: Uint8Array): Promise<SealedPart> {
    return this.#ask('seal', index, content).then(({ bytes, leaves }) => ({ bytes, leaves }));
  }

  open(index: number, sealed: Uint8Array): Promise<OpenedPart> {
    return this.#ask('open', index, sealed).then(({ bytes, leaves }) => ({ content: bytes, leaves }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    this.#fail(unavailableError('client/interrupted'));
  }

  async #ask(kind: CipherTask['kind'], index: number, given: Uint8Array): Promise<CipherAnswer & { kind: 'done' }> {
    const id = this.#next++;
    const thread = this.#threads[id % this.#threads.length] as CipherThread;
    const task: CipherTask = { id, kind, index, bytes: ownBuffer(given) };
    const answer = await new Promise<CipherAnswer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      thread.send(task);
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
