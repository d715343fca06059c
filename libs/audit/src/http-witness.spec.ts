import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { limits, Secret } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { emptyRoot, encodeSignatureLine, keyTypes, signCheckpoint, verifierKey } from '@rogatory/tlog';
import { noteSigner } from './folder-signer.js';
import { HttpWitness } from './http-witness.js';
import { outcomeOf } from './testing/recorded.js';

const logKey = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(3)));
const origin = 'test.invalid/audit/log/2026h2';
const key = verifierKey({ name: 'witness.invalid/fr', type: keyTypes.cosignature, publicKey: logKey.publicKey });
const line = encodeSignatureLine({ name: key.name, keyId: '01020304', signature: new Uint8Array(72) });

let answer: RequestListener = (_, response) => void response.end();
let server: Server;
let witness: HttpWitness;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  witness = new HttpWitness(`http://127.0.0.1:${address.port}/`);
});
afterAll(async () => {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
});

const asked = async () => {
  const checkpoint = await signCheckpoint({ origin, size: 0, root: emptyRoot() }, [noteSigner(origin, logKey)]);
  return witness.addCheckpoint({ oldSize: 0, proof: [], checkpoint });
};
const says = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(status, headers).end(body);
};

it('takes the answers of tlog-witness', async () => {
  answer = says(200, line);
  expect(await asked()).toMatchObject({ kind: 'cosigned', lines: [{ name: key.name }] });
  answer = says(409, '17\n');
  expect(await asked()).toEqual({ kind: 'conflict', size: 17 });
  answer = says(422, '');
  expect(await asked()).toEqual({ kind: 'refused', status: 422 });
});

it.each([
  ['a size with letters', 409, '12x\n'],
  ['a size below nothing', 409, '-1\n'],
  ['a size beyond all sizes', 409, `${'9'.repeat(40)}\n`],
  ['a size without its end', 409, '17'],
  ['no size', 409, ''],
])('T17: takes no size from %s', async (_, status, body) => {
  answer = says(status, body);
  expect(await asked()).toEqual({ kind: 'refused', status });
});

it.each([
  ['words', 'thank you\n', 'tlog/note'],
  ['a line that is cut off', line.slice(0, 30), 'none'],
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x0a]), 'audit/witness-unreachable'],
  ['far more than an answer', 'x'.repeat(limits.maxWitnessAnswerBytes + 1), 'audit/witness-unreachable'],
  ['no end of it', `${line}${'—\n'.repeat(20)}`, 'tlog/note'],
])('T17: takes no line from %s', async (_, body, code) => {
  answer = says(200, body);
  if (code === 'none') expect(await asked()).toEqual({ kind: 'cosigned', lines: [] });
  else expect(await outcomeOf(asked())).toBe(code);
});

it('T17: follows nobody elsewhere, and hears no connection that is cut', async () => {
  let hits = 0;
  answer = (request, response) => {
    hits++;
    if (request.url === '/add-checkpoint') response.writeHead(307, { location: '/elsewhere' }).end();
    else response.writeHead(200).end(line);
  };
  expect(await outcomeOf(asked())).toBe('audit/witness-unreachable');
  expect(hits).toBe(1);
  answer = (_, response) => {
    response.writeHead(200);
    response.write(line, () => response.destroy());
  };
  expect(await outcomeOf(asked())).toBe('audit/witness-unreachable');
});
