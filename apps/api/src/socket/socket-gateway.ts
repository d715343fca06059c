import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Principal } from '@rogatory/access';
import { type Clock, CodecError, isRogatoryError, limits, RefusedError, UsageError } from '@rogatory/kernel';
import {
  type BoundedDocument,
  formatGraphqlError,
  type GraphqlContext,
  parseBounded,
  type TrustedDocuments,
} from '@rogatory/platform-graphql';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, OperationTypeNode, validate } from 'graphql';
import { type Context, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from 'graphql-ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { isAllowedOrigin } from './origin.js';
import { SharedResults } from './shared-results.js';

/** Who is on a socket, once it has said so; ends with the session. */
export interface SocketSession {
  readonly deviceId: string;
  /** UTC milliseconds at which the session ends for good. */
  readonly endsAtMs: number;
  /** Who acts, looked at again. @throws RefusedError when the session no longer stands. */
  principal(): Promise<Principal>;
  /** Calls back once when the session, device or person is cut off. @returns stops listening. */
  onCut(cut: () => void): () => void;
}

/** What the gateway needs of the rest of the server. */
export interface SocketGatewayParts {
  readonly schema: GraphQLSchema;
  readonly clock: Clock;
  readonly trusted: TrustedDocuments;
  /** Only outside production: also documents that are not in the list. */
  readonly admitsAnyDocument: boolean;
  readonly allowedOrigins: readonly string[];
  /** Proves the access token of `connection_init`. @throws RefusedError */
  authenticate(accessToken: string, request: IncomingMessage): Promise<SocketSession>;
  /** The GraphQL context of one subscription; `extensions` are those of its subscribe message. */
  contextOf(
    session: SocketSession,
    request: IncomingMessage,
    extensions: Record<string, unknown>,
  ): Promise<GraphqlContext>;
  /** Whom the record of a refusal names: the session's device where it still stands, else a caller without proof. */
  refusalContextOf(session: SocketSession | undefined, request: IncomingMessage): Promise<GraphqlContext>;
  /** Records a refusal that no use case has recorded yet; resolves when it is durable. Fails closed. */
  recordRefusal(error: unknown, context: GraphqlContext): Promise<void>;
  /** How the audit log goes on from the head that a subscriber stated; undefined for whoever stated none. */
  viewOf?(context: GraphqlContext): Promise<Record<string, unknown> | undefined>;
  /** Logs an error that no code of ours describes. */
  onError(error: unknown): void;
}

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  session?: SocketSession;
  open: number;
  /** Set once; from then on nothing that arrives is looked at. */
  isTurnedAway: boolean;
}

/** Why and how a socket ends. */
interface Ending {
  readonly error: unknown;
  readonly code: number;
  readonly reason: string;
}

export const socketCloseCodes = {
  badRequest: 4400,
  unauthorised: 4401,
  forbidden: 4403,
  tooMany: 4429,
  cutOff: 4440,
  tooLarge: 1009,
  tryLater: 1013,
} as const;

type SocketRefusal = 'request/invalid' | 'request/unknown-document' | 'request/too-many';

const INIT_WAIT_MS = 5_000;
const PING_MS = 15_000;
const PATH = '/graphql';

/**
 * GraphQL subscriptions over WebSocket: subscription operations only, trusted documents, the same limits as HTTP, a
 * session on every socket, frames bounded, sockets counted per device, closed when the session is cut off.
 */
export class SocketGateway {
  readonly #parts: SocketGatewayParts;
  readonly #sockets = new Map<string, Set<WebSocket>>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxFrameBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  readonly #results: SharedResults;
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    this.#upgrade(request, socket, head);
  #http: Server | undefined;

