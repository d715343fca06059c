import type {
  ContentRequest,
  GraphqlAnswer,
  GraphqlRequest,
  HttpFailure,
  PartUpload,
  StreamRequest,
  Transport,
} from '@rogatory/client';
import { isHttpFailure } from '@rogatory/client';

/** What became of the newest download: how much came, and when the stream broke off. */
export interface StreamWatch {
  readonly receivedBytes: number;
  readonly brokenAtMs: number | undefined;
}

/** When a request left this device, and when its answer was here. */
export interface Exchange {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** A transport that reads downloads as slowly as a thin line would, and notes the moment in which one breaks off. */
export class PacedTransport implements Transport {
  readonly #inner: Transport;
  #pauseMs = 0;
  #subscriptionEndedAtMs: number | undefined;
  readonly #exchanges = new Map<string, Exchange>();
  #watch: StreamWatch = { receivedBytes: 0, brokenAtMs: undefined };

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get origin(): string {
    return this.#inner.origin;
  }

  get watch(): StreamWatch {
    return this.#watch;
  }

  /** The newest exchange of an operation. */
  exchange(operation: string): Exchange | undefined {
    return this.#exchanges.get(operation);
  }

  /** When the newest subscription ended, whoever ended it. */
  get subscriptionEndedAtMs(): number | undefined {
    return this.#subscriptionEndedAtMs;
  }

  /** Pause after each chunk from now on; none with 0. */
  pace(pauseMs: number): void {
    this.#pauseMs = pauseMs;
  }

  async request(request: GraphqlRequest): Promise<GraphqlAnswer> {
    const sentAtMs = Date.now();
    const answer = await this.#inner.request(request);
    this.#exchanges.set(request.operation.name, { sentAtMs, answeredAtMs: Date.now() });
    return answer;
  }

  async *subscribe(request: GraphqlRequest, signal: AbortSignal): AsyncGenerator<GraphqlAnswer, void, undefined> {
    try {
      yield* this.#inner.subscribe(request, signal);
    } finally {
      this.#subscriptionEndedAtMs = Date.now();
    }
  }

  putPart(upload: PartUpload): Promise<HttpFailure | undefined> {
    return this.#inner.putPart(upload);
  }

  async getContent(request: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const answer = await this.#inner.getContent(request);
    return isHttpFailure(answer) ? answer : this.#watched(answer);
  }

  getFile(path: string, accessToken?: string): Promise<Uint8Array | undefined> {
    return this.#inner.getFile(path, accessToken);
  }

  getStream(request: StreamRequest): ReturnType<Transport['getStream']> {
    return this.#inner.getStream(request);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async *#watched(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    this.#watch = { receivedBytes: 0, brokenAtMs: undefined };
    try {
      for await (const chunk of chunks) {
        this.#watch = { ...this.#watch, receivedBytes: this.#watch.receivedBytes + chunk.length };
        yield chunk;
        if (this.#pauseMs > 0) await new Promise<void>((done) => setTimeout(done, this.#pauseMs));
      }
    } catch (error) {
      this.#watch = { ...this.#watch, brokenAtMs: Date.now() };
      throw error;
    }
  }
}
