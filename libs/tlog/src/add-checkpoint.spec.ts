import { describe, expect, it } from '@jest/globals';
import { RogatoryError, fromHex, toHex, utf8 } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import {
  type AddCheckpointVerdict,
  encodeAddCheckpoint,
  judgeAddCheckpoint,
  parseAddCheckpoint,
  readAddCheckpoint,
  type WitnessedLog,
} from './add-checkpoint.js';
import { signCheckpoint } from './checkpoint.js';
import { consistencyProof } from './proof-building.js';
import { MemoryLog, numberedEntries, testingSigner } from './testing/memory-log.js';
import { outsideVectors } from './testing/outside-vectors.js';
import { TileHashReader } from './tiles.js';
import { keyTypes, parseVerifierKey, verifierKey } from './verifier-key.js';

interface Exchange {
  readonly body: string;
  readonly status: number;
  readonly assertion: string;
}

/** The requests of a hurl script with the answers it expects. */
function exchanges(script: string): Exchange[] {
  const pattern = /POST \S+\n```\n([\s\S]*?)```\nHTTP (\d+)(?:\n\[Asserts\]\n(.*))?/g;
  return [...script.matchAll(pattern)].map(([, body = '', status, assertion = '']) => ({
    body,
    status: Number(status),
    assertion,
  }));
}

/** Both steps of a witness that follows one log. */
function judged(body: Uint8Array, followed: string, log: WitnessedLog): AddCheckpointVerdict {
  const submission = readAddCheckpoint(body);
  if ('status' in submission) return submission;
  return judgeAddCheckpoint(submission, submission.origin === followed ? log : undefined);
}

/** Runs all requests against one log, storing each head that was accepted; returns the verdicts in words. */
function run(requests: readonly Exchange[], origin: string, log: WitnessedLog): string[] {
  let state = log;
  return requests.map(({ body }) => {
    const verdict = judged(utf8(body), origin, state);
    if (verdict.status === 200) {
      state = { ...state, latest: { size: verdict.checkpoint.size, root: verdict.checkpoint.root } };
      return '200';
    }
    return verdict.status === 409 ? `409 ${verdict.latestSize}` : `${verdict.status} ${verdict.reason}`;
  });
}

const vectors = outsideVectors('witness');
const withVectors = vectors.isPresent ? describe : describe.skip;

withVectors(`requests of litewitness (torchwood)${vectors.note}`, () => {
  it('litewitness.txt: a sigsum log', () => {
    const requests = exchanges(vectors.readText('litewitness.txt'));
    const publicKey = fromHex('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f');
    const origin = `sigsum.org/v1/tree/${toHex(sha256(publicKey))}`;
    const keys = [verifierKey({ name: origin, type: keyTypes.log, publicKey })];
    const verdicts = run(requests, origin, { keys, latest: undefined });
    expect(verdicts).toEqual([
      '200',
      '403 signature',
      // The script of 2023 expects 403 "unknown log"; tlog-witness v1.0.0 says 404.
      '404 unknown-log',
      '422 consistency',
      '422 consistency',
      '200',
      '409 3',
      '200',
      '409 5',
    ]);
    expect(requests.map(({ status }) => status)).toEqual([200, 403, 403, 422, 422, 200, 409, 200, 409]);
    for (const [i, { status, assertion }] of requests.entries()) {
      if (status === 409) expect(assertion).toBe(`body == "${verdicts[i]?.slice(4)}\\n"`);
    }
  });

  it('sumdb.txt: the Go checksum database, whose key has another name than its origin', () => {
    const requests = exchanges(vectors.readText('sumdb.txt'));
    const key = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8');
    expect(run(requests, 'go.sum database tree', { keys: [key], latest: undefined })).toEqual(['200']);
    expect(requests).toHaveLength(1);
  });
});

const log = new MemoryLog(testingSigner('log.example/audit', keyTypes.log));
const heads = [await log.checkpoint()];
const roots = [log.tail.root()];
for (const entry of numberedEntries(9)) {
  log.append([entry]);
  heads.push(await log.checkpoint());
  roots.push(log.tail.root());
}

async function request(oldSize: number, newSize: number): Promise<Uint8Array> {
  const reader = new TileHashReader(log, newSize);
  const proof = oldSize === 0 ? [] : await consistencyProof(oldSize, newSize, reader);
  return encodeAddCheckpoint({ oldSize, proof, checkpoint: heads[newSize]! });
}

function judge(body: Uint8Array, latestSize?: number): unknown {
  const latest = latestSize === undefined ? undefined : { size: latestSize, root: roots[latestSize]! };
  const keys = [log.signer.key];
  return judged(body, log.signer.key.name, { keys, latest });
}

