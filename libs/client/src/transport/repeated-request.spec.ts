import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isRogatoryError } from '@rogatory/kernel';
import { isUnanswered } from '../client.errors.js';
import { FetchTransport } from './fetch-transport.js';
import { requestWell } from './repeated-request.js';
import type { GraphqlRequest, Transport } from './transport.js';

const question = (kind: 'query' | 'mutation', rootField: string, act?: Uint8Array): GraphqlRequest => ({
  operation: { id: 'ab', kind, name: rootField, rootField },
  variables: {},
  proof: act === undefined ? {} : { act },
});
const act = Uint8Array.of(1, 2, 3);

/** A server that answers some requests and drops the connections of others before it says anything. */
class Restarted {
  readonly bodies: string[] = [];
  /** By the number of the request. */
  drops: (request: number) => boolean = () => false;
  answer: unknown = { data: { server: 'well' } };
  #server: Server | undefined;

  async start(port = 0): Promise<number> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.bodies.push(Buffer.concat(chunks).toString());
        if (this.drops(this.bodies.length)) request.socket.destroy();
        else response.setHeader('content-type', 'application/json').end(JSON.stringify(this.answer));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

describe('a request whose connection broke', () => {
  const server = new Restarted();
  afterEach(async () => {
    await server.stop();
    server.bodies.length = 0;
    server.drops = () => false;
    server.answer = { data: { server: 'well' } };
  });
  const transport = (port: number) => new FetchTransport({ server: `http://127.0.0.1:${port}`, build: 'test/1' });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'answered',
      (error: unknown) => (isRogatoryError(error) ? `${error.code} ${isUnanswered(error)}` : String(error)),
    );

  it('is answered by the server that was started again, with several connections kept open', async () => {
    const port = await server.start();
    const way = transport(port);
    const ask = () => requestWell(way, question('query', 'server'));
    await Promise.all([ask(), ask(), ask(), ask()]);
    await server.stop();
    await server.start(port);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ data }) => data)).toEqual([{ server: 'well' }, { server: 'well' }, { server: 'well' }]);
  });

  it.each([
    ['a question', question('query', 'server')],
    ['an act, in the same bytes', question('mutation', 'postItem', act)],
    ['a challenge', question('mutation', 'requestChallenge')],
    ['a refresh, which has a successor for a while', question('mutation', 'refreshSession')],
  ])('is sent again once: %s', async (_, request) => {
    const way = transport(await server.start());
    server.drops = (number) => number === 1;
    expect(await requestWell(way, request)).toMatchObject({ data: { server: 'well' } });
    expect(server.bodies).toHaveLength(2);
    expect(server.bodies[1]).toBe(server.bodies[0]);
  });

  it.each([
    ['a login, whose challenge is good for one', question('mutation', 'login')],
    ['a question that is an act of its own', question('query', 'chain', act)],
  ])('is not sent again: %s', async (_, request) => {
    const way = transport(await server.start());
    server.drops = (number) => number === 1;
    expect(await codeOf(requestWell(way, request))).toBe('client/network true');
    expect(server.bodies).toHaveLength(1);
  });

  it('is not sent a third time, and not at all once anything came back', async () => {
    const way = transport(await server.start());
    server.drops = () => true;
    expect(await codeOf(requestWell(way, question('query', 'server')))).toBe('client/network true');
    expect(server.bodies).toHaveLength(2);
    server.drops = () => false;
    server.answer = 7;
    expect(await requestWell(way, question('query', 'server'))).toEqual({
      data: undefined,
      errors: undefined,
      extensions: undefined,
    });
    expect(server.bodies).toHaveLength(3);
  });

  it('stays without an answer when the act did arrive at first', async () => {
    const told = { errors: [{ extensions: { code: 'audit/duplicate-act', family: 'refused' } }] };
    let calls = 0;
    const way = transport(await server.start());
    const request: Transport['request'] = async (sent) => {
      calls += 1;
      server.drops = () => calls === 1;
      server.answer = told;
      return way.request(sent);
    };
    expect(await codeOf(requestWell({ request }, question('mutation', 'beginUpload', act)))).toBe(
      'client/network true',
    );
    expect(calls).toBe(2);
  });

  it('is no broken connection when it waited too long', async () => {
    const way = new FetchTransport({
      ...{ server: 'http://127.0.0.1:9', build: 'test/1' },
      fetch: () => Promise.reject(new DOMException('too long', 'TimeoutError')),
    });
    expect(await codeOf(requestWell(way, question('query', 'server')))).toBe('client/network false');
  });
});
