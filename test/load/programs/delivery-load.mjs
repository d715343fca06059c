/**
 * Many subscribers and one poster in a process of their own, so that one clock tells how long a post took to each of them.
 * Posts one after another, each when the one before has reached everybody; prints JSON.
 *   delivery-load.mjs URL FILE   (FILE: { subscribers: { accessToken, payload }[], posts: { headers, body }[] })
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { WebSocket } from 'ws';

const WAIT_MS = 60_000;
const OPENING_AT_ONCE = 50;

const [url = '', file = ''] = process.argv.slice(2);
/** @type {{ subscribers: { accessToken: string, payload: unknown }[], posts: { headers: Record<string, string>, body: string }[] }} */
const { subscribers, posts } = JSON.parse(readFileSync(file, 'utf8'));

/** @type {(data: string) => void} */
let onEvent = () => {};

/** @param {{ accessToken: string, payload: unknown }} subscriber @returns {Promise<WebSocket>} after the server took it */
function open({ accessToken, payload }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`a socket was closed: ${code}`)));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken } })));
    socket.on('message', (data) => {
      const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
      if (text.includes('"connection_ack"')) {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        resolve(socket);
      } else if (text.includes('"next"')) onEvent(text);
      else if (text.includes('"ping"')) socket.send('{"type":"pong"}');
      else if (text.includes('"error"')) reject(new Error(text.slice(0, 400)));
    });
  });
}

/** @param {{ headers: Record<string, string>, body: string }} post @returns {Promise<void>} */
function send({ headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => (text.includes('"ItemPosted"') ? resolve() : reject(new Error(text.slice(0, 400)))));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** @type {WebSocket[]} */
const sockets = [];
for (let at = 0; at < subscribers.length; at += OPENING_AT_ONCE) {
  sockets.push(...(await Promise.all(subscribers.slice(at, at + OPENING_AT_ONCE).map(open))));
}

/** @param {{ headers: Record<string, string>, body: string }} post @returns {Promise<number[]>} milliseconds to each subscriber */
function deliver(post) {
  return new Promise((resolve, reject) => {
    /** @type {number[]} */
    const times = [];
    const start = performance.now();
    const timer = setTimeout(
      () => reject(new Error(`only ${times.length} of ${sockets.length} were reached`)),
      WAIT_MS,
    );
    onEvent = () => {
      times.push(performance.now() - start);
      if (times.length < sockets.length) return;
      clearTimeout(timer);
      resolve(times);
    };
    send(post).catch(reject);
  });
}

// The server may still be busy with the last subscriptions: they count as open when the first post reached all.
/** @type {number[][]} */
const deliveries = [];
for (const post of posts) deliveries.push(await deliver(post));
for (const socket of sockets) socket.terminate();
console.log(JSON.stringify({ deliveries }));
process.exit(0);
