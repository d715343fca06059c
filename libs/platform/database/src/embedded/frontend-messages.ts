import { limits, UnavailableError } from '@rogatory/kernel';

const LENGTH_BYTES = 4;
const TERMINATE = 'X'.charCodeAt(0);
/** Messages after which the engine answers: Query, Sync, Flush, FunctionCall, CopyDone, CopyFail. */
const ANSWERED = new Set('QSHFcf'.split('').map((letter) => letter.charCodeAt(0)));

/** What a `pg` client sent, cut where the engine has to answer. */
export type FrontendBatch =
  | { readonly kind: 'startup' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'work'; readonly bytes: Uint8Array };

/**
 * Cuts the client's side of the PostgreSQL protocol (version 3, "Message Formats") into batches. Pure; holds at most
 * `limits.databaseMessageBytes`.
 */
export class FrontendMessages {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #wanted = LENGTH_BYTES;
  #isStarted = false;
  #batch: Buffer[] = [];
  #batchBytes = 0;

  constructor(maxBytes: number = limits.databaseMessageBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The batches that this chunk completes, in order.
   * @throws UnavailableError `database/message-too-large`; the session is unusable afterwards.
   */
  push(chunk: Uint8Array): FrontendBatch[] {
    const batches: FrontendBatch[] = [];
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#buffered += chunk.byteLength;
    while (this.#buffered >= this.#wanted) {
      const message = this.#takeMessage();
      if (message === undefined) break;
      const batch = this.#accept(message);
      if (batch !== undefined) batches.push(batch);
    }
    this.#assertBounded(this.#buffered + this.#batchBytes);
    return batches;
  }

  #takeMessage(): Buffer | undefined {
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    const head = this.#isStarted ? 1 : 0;
    const length = head + whole.readInt32BE(head);
    if (length < head + LENGTH_BYTES) this.#assertBounded(Number.POSITIVE_INFINITY);
    this.#assertBounded(length + this.#batchBytes);
    if (whole.length < length) {
      this.#wanted = length;
      return undefined;
    }
    this.#chunks = whole.length === length ? [] : [whole.subarray(length)];
    this.#buffered -= length;
    this.#wanted = 1 + LENGTH_BYTES;
    return whole.subarray(0, length);
  }

  #accept(message: Buffer): FrontendBatch | undefined {
    if (!this.#isStarted) {
      this.#isStarted = true;
      return { kind: 'startup' };
    }
    const type = message[0] as number;
    if (type === TERMINATE) return { kind: 'terminate' };
    this.#batch.push(message);
    this.#batchBytes += message.length;
    if (!ANSWERED.has(type)) return undefined;
    const bytes = this.#batch.length === 1 ? message : Buffer.concat(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    return { kind: 'work', bytes };
  }

  #assertBounded(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw new UnavailableError('database/message-too-large', 'a statement and its parameters exceed the bound', {
      details: { maxBytes: this.#maxBytes },
      retryable: false,
    });
  }
}
