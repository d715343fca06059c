import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Configuration } from '@rogatory/platform-config';

/** Addresses that statements of login may be meant for: the public one, else where it listens. */
export function audiencesOf({ publicUrl, listen }: Configuration): readonly [string, ...string[]] {
  return [publicUrl ?? `http://${listen.host}:${listen.port}`];
}

/** Where a server listens, with the port that it was given. */
export function urlOf({ tls, listen }: Configuration, server: Server): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  return `${tls === undefined ? 'http' : 'https'}://${listen.host}:${port}`;
}

/** Its own certificate and key, when it is set to have them. */
export async function tlsOf({ tls }: Configuration): Promise<{ tls?: { cert: Buffer; key: Buffer } }> {
  if (tls === undefined) return {};
  return { tls: { cert: await readFile(tls.certificateFile), key: await readFile(tls.keyFile) } };
}
