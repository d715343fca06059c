import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { operations } from '@rogatory/client';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What a client asked, as the proxy saw it. */
export interface SeenRequest {
  readonly operation: string;
  readonly variables: JsonObject;
  readonly act: string | undefined;
}

/** Makes another answer of an honest one. */
export type Lie = (answer: JsonObject, request: SeenRequest) => JsonObject;
/** Gives other bytes for those of a file from `start` on. */
export type FileLie = (bytes: Buffer, start: number, path: string) => Buffer;

const nameOfDocument = new Map<string, string>(
  Object.values(operations).flatMap((value) =>
    typeof value === 'object' && 'id' in value ? [[value.id, value.name] as const] : [],
  ),
);

/**
 * Stands between a client and an honest server, over HTTP and WebSocket, holds no key of anybody, and answers what it is
 * told to answer. Without lies it is transparent.
 */
export class EvilProxy {
  /** Where the honest server is; another one can be put behind it at any time. */
  target: string;
  readonly seen: SeenRequest[] = [];
  /** First line and headers of every request, sockets too. */
  readonly lines: string[] = [];
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' });
  readonly #lies = new Map<string, Lie>();
  #fileLie: FileLie | undefined;
  #everywhere: Lie | undefined;
  #url = '';

  private constructor(target: string) {
    this.target = target;
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#http.on('upgrade', (request, socket, head) => {
      this.#noteLine(request);
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#relay(client));
    });
  }

  static async start(target: string): Promise<EvilProxy> {
    const proxy = new EvilProxy(target);
    await new Promise<void>((resolve) => proxy.#http.listen(0, '127.0.0.1', resolve));
    const address = proxy.#http.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    proxy.#url = `http://127.0.0.1:${address.port}`;
    return proxy;
  }

  /** How a client is led here while it believes to speak to the server that it names. */
  route(origin: string): { readonly fetch: typeof fetch; readonly webSocketImpl: unknown } {
    const url = this.#url;
    const socketUrl = url.replace('http', 'ws');
    return {
      fetch: (input, init) => fetch(addressOf(input).replace(origin, url), init),
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols?: string | string[]) {
          super(address.replace(origin.replace('http', 'ws'), socketUrl), protocols);
        }
      },
    };
  }

  /** Answers an operation with a lie from now on. */
  lie(operation: string, lie: Lie): void {
    this.#lies.set(operation, lie);
  }

  /** Lies at every operation that has no lie of its own. */
  lieEverywhere(lie: Lie): void {
    this.#everywhere = lie;
  }

  /** Gives other bytes for the plain files and contents. */
  lieAboutFiles(lie: FileLie): void {
    this.#fileLie = lie;
  }

  /** Honest again, and forgetful. */
  honest(): void {
    this.#lies.clear();
    this.#fileLie = undefined;
    this.#everywhere = undefined;
    this.seen.length = 0;
    this.lines.length = 0;
  }

  /** Names of the operations that were asked since `honest`. */
  get asked(): string[] {
    return this.seen.map(({ operation }) => operation);
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#noteLine(request);
    const body = await bytesOf(request);
    const path = request.url ?? '/';
    const { status, headers, bytes } = await this.#forward(request, path, body);
    const answer =
      path === '/graphql' ? this.#lied(seenOf(request, body), bytes) : this.#fileLied(bytes, path, request);
    response.writeHead(status, { ...headers, 'content-length': answer.length });
    response.end(answer);
  }

  #noteLine({ method, url, headers }: IncomingMessage): void {
    const named = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
    this.lines.push([`${method} ${url}`, ...named].join('\n'));
  }

  async #forward(request: IncomingMessage, path: string, body: Buffer) {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !hopByHop.has(name)) headers.set(name, value);
    }
    const method = request.method ?? 'GET';
    const sent = method === 'GET' ? {} : { body: new Uint8Array(body) };
    const told = await fetch(`${this.target}${path}`, { method, headers, ...sent });
    const kept = [...told.headers].filter(([name]) => !hopByHop.has(name));
    return { status: told.status, headers: Object.fromEntries(kept), bytes: Buffer.from(await told.arrayBuffer()) };
  }

  #fileLied(bytes: Buffer, path: string, { method, headers }: IncomingMessage): Buffer {
    const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    return method === 'GET' && this.#fileLie !== undefined ? this.#fileLie(bytes, start, path) : bytes;
  }

  #lied(request: SeenRequest, bytes: Buffer): Buffer {
    this.seen.push(request);
    const lie = this.#lies.get(request.operation) ?? this.#everywhere;
    if (lie === undefined) return bytes;
    return Buffer.from(JSON.stringify(lie(JSON.parse(bytes.toString()) as JsonObject, request)));
  }

  #relay(client: WebSocket): void {
    const server = new WebSocket(`${this.target.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const waiting: string[] = [];
    const asked = new Map<string, SeenRequest>();
    client.on('message', (data) => {
      const text = textOf(data);
      this.#note(text, asked);
      if (server.readyState === WebSocket.OPEN) server.send(text);
      else waiting.push(text);
    });
    server.on('open', () => waiting.splice(0).forEach((text) => server.send(text)));
    server.on('message', (data) => {
      for (const text of this.#pushed(textOf(data), asked)) client.send(text);
    });
    server.on('close', (code, reason) => client.close(code === 1005 || code === 1006 ? 1011 : code, reason));
    client.on('close', () => server.close());
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }

  #note(text: string, asked: Map<string, SeenRequest>): void {
    const message = JSON.parse(text) as { id?: string; type: string; payload?: JsonObject };
    if (message.type !== 'subscribe' || message.id === undefined || message.payload === undefined) return;
    const extensions = (message.payload['extensions'] ?? {}) as JsonObject;
    const operation = nameOfDocument.get(extensions['documentId'] as string) ?? 'unknown';
    const act = extensions['act'];
    const request = { operation, variables: (message.payload['variables'] ?? {}) as JsonObject };
    const seen = { ...request, act: typeof act === 'string' ? act : undefined };
    asked.set(message.id, seen);
    this.seen.push(seen);
  }

  /** A lie about a push may drop it or say it several times: `{ "pushes": [payload, …] }`. */
  #pushed(text: string, asked: ReadonlyMap<string, SeenRequest>): string[] {
    const message = JSON.parse(text) as { id?: string; type: string; payload?: JsonObject };
    const request = message.id === undefined ? undefined : asked.get(message.id);
    if (message.type !== 'next' || request === undefined || message.payload === undefined) return [text];
    const lie = this.#lies.get(request.operation);
    if (lie === undefined) return [text];
    const told = lie(message.payload, request);
    const pushes = Array.isArray(told['pushes']) ? told['pushes'] : [told];
    return pushes.map((payload) => JSON.stringify({ ...message, payload }));
  }
}

const hopByHop = new Set([
  'host',
  'connection',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'keep-alive',
]);

function seenOf(request: IncomingMessage, body: Buffer): SeenRequest {
  const asked = JSON.parse(body.toString()) as { documentId?: string; variables?: JsonObject };
  const act = request.headers['rogatory-act'];
  return {
    operation: nameOfDocument.get(asked.documentId ?? '') ?? 'unknown',
    variables: asked.variables ?? {},
    act: typeof act === 'string' ? act : undefined,
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString();
}

function addressOf(input: Parameters<typeof fetch>[0]): string {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
}
