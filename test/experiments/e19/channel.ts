import { operations } from '@rogatory/client';
import { toBase64 } from '@rogatory/kernel';
import { WebSocket } from 'ws';

/** What a request ended with: `data`, or the code of the refusal; and the whole answer as it came, ids of requests aside. */
export interface Exchange {
  readonly code: string;
  /** Status, headers and body; equal for two answers that nobody can tell apart. */
  readonly shape: string;
  readonly body: string;
}

/** Who asks, by the session; nobody without a token. */
export interface Bearer {
  readonly token?: string;
}

/** The statement and reason that go with a request. */
export interface Proof {
  readonly act?: Uint8Array | undefined;
  readonly why?: Uint8Array | undefined;
}

/** A document of the committed list, or text where a server runs any. */
export type Document = { readonly documentId: string } | { readonly query: string };

export interface Ask extends Proof {
  readonly document: Document;
  readonly variables: Readonly<Record<string, unknown>>;
}

const REQUEST_ID = /"requestId":"[0-9a-f-]{36}"/g;
const UNTOLD_HEADERS = new Set(['date', 'connection', 'keep-alive']);
const INIT = 'connection_init';

/** The committed document of an operation, such as `query.case`. */
export function trustedDocument(operation: string): Document {
  const found = Object.values(operations).find(
    (value) => typeof value === 'object' && `${value.kind}.${value.rootField}` === operation,
  );
  if (typeof found !== 'object') throw new Error(`no committed document for ${operation}`);
  return { documentId: found.id };
}

/** Requests over HTTP and WebSocket as they are, by whoever has a token or none. */
export class Channel {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  graphql({ token }: Bearer, { document, variables, act, why }: Ask): Promise<Exchange> {
    return this.route(token, 'POST', '/graphql', {
      headers: {
        'content-type': 'application/json',
        ...(act === undefined ? {} : { 'rogatory-act': toBase64(act) }),
        ...(why === undefined ? {} : { 'rogatory-why': toBase64(why) }),
      },
      body: JSON.stringify({ ...document, variables }),
    });
  }

  async route(
    token: string | undefined,
    method: string,
    path: string,
    sent: { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array<ArrayBuffer> } = {},
  ): Promise<Exchange> {
    const headers = { ...sent.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const body = sent.body === undefined ? {} : { body: sent.body };
    const answer = await fetch(`${this.url}${path}`, { method, headers, ...body });
    const text = await answer.text();
    const told = [...answer.headers].filter(([name]) => !UNTOLD_HEADERS.has(name));
    const shape = JSON.stringify([answer.status, told, text.replace(REQUEST_ID, '"requestId":""')]);
    return {
      code: answer.status < 300 ? codeOf(text) : (codeIn(text) ?? `status ${answer.status}`),
      shape,
      body: text,
    };
  }

  /** Subscribes and waits for the first answer; `admitted` may say in its place that the subscription stands. */
  subscribe({ token }: Bearer, ask: Ask, admitted?: () => Promise<boolean>): Promise<Exchange> {
    const socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    const payload = subscribePayload(ask);
    return new Promise((resolve, reject) => {
      const done = (exchange: Exchange): void => {
        resolve(exchange);
        socket.close();
      };
      socket.on('open', () => socket.send(JSON.stringify({ type: INIT, payload: { accessToken: token } })));
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        const { type } = JSON.parse(text) as { readonly type: string };
        if (type === 'next') done({ code: codeOf(text), shape: text, body: text });
        if (type === 'error') done({ code: codeIn(text) ?? 'no code', shape: text, body: text });
        if (type !== 'connection_ack') return;
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        admitted?.().then((stands) => stands && done({ code: 'data', shape: '', body: '' }), reject);
      });
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        const told = String(reason);
        resolve({ code: told, shape: JSON.stringify([code, told]), body: told });
      });
    });
  }
}

function subscribePayload({ document, variables, act, why }: Ask): object {
  const proof = {
    ...(act === undefined ? {} : { act: toBase64(act) }),
    ...(why === undefined ? {} : { why: toBase64(why) }),
  };
  if ('query' in document) return { query: document.query, variables, extensions: proof };
  return { query: '', variables, extensions: { documentId: document.documentId, ...proof } };
}

function codeOf(text: string): string {
  return codeIn(text) ?? 'data';
}

function codeIn(text: string): string | undefined {
  return /"extensions":\{"code":"([^"]*)"/.exec(text)?.[1];
}
