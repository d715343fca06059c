/**
 * Sends prepared posts, each client one after another over a connection of its own, and prints what that took as JSON.
 *   post-load.mjs URL FILE   (FILE: JSON, an array per client of { headers, body })
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

const [url = '', file = ''] = process.argv.slice(2);
/** @type {{ headers: Record<string, string>, body: string }[][]} */
const clients = JSON.parse(readFileSync(file, 'utf8'));

/** @param {Agent} agent @param {{ headers: Record<string, string>, body: string }} prepared @returns {Promise<string>} */
function send(agent, { headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** @type {number[]} */
const latencies = [];
/** @type {string[]} */
const refusals = [];

/** @param {{ headers: Record<string, string>, body: string }[]} posts */
async function runClient(posts) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const post of posts) {
    const start = performance.now();
    const text = await send(agent, post);
    latencies.push(performance.now() - start);
    if (!text.includes('"ItemPosted"')) refusals.push(text.slice(0, 400));
  }
  agent.destroy();
}

const start = performance.now();
await Promise.all(clients.map(runClient));
const milliseconds = performance.now() - start;
console.log(JSON.stringify({ milliseconds, latencies, refusals: refusals.slice(0, 3), refused: refusals.length }));
