import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { limits } from '@rogatory/kernel';
import { unavailableError } from '../client.errors.js';
import type { ContentWire, WireAnswer } from '../transport/content-wire.js';

/** By the HTTP client of Node: a body is sent from where it lies, an answer comes in the chunks of the socket. */
export function httpWire(): ContentWire {
  const options = { keepAlive: true, maxSockets: limits.maxSocketsPerServer };
  const plain = new HttpAgent(options);
  const secure = new HttpsAgent(options);
  return ({ url, method, headers, body, signal }) => {
    const isSecure = url.startsWith('https:');
    const length = body && { 'content-length': String(body.length) };
    const timeout = limits.requestTimeoutMs;
    const agent = isSecure ? secure : plain;
    const init = { method, headers: { ...headers, ...length }, timeout, agent, ...(signal && { signal }) };
    return answerOf(isSecure ? httpsRequest(url, init) : httpRequest(url, init), body);
  };
}

function answerOf(sent: ClientRequest, body: Uint8Array | undefined): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    let cause: unknown;
    let isAnswered = false;
    sent.on('error', (error) => {
      cause ??= error;
    });
    const closed = new Promise<void>((told) => sent.once('close', told));
    // Not before the socket is gone, and with it whoever reads the body.
    void closed.then(() => {
      if (!isAnswered) reject(unavailableError('client/network', cause));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('response', (response) => {
      isAnswered = true;
      const answer = { status: response.statusCode ?? 0, body: chunksOf(response) };
      if (body === undefined || sent.writableFinished) resolve(answer);
      else resolve(cutOff(sent, closed, answer));
    });
    sent.end(body);
  });
}

/** An answer to half a request: the other half would be read from memory that holds other content by then. */
async function cutOff(sent: ClientRequest, closed: Promise<void>, answer: WireAnswer): Promise<WireAnswer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > limits.maxFrameBytes) break;
      chunks.push(chunk);
    }
  } catch {
    // What the server had time to say is told.
  }
  sent.destroy();
  await closed;
  return { status: answer.status, body: again(chunks) };
}

async function* again(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array;
  } catch (cause) {
    throw unavailableError('client/interrupted', cause);
  }
}