  constructor(parts: SocketGatewayParts) {
    this.#parts = parts;
    this.#results = new SharedResults(
      {
        format: (error) => {
          parts.onError(error);
          return this.#publicError(error);
        },
        refused: (error, context) => parts.recordRefusal(error, context),
        view: async (context) => parts.viewOf?.(context),
      },
      parts.clock,
    );
    const server = makeServer<{ accessToken?: unknown }, Extra>({
      connectionInitWaitTimeout: INIT_WAIT_MS,
      onConnect: (context) => this.#connect(context),
      onSubscribe: (context, _id, payload) => this.#prepare(context, payload),
      onComplete: ({ extra }) => void extra.open--,
      subscribe: (args) => this.#results.subscribe(args),
      execute: () => ({ errors: [refused('request/invalid', 'only subscriptions travel on a socket')] }),
    });
    this.#server.on('connection', (socket, request) => this.#serve(server, socket, request));
  }

  attach(http: Server): void {
    this.#http = http;
    http.on('upgrade', this.#onUpgrade);
  }

  /** Connections, also those that have not said yet who they are. */
  get openSockets(): number {
    return this.#server.clients.size;
  }

  /** Tells every client to come back later, and waits for none. */
  close(): void {
    this.#http?.off('upgrade', this.#onUpgrade);
    for (const client of this.#server.clients) {
      client.close(1001, 'going away');
      endSoon(client);
    }
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?')[0];
    const hasQuery = (request.url ?? '').includes('?');
    if (path !== PATH || hasQuery || !isAllowedOrigin(request, this.#parts.allowedOrigins)) {
      void this.#refuseUpgrade(request, socket, path === PATH);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#server.emit('connection', client, request));
  }

  #serve(
    server: ReturnType<typeof makeServer<{ accessToken?: unknown }, Extra>>,
    socket: WebSocket,
    request: IncomingMessage,
  ): void {
    const extra: Extra = { socket, request, open: 0, isTurnedAway: false };
    const end = (code: number = socketCloseCodes.badRequest, reason = 'bad message'): Promise<void> =>
      this.#turnAway(extra, { error: badMessage(code), code, reason });
    const transport = {
      protocol: socket.protocol,
      send: (data: string) => (this.#isOver(extra) ? this.#end(extra) : send(socket, data)),
      close: (code?: number, reason?: string) => void end(code, reason),
      onMessage: (receive: (data: string) => Promise<void>) =>
        socket.on('message', (data) => {
          if (!extra.isTurnedAway) receive(textOf(data)).catch(() => end());
        }),
    };
    const closed = server.opened(transport, extra);
    const stopPing = keepAlive(socket);
    socket.on('error', (error) => {
      const isTooLong = Reflect.get(error, 'code') === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      void end(isTooLong ? socketCloseCodes.tooLarge : undefined, 'bad frame').then(() => endSoon(socket));
    });
    socket.once('close', (code, reason) => {
      stopPing();
      void closed(code, String(reason));
    });
  }

  async #connect({ connectionParams, extra }: Context<{ accessToken?: unknown }, Extra>): Promise<boolean> {
    const token = connectionParams?.accessToken;
    try {
      if (typeof token !== 'string') throw new RefusedError('access/refused', 'no session');
      extra.session = await this.#parts.authenticate(token, extra.request);
      this.#count(extra.session, extra.socket);
      return true;
    } catch (error) {
      const isFull = isRogatoryError(error) && error.code === 'request/too-many';
      const code = isFull ? socketCloseCodes.tooMany : socketCloseCodes.unauthorised;
      await this.#turnAway(extra, { error, code, reason: isRogatoryError(error) ? error.code : 'internal' });
      return false;
    }
  }

  /** @throws RefusedError `request/too-many`. */
  #count(session: SocketSession, socket: WebSocket): void {
    const sockets = this.#sockets.get(session.deviceId) ?? new Set();
    if (sockets.size >= limits.maxSocketsPerDevice) throw new RefusedError('request/too-many', 'too many sockets');
    sockets.add(socket);
    this.#sockets.set(session.deviceId, sockets);
    const stop = session.onCut(() => cutOff(socket));
    const end = setTimeout(() => sessionOver(socket), session.endsAtMs - this.#parts.clock.nowMs());
    socket.once('close', () => {
      stop();
      clearTimeout(end);
      sockets.delete(socket);
      if (sockets.size === 0) this.#sockets.delete(session.deviceId);
    });
  }

  /** By the clock of the day as well as by the timer: a machine may have slept. */
  #isOver({ session }: Extra): boolean {
    return session !== undefined && session.endsAtMs <= this.#parts.clock.nowMs();
  }

  async #end({ socket }: Extra): Promise<void> {
    sessionOver(socket);
  }

  /** Ends a socket once; what was refused is recorded before the peer is told. */
  async #turnAway(extra: Extra, { error, code, reason }: Ending): Promise<void> {
    if (extra.isTurnedAway) return;
    extra.isTurnedAway = true;
    const isRecorded = await this.#record(extra, error);
    if (isRecorded) extra.socket.close(code, reason);
    else extra.socket.close(socketCloseCodes.tryLater, 'audit/unavailable');
    endSoon(extra.socket, limits.cutOffMs);
  }

  async #refuseUpgrade(request: IncomingMessage, socket: Duplex, isOurs: boolean): Promise<void> {
    socket.on('error', () => socket.destroy());
    // An address that nothing stands at is no operation and leaves no record.
    if (isOurs)
      await this.#record({ request }, new RefusedError('access/refused', 'this origin may not open a socket'));
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  /** @returns false when nothing may be told, since the record did not become durable. */
  async #record({ session, request }: Pick<Extra, 'session' | 'request'>, error: unknown): Promise<boolean> {
    this.#parts.onError(error);
    try {
      await this.#parts.recordRefusal(error, await this.#parts.refusalContextOf(session, request));
      return true;
    } catch (fault) {
      this.#parts.onError(fault);
      return false;
    }
  }

  /** Records, then forms. */
  async #refusal(extra: Extra, error: unknown): Promise<GraphQLError> {
    if (await this.#record(extra, error)) return this.#publicError(error);
    return new GraphQLError('cannot answer now', { extensions: { code: 'audit/unavailable', family: 'unavailable' } });
  }

  async #prepare(
    { extra }: Context<{ accessToken?: unknown }, Extra>,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | GraphQLError[]> {
    extra.open++;
    try {
      const { session } = extra;
      if (!session) throw new RefusedError('access/refused', 'no session');
      if (extra.open > limits.maxSubscriptionsPerSocket) throw refused('request/too-many', 'too many subscriptions');
      const { document, operation } = this.#document(payload);
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
        throw refused('request/invalid', 'only subscriptions travel on a socket');
      }
      const errors = validate(this.#parts.schema, document);
      if (errors.length > 0) throw refused('request/invalid', 'the document does not fit the schema');
      const contextValue = await this.#parts.contextOf(session, extra.request, payload.extensions ?? {});
      return { schema: this.#parts.schema, document, contextValue, variableValues: payload.variables ?? {} };
    } catch (error) {
      // A subscription that did not begin is never completed.
      extra.open--;
      return [await this.#refusal(extra, error)];
    }
  }

  /** A trusted document by its id, sent as `extensions.documentId`; text only where any document is admitted. */
  #document(payload: SubscribePayload): BoundedDocument {
    const id = payload.extensions?.['documentId'];
    if (typeof id === 'string') return this.#parts.trusted.document(id);
    if (!this.#parts.admitsAnyDocument) throw refused('request/unknown-document', 'unknown document');
    return parseBounded(payload.query);
  }

  #publicError(error: unknown): GraphQLError {
    const { message, extensions } = formatGraphqlError(error);
    return new GraphQLError(message, { extensions: extensions ?? {} });
  }
}

function badMessage(code: number): CodecError | UsageError {
  if (code === socketCloseCodes.tooLarge) return new CodecError('codec/too-long', 'longer than the object may be');
  return new UsageError('request/invalid', 'the request is not valid');
}

function cutOff(socket: WebSocket): void {
  // From here on `send` sends nothing: the socket is closing.
  socket.close(socketCloseCodes.cutOff, 'cut off');
  endSoon(socket);
}

/** The same for a session whose time is over: it takes a new login. */
function sessionOver(socket: WebSocket): void {
  socket.close(socketCloseCodes.unauthorised, 'login/session');
  endSoon(socket);
}

/** Waits a moment for the peer's own goodbye. */
function endSoon(socket: WebSocket, waitMs = limits.cutOffMs / 4): void {
  const end = setTimeout(() => socket.terminate(), waitMs);
  socket.once('close', () => clearTimeout(end));
}

function send(socket: WebSocket, data: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve, reject) => socket.send(data, (error) => (error ? reject(error) : resolve())));
}

/** A text frame; with `maxPayload` it is one small buffer. */
function textOf(data: RawData): string {
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer)).toString('utf8');
}

/** Ends a socket whose peer has gone without a word. @returns stops. */
function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}

function refused(code: SocketRefusal, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
