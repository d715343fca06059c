import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TrustedDocuments } from '@rogatory/platform-graphql';
import { serverInfoModule } from '../graphql/server-info.js';
import type { AnsweredRequest } from '../metrics/request-meter.js';
import { createHttpServer, type HttpServer } from './http-server.js';

const facts = {
  ...{ federationHash: '', federationRoot: new Uint8Array(), auditOrigin: '', directoryOrigin: '', logKeys: [] },
  ...{ promiseKey: new Uint8Array(), demo: true, version: '0' },
};

/** A call that is seen, and answered when it is told to be. */
class Held {
  arrived: () => void = () => undefined;
  answer: () => void = () => undefined;
  readonly hasArrived = new Promise<void>((resolve) => {
    this.arrived = resolve;
  });
  readonly mayAnswer = new Promise<void>((resolve) => {
    this.answer = resolve;
  });
}

describe('the HTTP side of a server', () => {
  const agent = new Agent({ keepAlive: true });
  let held: Held;
  let http: HttpServer;
  let answered: AnsweredRequest[];
  let isServing: boolean;

  beforeEach(async () => {
    held = new Held();
    answered = [];
    isServing = true;
    const handle = async () => {
      held.arrived();
      await held.mayAnswer;
      return { status: 'ready' };
    };
    http = await createHttpServer({
      modules: [
        serverInfoModule(facts, () => ({ witnesses: 0, unwitnessedSinceMs: null }), {
          nowMs: () => 0,
          monotonicMs: () => 0,
        }),
      ],
      routes: [{ operation: 'route.health', method: 'GET', url: '/health', handle }],
      sessions: { principalOf: () => Promise.reject(new Error('nobody has a session')) },
      reports: { recordRefusal: async () => undefined, logUnexpected: () => undefined },
      trusted: new TrustedDocuments({}),
      ...{ admitsAnyDocument: false, trustedProxies: [] },
      isServing: () => isServing,
      meter: { answered: (told) => answered.push(told), refused: () => undefined },
    });
    await http.app.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    held.answer();
    await http.app.close();
    agent.destroy();
  });

  it('ends a connection that its client keeps open once the request under way at a stop is answered', async () => {
    const server: Server = http.app.getHttpServer();
    const cut = jest.spyOn(server, 'closeAllConnections');
    const sent = request({ agent, host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/health' });
    const response = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end();
    await held.hasArrived;
    const closed = http.app.close();
    held.answer();
    const [message] = await response;
    message.resume();
    await closed;
    expect(message.statusCode).toBe(200);
    expect(cut).not.toHaveBeenCalled();
  });

  it('does nothing before the start is recorded, and asks to come again', async () => {
    isServing = false;
    held.answer();
    const url = await http.app.getUrl();
    for (const [path, method] of [
      ['/health', 'GET'],
      ['/graphql', 'POST'],
      ['/nowhere', 'GET'],
    ] as const) {
      const { status, headers } = await fetch(`${url}${path}`, { method });
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
    isServing = true;
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('measures each answer by the operation of its route', async () => {
    held.answer();
    const url = await http.app.getUrl();
    for (const path of ['/health', '/nowhere']) await (await fetch(`${url}${path}`)).text();
    await http.app.close();
    expect(answered).toEqual([
      { operation: 'route.health', status: 200, seconds: expect.any(Number) },
      { operation: 'none', status: 404, seconds: expect.any(Number) },
    ]);
  });
});
