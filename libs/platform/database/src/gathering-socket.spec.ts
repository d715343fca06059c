import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { gatheringSocket } from './gathering-socket.js';

const server = createServer();
const calls: number[] = [];

/** Counts how often the system is asked, and with how many chunks. */
function counted(socket: Socket): Socket {
  const [one, many] = [socket._write.bind(socket), socket._writev?.bind(socket)];
  socket._write = (chunk, encoding, done) => {
    calls.push(1);
    one(chunk, encoding, done);
  };
  socket._writev = (chunks, done) => {
    calls.push(chunks.length);
    many?.(chunks, done);
  };
  return socket;
}

async function connected(): Promise<{ socket: Socket; received: Promise<string> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const received = new Promise<string>((resolve) => {
    server.once('connection', (peer) => {
      let text = '';
      peer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      peer.on('end', () => resolve(text));
    });
  });
  const socket = counted(gatheringSocket());
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  calls.length = 0;
  return { socket, received };
}

afterEach(() => {
  server.close();
});

describe('gatheringSocket', () => {
  it('sends what one turn writes at once, in order, corked or not', async () => {
    const { socket, received } = await connected();
    socket.write('a');
    socket.cork();
    socket.write('b');
    socket.write(Buffer.from('c'));
    socket.uncork();
    await Promise.resolve();
    socket.write('d', 'utf8');
    expect(calls).toEqual([]);
    await new Promise<void>((resolve) => socket.write('e', () => resolve()));
    expect(calls).toEqual([5]);
    await new Promise<void>((resolve) => socket.write('f', 'utf8', () => resolve()));
    expect(calls).toEqual([5, 1]);
    socket.end('g');
    expect(await received).toBe('abcdefg');
  });

  it('loses nothing when it ends in the turn in which it wrote', async () => {
    const { socket, received } = await connected();
    socket.write('a');
    socket.end('b');
    expect(await received).toBe('ab');
  });
});
