import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TrustedDocuments } from '@rogatory/platform-graphql';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { WebSocket } from 'ws';
import { graphqlContext } from '../graphql/request-context.js';
import { SocketGateway, socketCloseCodes } from './socket-gateway.js';

const ENDS_AT_MS = 43_200_000;
const LONG = 'subscription { count }';

/** A gateway on a port of its own, with one subscription that says what it is told to. */
class Setting {
  nowMs = 0;
  readonly #waiting: number[] = [];
  #wake: () => void = () => undefined;
  readonly #http: Server = createServer();
  readonly #gateway: SocketGateway;

  constructor() {
    const context = async () =>
      graphqlContext({ requestId: 'x', source: { address: '127.0.0.1', clientBuild: 'test/1' }, claim: {} });
    this.#gateway = new SocketGateway({
      schema: this.#schema(),
      clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
      ...{ trusted: new TrustedDocuments({}), admitsAnyDocument: true, allowedOrigins: [] },
      authenticate: async () => ({
        ...{ deviceId: 'device', endsAtMs: ENDS_AT_MS, onCut: () => () => undefined },
        principal: () => Promise.reject(new Error('nobody asks')),
      }),
      ...{ contextOf: context, refusalContextOf: context, recordRefusal: async () => undefined },
      onError: () => undefined,
    });
    this.#gateway.attach(this.#http);
  }

  say(n: number): void {
    this.#waiting.push(n);
    this.#wake();
  }

  #schema(): GraphQLSchema {
    const query = new GraphQLObjectType({ name: 'Query', fields: { count: { type: GraphQLInt } } });
    const subscribe = () => this.#said();
    const resolve = (n: unknown) => n;
    const fields = { count: { type: GraphQLInt, subscribe, resolve } };
    return new GraphQLSchema({ query, subscription: new GraphQLObjectType({ name: 'Subscription', fields }) });
  }

  async *#said(): AsyncGenerator<number, undefined> {
    for (;;) {
      const first = this.#waiting.shift();
      if (first !== undefined) yield first;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async open(): Promise<Listener> {
    await new Promise<void>((done) => this.#http.listen(0, '127.0.0.1', done));
    const address = this.#http.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return new Listener(new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws'));
  }

  async close(): Promise<void> {
    this.#gateway.close();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }
}

/** Follows the subscription from its start. */
class Listener {
  readonly heard: unknown[] = [];
  readonly closed: Promise<readonly [number, string]>;
  #next: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.closed = new Promise((done) => socket.once('close', (code, reason) => done([code, String(reason)])));
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: 't' } })));
    socket.on('message', (data) => {
      const told = JSON.parse(String(data)) as { readonly type: string; readonly payload?: unknown };
      if (told.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: LONG } }));
      } else this.heard.push(told.payload);
      this.#next();
    });
  }

  async hears(count: number): Promise<void> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#next = resolve;
      });
    }
  }
}

describe('a socket', () => {
  let setting: Setting;
  beforeEach(() => {
    setting = new Setting();
  });
  afterEach(() => setting.close());

  it('delivers while its session lasts, and from its end on nothing more', async () => {
    const listener = await setting.open();
    setting.say(1);
    await listener.hears(1);
    setting.nowMs = ENDS_AT_MS;
    setting.say(2);
    expect(await listener.closed).toEqual([socketCloseCodes.unauthorised, 'login/session']);
    expect(listener.heard).toEqual([{ data: { count: 1 } }]);
  });

  it('ends with its session also when nothing is said on it', async () => {
    setting.nowMs = ENDS_AT_MS - 20;
    const listener = await setting.open();
    expect(await listener.closed).toEqual([socketCloseCodes.unauthorised, 'login/session']);
    expect(listener.heard).toEqual([]);
  });
});
