import { InternalError, limits, systemClock, UnavailableError } from '@rogatory/kernel';
import { PGlite } from '@electric-sql/pglite';
import { encodeError, encodeQuery, encodeReady, finalState, type SessionState } from './backend-messages.js';
import type { DurableFiles } from './durable-files.js';

/** Where the embedded engine keeps its data, and what it starts from when there are none yet. */
export interface EngineOptions {
  /** Absent: in memory. */
  readonly files?: DurableFiles;
  /** Contents of an empty database; without it an empty place is initialised, which takes some seconds. */
  readonly archive?: Blob;
  readonly statementMs?: number;
}

/** The engine as one client sees it. */
export interface Session {
  /** The answer to one batch of protocol messages. @throws UnavailableError once the session or the engine is gone. */
  readonly run: (batch: Uint8Array) => Promise<Uint8Array>;
  /** Rolls back what is open. */
  readonly end: () => Promise<void>;
}

/**
 * One PostgreSQL session inside this process. Batches run one after the other in the order in which they were asked for.
 *
 * A running statement cannot be interrupted (the engine computes synchronously); its time limit is enforced at its end:
 * the answer is withheld and the transaction it belongs to is broken off, exactly what a caller sees on PostgreSQL.
 */
export class Engine {
  readonly #db: PGlite;
  readonly #statementMs: number;
  #queue: Promise<unknown> = Promise.resolve();
  #sliceStartMs = 0;
  #bytesSinceCheckpoint = 0;
  #isBroken = false;
  #session: Session | undefined;

  private constructor(db: PGlite, statementMs: number) {
    this.#db = db;
    this.#statementMs = statementMs;
  }

  /**
   * @throws UnavailableError `database/unavailable` when the engine does not start, InternalError
   * `database/not-durable` when a commit on a folder does not reach the disk.
   */
  static async start(options: EngineOptions): Promise<Engine> {
    const db = await PGlite.create({
      ...(options.files === undefined ? {} : { fs: options.files, startParams: durableStartParams() }),
      ...(options.archive === undefined ? {} : { loadDataDir: options.archive }),
    }).catch((cause: unknown) => {
      throw new UnavailableError('database/unavailable', 'the embedded database does not start', {
        details: { reason: 'embedded-start' },
        cause,
      });
    });
    const engine = new Engine(db, options.statementMs ?? limits.databaseStatementMs);
    if (options.files !== undefined) await engine.#assertDurable(options.files);
    return engine;
  }

  /**
   * Starts the next client's session: whatever the one before left open is rolled back, and its late messages are
   * refused from here on.
   */
  async openSession(): Promise<Session> {
    return this.#enqueue(async () => {
      this.#reset();
      const session: Session = { run: (batch) => this.#run(session, batch), end: () => this.#end(session) };
      this.#session = session;
      return session;
    });
  }

  /** All rows of the data folder as a tar archive, for a base snapshot. */
  async dump(): Promise<Blob> {
    return this.#enqueue(() => this.#db.dumpDataDir('none'));
  }

  /** Waits for queued batches, then shuts the engine down with a checkpoint. */
  async close(): Promise<void> {
    await this.#queue;
    if (this.#db.closed) return;
    if (!this.#isBroken) this.#checkpoint();
    await this.#db.close();
  }

  async #run(session: Session, batch: Uint8Array): Promise<Uint8Array> {
    return this.#enqueue(async () => {
      if (this.#session !== session) throw ended();
      await this.#yieldIfDue();
      this.#bytesSinceCheckpoint += batch.length;
      const answer = this.#execute(batch);
      if (answer.state === 'idle' && this.#bytesSinceCheckpoint > limits.databaseCheckpointBytes) this.#checkpoint();
      return answer.bytes;
    });
  }

  async #end(session: Session): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#session !== session) return;
      this.#session = undefined;
      this.#reset();
    });
  }

  #reset(): void {
    this.#execute(encodeQuery('ROLLBACK'));
    this.#execute(encodeQuery('DISCARD ALL'));
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Promise chains alone would starve sockets and timers for as long as clients keep asking. */
  async #yieldIfDue(): Promise<void> {
    if (systemClock.monotonicMs() - this.#sliceStartMs < limits.databaseSliceMs) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#sliceStartMs = systemClock.monotonicMs();
  }

  #execute(batch: Uint8Array): { readonly bytes: Uint8Array; readonly state: SessionState } {
    if (this.#isBroken) throw broken();
    const startMs = systemClock.monotonicMs();
    const raw = this.#exchange(batch);
    const state = finalState(raw.bytes);
    if (state === undefined) {
      this.#isBroken = true;
      throw broken();
    }
    if (raw.isTooLong) return this.#withhold('54000', 'the answer exceeds the bound', state);
    const tookMs = systemClock.monotonicMs() - startMs;
    // An idle session has committed: that answer must go out, however late.
    if (tookMs > this.#statementMs && state === 'open') return this.#withhold('57014', 'statement time limit', state);
    return { bytes: raw.bytes, state };
  }

  /** Replaces an answer by an error, and breaks off the transaction that is open for real. */
  #withhold(sqlState: string, text: string, state: SessionState): { bytes: Uint8Array; state: SessionState } {
    const after = state === 'open' ? (finalState(this.#exchange(encodeQuery(BREAK_OFF)).bytes) ?? 'failed') : state;
    return { bytes: Buffer.concat([encodeError(sqlState, text), encodeReady(after)]), state: after };
  }

  #exchange(batch: Uint8Array): { readonly bytes: Uint8Array; readonly isTooLong: boolean } {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let isTooLong = false;
    let tail: Uint8Array = new Uint8Array(0);
    // Runs synchronously up to its first await, which comes after the answer; a failure shows as an answer without end.
    const done = this.#db.execProtocolRawStream(batch, {
      syncToFs: false,
      onRawData: (view) => {
        const chunk = view.slice(); // a view of the engine's memory
        length += chunk.length;
        if (length > limits.databaseAnswerBytes) isTooLong = true;
        if (isTooLong) {
          chunks.length = 0;
          tail = chunk.length >= TAIL_BYTES ? chunk : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
        } else {
          chunks.push(chunk);
        }
      },
    });
    done.catch(() => undefined);
    if (isTooLong) return { bytes: tail, isTooLong };
    return { bytes: chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks), isTooLong };
  }

  #checkpoint(): void {
    this.#bytesSinceCheckpoint = 0;
    this.#exchange(encodeQuery('CHECKPOINT'));
  }

  async #assertDurable(files: DurableFiles): Promise<void> {
    const before = files.syncCount;
    const { state } = this.#execute(encodeQuery(`SELECT pg_logical_emit_message(true, 'rogatory/self-test', '')`));
    if (state === 'idle' && files.syncCount > before) return;
    await this.close();
    throw new InternalError('database/not-durable', 'a commit did not reach the disk; the server must not start');
  }
}

const TAIL_BYTES = 6;
/** Any failing statement turns the open transaction into a failed one; this one names its reason in the engine's log. */
const BREAK_OFF = `DO $$ BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '57014'; END $$`;

function broken(): UnavailableError {
  return new UnavailableError('database/unavailable', 'the embedded database stopped working; restart the server', {
    details: { reason: 'embedded-broken' },
    retryable: false,
  });
}

function ended(): UnavailableError {
  return new UnavailableError('database/unavailable', 'the session was closed', { details: { reason: 'session' } });
}

function durableStartParams(): string[] {
  const withoutFsyncOff = PGlite.defaultStartParams.filter((param) => param !== '-F');
  return [...withoutFsyncOff, '-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'full_page_writes=on'];
}
