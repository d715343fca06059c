import type {
  ContentRequest,
  GraphqlAnswer,
  GraphqlRequest,
  HttpFailure,
  PartUpload,
  Transport,
} from '@rogatory/client';
import { UnavailableError } from '@rogatory/kernel';
import type { Json } from '../../rig/evil-proxy.js';
import { copyOf, type Exchange } from './exchange.js';
import { contentOf, partOf, requestOf, streamOf } from './recording-transport.js';

/** One exchange with another answer; the others stay as they were. */
export interface Lie {
  readonly index: number;
  readonly exchange: Exchange;
}

/** A request that no honest session sent: what the lie brought the client to say. */
export interface Departure {
  readonly operation: string;
  readonly sent: string;
}

type Kind<Name extends Exchange['kind']> = Exchange & { readonly kind: Name };

/**
 * Answers a client as a recorded session was answered, but for one lie. A request that the session did not hold gets the
 * answer of another request of its kind, as a server might do that does not care, and where there is none the server is
 * silent.
 */
export class ReplayTransport implements Transport {
  readonly origin: string;
  readonly #exchanges: readonly Exchange[];
  readonly #used = new Set<number>();
  readonly departures: Departure[] = [];
  #isOver = false;
  readonly #known: ReadonlySet<string>;

  constructor(origin: string, honest: readonly Exchange[], lie?: Lie) {
    this.origin = origin;
    this.#known = new Set(honest.map(({ key, sent }) => `${key}\n${sent}`));
    this.#exchanges = honest.map((exchange, index) => (index === lie?.index ? lie.exchange : exchange));
  }

  async request(request: GraphqlRequest): Promise<GraphqlAnswer> {
    // A turn of the event loop, as any network takes: a client that asks without end can be stopped.
    await new Promise((resolve) => setImmediate(resolve));
    const found = this.#find<'graphql'>('graphql', requestOf(request), request.operation.name);
    return copyOf(found.answer) as GraphqlAnswer;
  }

  async *subscribe(request: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer> {
    const { answers } = this.#find<'live'>('live', requestOf(request), request.operation.name);
    for (const answer of answers as readonly Json[]) {
      if (signal.aborted) return;
      yield copyOf(answer) as GraphqlAnswer;
    }
    // An honest server goes on without words; the session ends when the client has seen enough.
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async putPart(upload: PartUpload): Promise<HttpFailure | undefined> {
    return this.#find<'put'>('put', partOf(upload), 'put').answer;
  }

  async getContent(request: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const { answer } = this.#find<'content'>('content', contentOf(request), 'content');
    if (answer === undefined) return { status: 404, code: undefined };
    return answer instanceof Uint8Array ? streamOf(answer) : answer;
  }

  async getFile(path: string): Promise<Uint8Array | undefined> {
    const { answer } = this.#find<'file'>('file', { key: `file ${path}`, sent: path }, 'file');
    return answer instanceof Uint8Array ? answer.slice() : undefined;
  }

  getStream(): Promise<never> {
    return Promise.reject(new UnavailableError('client/network', 'no stream was recorded'));
  }

  async close(): Promise<void> {
    this.#isOver = true;
  }

  #find<Name extends Exchange['kind']>(
    kind: Name,
    asked: { readonly key: string; readonly sent: string },
    operation: string,
  ): Kind<Name> {
    if (this.#isOver) throw new UnavailableError('client/network', 'the session is over');
    if (!this.#known.has(`${asked.key}\n${asked.sent}`)) this.departures.push({ operation, sent: asked.sent });
    const isOf = (exchange: Exchange): exchange is Kind<Name> =>
      exchange.kind === kind && exchange.key.startsWith(`${operation} `);
    const all = this.#exchanges
      .map((exchange, index) => ({ exchange, index }))
      .filter(({ exchange }) => isOf(exchange));
    const same = all.filter(({ exchange }) => exchange.key === asked.key);
    const unused = (some: typeof all) => some.find(({ index }) => !this.#used.has(index));
    const chosen = unused(same) ?? same.at(-1) ?? unused(all) ?? all.at(-1);
    if (chosen === undefined || !isOf(chosen.exchange)) throw new UnavailableError('client/network', 'no such answer');
    this.#used.add(chosen.index);
    return chosen.exchange;
  }
}
