import { concatBytes, limits, toBase64 } from '@rogatory/kernel';
import type { LogHead } from '@rogatory/protocol';
import { type Client, createClient } from 'graphql-ws';
import { unansweredError, unavailableError, usageError } from '../client.errors.js';
import { fieldOf } from './answer.js';
import { chunksOf, type ContentWire, fetchWire } from './content-wire.js';
import type {
  ContentRequest,
  GraphqlAnswer,
  GraphqlRequest,
  HttpFailure,
  PartUpload,
  RequestProof,
  StreamRequest,
  Transport,
} from './transport.js';

export interface FetchTransportOptions {
  /** Such as "https://rogatory.example"; plain HTTP only to loopback. */
  readonly server: string;
  /** What the client calls itself in audit records: printable ASCII, at most 100 characters. */
  readonly build: string;
  readonly fetch?: typeof fetch;
  /** What carries parts of files; `fetch` where absent. */
  readonly wire?: ContentWire;
  /** A WebSocket class; the global one where absent. */
  readonly webSocketImpl?: unknown;
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const MAX_ANSWER_BYTES = 4 * limits.maxPageBytes;
const MAX_FILE_BYTES = 20 * 1024 * 1024; // an entry bundle of 256 records of 64 KiB

/** HTTP and WebSocket, in browsers and in Node. @throws UsageError `client/input` for a server address that is not safe. */
export class FetchTransport implements Transport {
  readonly origin: string;
  readonly #build: string;
  readonly #fetch: typeof fetch;
  readonly #wire: ContentWire;
  readonly #webSocketImpl: unknown;
  readonly #sockets = new Set<Client>();

  constructor(options: FetchTransportOptions) {
    this.origin = originOf(options.server);
    this.#build = options.build;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#wire = options.wire ?? fetchWire(this.#fetch);
    this.#webSocketImpl = options.webSocketImpl;
  }

  async request({ operation, variables, proof }: GraphqlRequest): Promise<GraphqlAnswer> {
    const response = await this.#send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers(proof) },
      body: JSON.stringify({ documentId: operation.id, variables }),
      signal: AbortSignal.timeout(limits.requestTimeoutMs),
    });
    return parseObject(await bytesOf(chunksOf(response.body), MAX_ANSWER_BYTES));
  }

  async *subscribe({ operation, variables, proof }: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer> {
    const client = this.#socket(proof);
    this.#sockets.add(client);
    const head = proof.head === undefined ? {} : { head: statedHead(proof.head) };
    const extensions = { documentId: operation.id, ...encoded(proof), ...head };
    const results = client.iterate({ query: '', variables: variables as Record<string, unknown>, extensions });
    const stop = (): void => void results.return?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const result of results) {
        if (signal.aborted) return;
        yield result;
      }
    } catch (cause) {
      if (signal.aborted) return;
      if (Array.isArray(cause)) yield { errors: cause };
      else throw unavailableError('client/interrupted', cause);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#sockets.delete(client);
      await client.dispose();
    }
  }

  async putPart({ uploadId, index, bytes, accessToken }: PartUpload): Promise<HttpFailure | undefined> {
    const { status, body } = await this.#wire({
      url: `${this.origin}/uploads/${uploadId}/parts/${index}`,
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', ...this.#headers({ accessToken }) },
      body: bytes,
    });
    const text = await bytesOf(body, limits.maxFrameBytes);
    return status >= 200 && status < 300 ? undefined : failureOf(status, text);
  }

  async getContent(request: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const { uploadId, grant, accessToken, from, to, signal } = request;
    const { status, body } = await this.#wire({
      url: `${this.origin}/uploads/${uploadId}/content`,
      method: 'GET',
      headers: { ...this.#headers({ accessToken }), 'rogatory-grant': grant, range: `bytes=${from}-${to}` },
      ...(signal ? { signal } : {}),
    });
    return status === 206 ? body : failureOf(status, await bytesOf(body, limits.maxFrameBytes));
  }

  async getStream({ path, proof }: StreamRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const headers = this.#headers(proof);
    const { status, body } = await this.#wire({ url: `${this.origin}/${path}`, method: 'GET', headers });
    return status === 200 ? body : failureOf(status, await bytesOf(body, limits.maxFrameBytes));
  }

  async getFile(path: string, accessToken?: string): Promise<Uint8Array | undefined> {
    const response = await this.#send(`/${path}`, {
      headers: this.#headers(accessToken === undefined ? {} : { accessToken }),
      signal: AbortSignal.timeout(limits.requestTimeoutMs),
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw unavailableError('client/network', { status: response.status });
    return bytesOf(chunksOf(response.body), MAX_FILE_BYTES);
  }

  async close(): Promise<void> {
    for (const client of this.#sockets) await client.dispose();
    this.#sockets.clear();
  }

  #headers(proof: RequestProof): Record<string, string> {
    const { act, why } = encoded(proof);
    return {
      'rogatory-client': this.#build,
      ...(proof.accessToken === undefined ? {} : { authorization: `Bearer ${proof.accessToken}` }),
      ...(act === undefined ? {} : { 'rogatory-act': act }),
      ...(why === undefined ? {} : { 'rogatory-why': why }),
      ...(proof.head === undefined ? {} : { 'rogatory-head': statedHead(proof.head) }),
      ...(proof.peerSizes === undefined ? {} : { 'rogatory-peer-heads': proof.peerSizes.join(',') }),
    };
  }

  #socket({ accessToken }: RequestProof): Client {
    return createClient({
      url: `${this.origin.replace(/^http/, 'ws')}/graphql`,
      lazy: true,
      retryAttempts: 0,
      connectionParams: { accessToken },
      ...(this.#webSocketImpl === undefined ? {} : { webSocketImpl: this.#webSocketImpl }),
    });
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(`${this.origin}${path}`, { ...init, redirect: 'error', credentials: 'omit' });
    } catch (cause) {
      throw isBroken(cause) ? unansweredError(cause) : unavailableError('client/network', cause);
    }
  }
}

/** Browsers and Node tell a broken connection without an answer as a TypeError, and what waited too long otherwise. */
function isBroken(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && Reflect.get(cause, 'name') === 'TypeError';
}

/** The origin form of a server address. @throws UsageError `client/input`. */
export function originOf(server: string): string {
  let url: URL;
  try {
    url = new URL(server);
  } catch (cause) {
    throw usageError('client/input', { cause });
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isSafe || !isBare) throw usageError('client/input');
  return url.origin;
}

function encoded({ act, why }: RequestProof): { act?: string; why?: string } {
  return { ...(act && { act: toBase64(act) }), ...(why && { why: toBase64(why) }) };
}

const statedHead = ({ size, root }: LogHead): string => `${size}:${toBase64(root)}`;

async function bytesOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw unavailableError('client/network', { maxBytes });
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

function parseObject(bytes: Uint8Array): GraphqlAnswer {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const keys = { data: fieldOf(value, 'data'), errors: fieldOf(value, 'errors') };
    return { ...keys, extensions: fieldOf(value, 'extensions') };
  } catch (cause) {
    throw unavailableError('client/network', cause);
  }
}

function failureOf(status: number, text: Uint8Array): HttpFailure {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(text));
    const errors = fieldOf(body, 'errors');
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    const code = fieldOf(fieldOf(first, 'extensions'), 'code');
    return { status, code: typeof code === 'string' ? code : undefined };
  } catch {
    return { status, code: undefined };
  }
}