describe('the rules of a witness', () => {
  it('every growth from every size is accepted', async () => {
    for (let newSize = 0; newSize <= 9; newSize++) {
      expect(judge(await request(0, newSize))).toMatchObject({ status: 200, checkpoint: { size: newSize } });
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        expect(judge(await request(oldSize, newSize), oldSize)).toMatchObject({ status: 200 });
      }
    }
  });

  it('another old size than its own gets 409 and the own one', async () => {
    expect(judge(await request(3, 7), 5)).toEqual({ status: 409, reason: 'size-conflict', latestSize: 5 });
    expect(judge(await request(0, 7), 5)).toEqual({ status: 409, reason: 'size-conflict', latestSize: 5 });
    expect(judge(await request(3, 7))).toEqual({ status: 409, reason: 'size-conflict', latestSize: 0 });
  });

  it('an old size beyond the new one gets 400', () => {
    const body = encodeAddCheckpoint({ oldSize: 8, proof: [], checkpoint: heads[7]! });
    expect(judge(body, 8)).toEqual({ status: 400, reason: 'old-size-beyond-new' });
  });

  it('another head of the same size gets 409, whatever its proof', async () => {
    const other = await signCheckpoint({ origin: log.signer.key.name, size: 5, root: roots[6]! }, [log.signer]);
    const body = encodeAddCheckpoint({ oldSize: 5, proof: [], checkpoint: other });
    expect(judge(body, 5)).toMatchObject({
      status: 409,
      reason: 'root-conflict',
      latestSize: 5,
      checkpoint: { size: 5 },
    });
  });

  it('a rewritten history gets 422, also with the real key of the log', async () => {
    const rewritten = await signCheckpoint({ origin: log.signer.key.name, size: 7, root: roots[6]! }, [log.signer]);
    const { proof } = parseAddCheckpoint(await request(5, 7));
    for (const [bad, checkpoint] of [
      [proof, rewritten],
      [[], heads[7]!],
      [proof.slice(1), heads[7]!],
      [[...proof, roots[1]!], heads[7]!],
    ] as const) {
      expect(judge(encodeAddCheckpoint({ oldSize: 5, proof: bad, checkpoint }), 5)).toMatchObject({ status: 422 });
    }
    const unneeded = encodeAddCheckpoint({ oldSize: 0, proof, checkpoint: heads[7]! });
    expect(judge(unneeded)).toMatchObject({ status: 422, reason: 'consistency', checkpoint: { size: 7 } });
    const same = encodeAddCheckpoint({ oldSize: 7, proof, checkpoint: heads[7]! });
    expect(judge(same, 7)).toMatchObject({ status: 422, reason: 'consistency' });
  });

  it('an unknown log gets 404 before its signature is looked at, a foreign signature 403', async () => {
    const foreign = testingSigner('log.example/other', keyTypes.log, 2);
    const head = { origin: 'log.example/other', size: 5, root: roots[5]! };
    const unknown = await signCheckpoint(head, [foreign]);
    const body = encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: unknown });
    expect(judge(body)).toEqual({ status: 404, reason: 'unknown-log' });
    const posing = testingSigner('log.example/audit', keyTypes.log, 2);
    const forged = await signCheckpoint({ ...head, origin: 'log.example/audit' }, [posing]);
    expect(judge(encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: forged }))).toMatchObject({ status: 403 });
  });

  it('anything else gets 400', async () => {
    const text = new TextDecoder().decode(await request(5, 9));
    const bad = [
      '',
      text.replace('old 5', 'old 05'),
      text.replace('old 5', 'old -5'),
      text.replace('old 5', 'new 5'),
      text.replace('old 5\n', 'old 5\nbW9yZQ==\n'),
      text.replace('old 5\n', `old 5\n${`${'A'.repeat(43)}=\n`.repeat(63)}`),
      text.replace('\n\n', '\n'),
      text.slice(0, -1),
      text.replace('\n9\n', '\n09\n'),
    ];
    for (const [i, body] of bad.entries()) expect([i, judge(utf8(body), 5)]).toMatchObject([i, { status: 400 }]);
    expect(judge(Uint8Array.of(0xff), 5)).toMatchObject({ status: 400 });
    expect(judge(new Uint8Array(400_000).fill(65), 5)).toMatchObject({ status: 400 });
  });

  it('a request comes back after encoding, or is not encoded', async () => {
    const body = await request(5, 9);
    expect(encodeAddCheckpoint(parseAddCheckpoint(body))).toEqual(body);
    const { checkpoint } = parseAddCheckpoint(body);
    expect(() => encodeAddCheckpoint({ oldSize: -1, proof: [], checkpoint })).toThrow(RogatoryError);
    expect(() => encodeAddCheckpoint({ oldSize: 1, proof: [utf8('x')], checkpoint })).toThrow(RogatoryError);
  });
});
