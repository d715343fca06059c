import { type RawData, WebSocket } from 'ws';

/** Everything that passes between clients and the server, written down on the clients' side before TLS would hide it. */
export class Wire {
  readonly addresses: string[] = [];
  readonly parts: [string, Uint8Array][] = [];
  readonly errors: [string, Uint8Array][] = [];
  /** Tokens and grants that were in use. */
  readonly tokens = new Set<string>();

  /** How a client is led past here. */
  route(): { readonly fetch: typeof fetch; readonly webSocketImpl: unknown } {
    const note = (where: string, data: string | Uint8Array): void => {
      this.parts.push([where, typeof data === 'string' ? Buffer.from(data) : data]);
    };
    return {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        this.#noteRequest(request, init?.body);
        const response = await fetch(input, init);
        const copy = response.clone();
        const bytes = new Uint8Array(await copy.arrayBuffer());
        note(`answer of ${new URL(request.url).pathname}`, bytes);
        note('headers of an answer', JSON.stringify([...response.headers]));
        const isError = !response.ok || Buffer.from(bytes.subarray(0, 200)).includes('"errors"');
        if (isError) this.errors.push([`${response.status}`, bytes]);
        this.#noteTokens(bytes);
        return response;
      },
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols?: string | string[]) {
          super(address, protocols);
          this.on('message', (data) => note('frame in', bytesOf(data)));
        }

        override send(data: string): void {
          note('frame out', data);
          super.send(data);
        }
      },
    };
  }

  #noteRequest({ url, headers, method }: Request, body: unknown): void {
    this.addresses.push(`${method} ${url}`);
    const sent = [...headers].filter(([name]) => name !== 'authorization');
    this.parts.push(['headers of a request', Buffer.from(JSON.stringify(sent))]);
    if (typeof body === 'string') this.parts.push([`request to ${url}`, Buffer.from(body)]);
    else if (body instanceof Uint8Array) this.parts.push([`request to ${url}`, body]);
    const token = headers.get('authorization')?.replace('Bearer ', '');
    if (token !== undefined) this.tokens.add(token);
    const grant = headers.get('rogatory-grant');
    if (grant !== null) this.tokens.add(grant);
  }

  #noteTokens(bytes: Uint8Array): void {
    const told = /"(?:accessToken|refreshToken)":"([^"]+)"/g;
    for (const [, token] of Buffer.from(bytes).toString('latin1').matchAll(told))
      if (token !== undefined) this.tokens.add(token);
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
