import { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/**
 * A socket that sends what one turn of the event loop writes in one call to the system. The statements of a transaction
 * that wait for no answer in between travel together: each call wakes the database's process, which costs more than a
 * small statement itself. Over TLS the records are written beneath, as without it.
 */
export function gatheringSocket(): Socket {
  const socket = new Socket();
  let isGathering = false;
  const gather = (): void => {
    if (isGathering) return;
    isGathering = true;
    socket.cork();
    process.nextTick(() => {
      isGathering = false;
      socket.uncork();
    });
  };
  // Node gives a socket its own `write` when it connects, so that a method of a subclass would never be called.
  socket.once('connect', () => {
    const write = socket.write.bind(socket);
    socket.write = (chunk: Uint8Array | string, encoding?: BufferEncoding | Done, done?: Done): boolean => {
      gather();
      return typeof encoding === 'function' ? write(chunk, encoding) : write(chunk, encoding, done);
    };
  });
  return socket;
}
