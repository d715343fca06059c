import type { Transport } from '@rogatory/client';
import { isRogatoryError, UnavailableError } from '@rogatory/kernel';
import type { Json } from '../../rig/evil-proxy.js';

/** A network on which no part of a file arrives. */
export function withoutParts(transport: Transport): Transport {
  return {
    origin: transport.origin,
    request: (request) => transport.request(request),
    subscribe: (request, signal) => transport.subscribe(request, signal),
    putPart: async () => {
      throw new UnavailableError('client/network', 'cut');
    },
    getContent: (request) => transport.getContent(request),
    getFile: (path, accessToken) => transport.getFile(path, accessToken),
    getStream: (request) => transport.getStream(request),
    close: () => transport.close(),
  };
}

/** The code that work ends with; null when it ends well. */
export async function swallow(work: Promise<unknown>): Promise<Json> {
  try {
    await work;
    return null;
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

const PATIENCE_MS = 400;

/** Ends when told to, or when nothing more comes. */
export function timedOut(): { readonly signal: AbortSignal; readonly end: () => void } {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patienceMs);
  const end = (): void => {
    clearTimeout(timer);
    stop.abort();
  };
  return { signal: stop.signal, end };
}

/** A recording waits for a real server; a replay has all its answers at hand. */
let patienceMs = 30_000;

export function hurry(): void {
  patienceMs = PATIENCE_MS;
}
