import { createServer } from 'node:net';

/** A port of the loopback address that nobody listens on. @throws Error when the system gives none. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) done(address.port);
        else fail(new Error('the system gives no port'));
      });
    });
  });
}
