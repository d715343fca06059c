import { Worker } from 'node:worker_threads';

export interface SignatureTask {
  readonly id: number;
  /** Of `packed`. */
  readonly batch: Uint8Array<ArrayBuffer>;
}

interface SignatureAnswer {
  readonly id: number;
  readonly verdicts: Uint8Array;
}

/** A thread that checks signatures, started when first asked; it keeps no program running that has nothing else to do. */
export class SignatureThread {
  readonly #program: string;
  #worker: Worker | undefined;
  #isBroken = false;
  readonly #waiting = new Map<number, (verdicts: Uint8Array) => void>();
  #next = 0;

  constructor(program: string) {
    this.#program = program;
  }

  /** As `judged`; nothing of a thread that failed, which is not tried again. The batch is given away. */
  judge(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (this.#isBroken) return Promise.resolve(new Uint8Array(0));
    return new Promise((resolve) => {
      const id = this.#next++;
      this.#waiting.set(id, resolve);
      const worker = (this.#worker ??= this.#start());
      worker.ref();
      worker.postMessage({ id, batch } satisfies SignatureTask, [batch.buffer]);
    });
  }

  /** Ends the thread. What was asked for is answered with nothing; the next question starts another. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // Options of the calling program, such as how its input is typed, are none of the thread's.
    const worker = new Worker(this.#program, { execArgv: [] });
    worker.on('message', (answer: SignatureAnswer) => this.#take(answer));
    worker.on('error', () => {
      this.#isBroken = true; // its end follows
    });
    worker.once('exit', () => this.#end());
    return worker;
  }

  #take({ id, verdicts }: SignatureAnswer): void {
    this.#waiting.get(id)?.(verdicts);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
  }

  #end(): void {
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve(new Uint8Array(0));
    this.#waiting.clear();
  }
}
