import { Duplex } from 'node:stream';
import { encodeWelcome } from './backend-messages.js';
import type { Engine, Session } from './engine.js';
import { type FrontendBatch, FrontendMessages } from './frontend-messages.js';

type Done = (error?: Error | null) => void;

/**
 * What `pg` takes for a socket: carries its protocol messages to the engine in this process. One client at a time (a
 * pool of one); when it goes, whatever it left open is rolled back before the next one is served.
 */
export class EngineStream extends Duplex {
  readonly #engine: Engine;
  readonly #messages = new FrontendMessages();
  #session: Promise<Session> | undefined;

  constructor(engine: Engine) {
    super({ allowHalfOpen: false });
    this.#engine = engine;
  }

  // The parts of net.Socket that `pg` calls; there is nothing to connect to and nothing to keep alive.
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come; their size is bounded by the engine.
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#accept([chunk], done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this.#accept(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#end().then(
      () => done(error),
      (cause: Error) => done(error ?? cause),
    );
  }

  #accept(chunks: readonly Uint8Array[], done: Done): void {
    try {
      for (const chunk of chunks) for (const batch of this.#messages.push(chunk)) this.#answer(batch);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('the embedded database refused a message'));
    }
  }

  #answer(batch: FrontendBatch): void {
    if (batch.kind === 'terminate') {
      this.destroy();
      return;
    }
    this.#ask(batch).then(
      (answer) => {
        if (!this.destroyed) this.push(answer);
      },
      (error: Error) => this.destroy(error),
    );
  }

  /** The engine works off its queue in order, so a batch never overtakes the session's start. */
  async #ask(batch: Exclude<FrontendBatch, { kind: 'terminate' }>): Promise<Uint8Array> {
    if (batch.kind === 'startup') {
      this.#session = this.#engine.openSession();
      await this.#session;
      return encodeWelcome();
    }
    if (this.#session === undefined) throw new Error('a message before the start of the session');
    const session = await this.#session;
    return session.run(batch.bytes);
  }

  async #end(): Promise<void> {
    const session = await this.#session;
    await session?.end();
  }
}
