/**
 * One client that sends a file and fetches it again, in a process of its own; prints times and its memory as JSON.
 *   transfer-client.mjs sdk|tus URL SOURCE TARGET [IDENTITY]
 */
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { rootOf } from '@rogatory/client';
import { openFileSource, openFileTarget } from '@rogatory/client/node';
import { legalBases } from '@rogatory/protocol';
import { openIdentity } from '../identity.mjs';

const CHUNK_BYTES = 2 ** 20;
const [mode = '', url = '', source = '', target = '', identityFile = ''] = process.argv.slice(2);

/** @param {() => Promise<unknown>} work */
async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function bySdk() {
  const client = await openIdentity(JSON.parse(readFileSync(identityFile, 'utf8')), url);
  await client.directory.sync();
  const open = await client.cases.create({ title: 'Transfer' });
  const compartment = open.compartment(rootOf(open.caseId));
  const input = await openFileSource(source);
  /** @type {import('@rogatory/client').OpenDocument | undefined} */
  let document;
  const up = await seconds(async () => {
    document = await client.documents.upload(open, rootOf(open.caseId), input);
  });
  await input.close();
  const sent = document;
  if (sent === undefined) throw new Error('nothing was sent');
  const output = await openFileTarget(target);
  const justification = { legalBasis: legalBases.jointInvestigationTeam, instrument: 'JIT/2026/7', text: 'benchmark' };
  const down = await seconds(() => client.documents.download(compartment, sent, output, { justification }));
  await client.close();
  return { up, down };
}

/** @param {string} path @param {import('node:http').RequestOptions} options @returns {{ sent: import('node:http').ClientRequest, answered: Promise<import('node:http').IncomingMessage> }} */
function ask(path, options) {
  const sent = request(new URL(path, url), options);
  /** @type {Promise<import('node:http').IncomingMessage>} */
  const answered = new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  return { sent, answered };
}

async function byTus() {
  const tus = { 'tus-resumable': '1.0.0' };
  let place = '';
  const up = await seconds(async () => {
    const created = ask('/files', { method: 'POST', headers: { ...tus, 'upload-length': statSync(source).size } });
    created.sent.end();
    const { headers, statusCode } = await created.answered;
    if (statusCode !== 201 || headers.location === undefined) throw new Error(`tus answered ${statusCode}`);
    place = headers.location;
    const type = 'application/offset+octet-stream';
    const patch = ask(place, { method: 'PATCH', headers: { ...tus, 'upload-offset': 0, 'content-type': type } });
    await pipeline(createReadStream(source, { highWaterMark: CHUNK_BYTES }), patch.sent);
    const { statusCode: status } = await patch.answered;
    if (status !== 204) throw new Error(`tus answered ${status}`);
  });
  const down = await seconds(async () => {
    const fetched = ask(place, { method: 'GET', headers: tus });
    fetched.sent.end();
    await pipeline(await fetched.answered, createWriteStream(target, { highWaterMark: CHUNK_BYTES }));
  });
  return { up, down };
}

const taken = mode === 'sdk' ? await bySdk() : await byTus();
console.log(JSON.stringify({ ...taken, peakMiB: process.resourceUsage().maxRSS / 1024 }));
process.exit(0);
