import { WebSocket } from 'ws';

/** An answer as it came over HTTP. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly codes: readonly string[];
}

/** How a socket ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  /** What the server sent before. */
  readonly messages: readonly string[];
}

/** A peer that keeps no rule: sends whatever it is told to one server. */
export class RawPeer {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async send(path: string, init: RequestInit): Promise<RawAnswer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, text, codes: codesOf(text) };
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    });
  }

  /** Opens a socket, sends the frames one after the other's answer, and waits for its end or for `answers` messages. */
  socket(
    frames: readonly (object | string)[],
    options: {
      readonly protocol?: string;
      readonly origin?: string;
      readonly path?: string;
      readonly answers?: number;
    },
  ): Promise<SocketEnd> {
    const {
      protocol = 'graphql-transport-ws',
      origin,
      path = '/graphql',
      answers = Number.POSITIVE_INFINITY,
    } = options;
    const url = `${this.url.replace(/^http/, 'ws')}${path}`;
    const socket = new WebSocket(url, protocol, origin === undefined ? {} : { origin });
    const waiting = frames.map((frame) => (typeof frame === 'string' ? frame : JSON.stringify(frame)));
    const messages: string[] = [];
    return new Promise((resolve, reject) => {
      const next = (): void => {
        const frame = waiting.shift();
        if (frame !== undefined) socket.send(frame);
      };
      socket.on('open', next);
      socket.on('message', (data: Buffer) => {
        messages.push(data.toString('utf8'));
        if (messages.length >= answers) socket.close();
        else next();
      });
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8'), messages }));
      socket.on('unexpected-response', (_request, response) => {
        resolve({ code: response.statusCode ?? 0, reason: 'upgrade refused', messages });
        response.destroy();
      });
      socket.on('error', (error) =>
        messages.length === 0 && socket.readyState === socket.CLOSED ? reject(error) : undefined,
      );
    });
  }
}

/** Codes of the errors in an answer's body, of HTTP and of a socket's message alike. */
export function codesOf(text: string): string[] {
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const { errors, payload } = Object(body) as { readonly errors?: unknown; readonly payload?: unknown };
  const listed = Array.isArray(errors)
    ? errors
    : Array.isArray(payload)
      ? payload
      : (Object(payload) as { errors?: unknown }).errors;
  if (!Array.isArray(listed)) return [];
  return listed.map((error: { readonly extensions?: { readonly code?: string } }) => error.extensions?.code ?? 'none');
}
