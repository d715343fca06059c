import {
  type ContentRequest,
  type GraphqlAnswer,
  type GraphqlRequest,
  type HttpFailure,
  isHttpFailure,
  type PartUpload,
  type StreamRequest,
  type Transport,
} from '@rogatory/client';
import { toBase64 } from '@rogatory/kernel';
import { asJson, type Exchange } from './exchange.js';

/** What names a request among those of its session, and all that it tells the server. */
export function requestOf({ operation, variables, proof }: GraphqlRequest): { key: string; sent: string } {
  const told = {
    variables: variables ?? {},
    act: proof.act && toBase64(proof.act),
    why: proof.why && toBase64(proof.why),
  };
  return { key: `${operation.name} ${JSON.stringify(told.variables)}`, sent: JSON.stringify(told) };
}

export function partOf({ uploadId, index, bytes }: PartUpload): { key: string; sent: string } {
  return { key: `put ${uploadId} ${index}`, sent: toBase64(bytes) };
}

export function contentOf({ uploadId, from, to, grant }: ContentRequest): { key: string; sent: string } {
  const key = `content ${uploadId} ${from}-${to}`;
  return { key, sent: `${key} ${grant}` };
}

/** Carries requests to an honest server and writes down what came of each. */
export class RecordingTransport implements Transport {
  readonly #inner: Transport;
  readonly exchanges: Exchange[] = [];

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get origin(): string {
    return this.#inner.origin;
  }

  async request(request: GraphqlRequest): Promise<GraphqlAnswer> {
    const answer = await this.#inner.request(request);
    const { name: operation, rootField } = request.operation;
    this.exchanges.push({ kind: 'graphql', operation, rootField, ...requestOf(request), answer: asJson(answer) });
    return answer;
  }

  async *subscribe(request: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer> {
    const { name: operation, rootField } = request.operation;
    const exchange: Exchange = { kind: 'live', operation, rootField, ...requestOf(request), answers: [] };
    this.exchanges.push(exchange);
    for await (const answer of this.#inner.subscribe(request, signal)) {
      exchange.answers.push(asJson(answer));
      yield answer;
    }
  }

  async putPart(upload: PartUpload): Promise<HttpFailure | undefined> {
    const asked = partOf(upload);
    const answer = await this.#inner.putPart(upload);
    this.exchanges.push({ kind: 'put', ...asked, answer });
    return answer;
  }

  async getContent(request: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const told = await this.#inner.getContent(request);
    const answer = isHttpFailure(told) ? told : await collected(told);
    this.exchanges.push({ kind: 'content', ...contentOf(request), answer });
    return answer instanceof Uint8Array ? streamOf(answer) : answer;
  }

  async getFile(path: string, accessToken?: string): Promise<Uint8Array | undefined> {
    const answer = await this.#inner.getFile(path, accessToken);
    this.exchanges.push({ kind: 'file', key: `file ${path}`, sent: path, answer });
    return answer;
  }

  /** Streams of records are read by no session that is played again. */
  getStream(request: StreamRequest): ReturnType<Transport['getStream']> {
    return this.#inner.getStream(request);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

export async function* streamOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.slice(at, at + 64 * 1024);
}
