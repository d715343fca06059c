import { unavailableError } from '../client.errors.js';

/** A request for sealed bytes, or with them. */
export interface WireRequest {
  readonly url: string;
  readonly method: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

export interface WireAnswer {
  readonly status: number;
  /** As it comes. MUST be read to its end or returned; rejects with `client/interrupted` when it breaks off. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Carries sealed bytes with what the platform does best. MUST NOT follow a redirect. MUST NOT look at the bytes of a body
 * any more once it has answered or rejected: their memory is used again, for other content. Rejects with UnavailableError
 * `client/network` when there is no answer.
 */
export type ContentWire = (request: WireRequest) => Promise<WireAnswer>;

/** By `fetch`, which takes a copy of the body. */
export function fetchWire(send: typeof fetch): ContentWire {
  return async ({ url, body, signal, ...rest }) => {
    const init: RequestInit = { ...rest, redirect: 'error', credentials: 'omit' };
    const more = { ...(body && { body: body as Uint8Array<ArrayBuffer> }), ...(signal && { signal }) };
    try {
      const response = await send(url, { ...init, ...more });
      return { status: response.status, body: chunksOf(response.body) };
    } catch (cause) {
      throw unavailableError('client/network', cause);
    }
  };
}

/** The chunks of a body. @throws UnavailableError `client/interrupted`. */
export async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw unavailableError('client/interrupted', cause);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
