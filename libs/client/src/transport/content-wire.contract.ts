import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ContentWire, WireAnswer } from './content-wire.js';

const MIB = 2 ** 20;
const headers = { 'content-type': 'application/octet-stream', 'x-test': 'yes' };

/** What every carrier of sealed bytes has to hold. */
export function contentWireContract(name: string, makeWire: () => ContentWire): void {
  describe(`content wire: ${name}`, () => {
    const open: { server: Server; sockets: Set<Socket> }[] = [];

    afterEach(async () => {
      for (const { server, sockets } of open.splice(0)) {
        for (const socket of sockets) socket.destroy();
        await new Promise((done) => server.close(done));
      }
    });

    async function listening(server: Server): Promise<string> {
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
      });
      open.push({ server, sockets });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    const serve = (handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
      listening(createHttpServer(handle));

    it('sends a body whole and gives the answer', async () => {
      const got: Buffer[] = [];
      const url = await serve((request, response) => {
        request.on('data', (chunk: Buffer) => got.push(chunk));
        request.on('end', () => {
          const { method, headers: seen } = request;
          response.writeHead(418).end(JSON.stringify([method, seen['x-test'], seen['content-length'], request.url]));
        });
      });
      const body = Uint8Array.from({ length: 3 * MIB }, (_, i) => i % 251);
      const wire = makeWire();
      for (let round = 0; round < 2; round++) {
        got.length = 0;
        const answer = await wire({ url: `${url}/a/b`, method: 'PUT', headers, body });
        expect(answer.status).toBe(418);
        expect(await textOf(answer.body)).toBe(JSON.stringify(['PUT', 'yes', String(body.length), '/a/b']));
        expect(Buffer.concat(got).equals(body)).toBe(true);
      }
    });

    it('gives a body in chunks, of which the first comes before the last is sent', async () => {
      let finish: () => void = () => undefined;
      const url = await serve((_, response) => {
        response.writeHead(206).write('first');
        finish = () => void response.end('last');
      });
      const { status, body } = await makeWire()({ url, method: 'GET', headers: {} });
      expect(status).toBe(206);
      const { value } = await body.next();
      expect(Buffer.from(value ?? []).toString()).toBe('first');
      finish();
      expect(await textOf(body)).toBe('last');
    });

    it('tells a server that is not there from a body that breaks off', async () => {
      const gone = await serve(() => undefined);
      const [closed] = open.splice(0);
      await new Promise((done) => closed?.server.close(done));
      await expect(makeWire()({ url: gone, method: 'GET', headers: {} })).rejects.toMatchObject({
        code: 'client/network',
      });
      const url = await serve((_, response) => {
        response.writeHead(206, { 'content-length': '10' }).write('part', () => response.destroy());
      });
      const { body } = await makeWire()({ url, method: 'GET', headers: {} });
      await expect(textOf(body)).rejects.toMatchObject({ code: 'client/interrupted' });
    });

    it('goes nowhere else', async () => {
      let isVisited = false;
      const elsewhere = await serve((_, response) => {
        isVisited = true;
        response.end();
      });
      const url = await serve((_, response) => response.writeHead(307, { location: elsewhere }).end());
      const told = await statusOf(makeWire()({ url, method: 'GET', headers: {} }));
      expect([307, undefined]).toContain(told);
      expect(isVisited).toBe(false);
    });

    it('ends when it is told to', async () => {
      const url = await serve((_, response) => void response.writeHead(206).write('first'));
      const stop = new AbortController();
      const { body } = await makeWire()({ url, method: 'GET', headers: {}, signal: stop.signal });
      await body.next();
      stop.abort();
      await expect(body.next()).rejects.toMatchObject({ code: 'client/interrupted' });
    });

    it('never sends what is written over a body after the answer, though the server answers before it has read', async () => {
      const body = new Uint8Array(24 * MIB).fill(0x41);
      const seen: Buffer[] = [];
      let length = 0;
      let isOver: () => void = () => undefined;
      /** All was read, or nothing more comes. */
      const over = new Promise<void>((done) => {
        isOver = done;
      });
      const take = (chunk: Buffer): void => {
        seen.push(chunk);
        length += chunk.length;
        if (length >= body.length) isOver();
      };
      let read: () => void = () => undefined;
      const url = await listening(
        createTcpServer((socket) => {
          socket.once('data', (chunk) => {
            take(chunk);
            socket.pause();
            socket.write('HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n');
          });
          socket.on('close', isOver);
          read = () => {
            socket.on('data', take);
            socket.resume();
          };
        }),
      );
      const wire = makeWire();
      const told = await statusOf(wire({ url, method: 'PUT', headers, body }));
      body.fill(0x42);
      expect([204, undefined]).toContain(told);
      read();
      await over;
      const rest = Buffer.concat(seen);
      expect(rest.subarray(rest.indexOf('\r\n\r\n')).includes(0x42)).toBe(false);
    });
  });
}

/** The status of an answer once its body was read; undefined when there was none. */
async function statusOf(answering: Promise<WireAnswer>): Promise<number | undefined> {
  try {
    const { status, body } = await answering;
    await textOf(body);
    return status;
  } catch {
    return undefined;
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
