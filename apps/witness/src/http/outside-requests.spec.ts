import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { fromHex, systemClock, systemRandom, toHex } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { silentLog } from '@rogatory/platform-telemetry';
import { keyTypes, openCheckpoint, parseVerifierKey, verifierKey, type VerifierKey } from '@rogatory/tlog';
import { type RunningWitness, startWitness } from '../run-witness.js';
import { originHash } from '../storage/folder-heads.js';
import { followLog, makeWitness } from '../storage/witness-folder.js';

const vectors = join(import.meta.dirname, '../../../../../shared/vectors/witness');
const isPresent = existsSync(vectors);
const suite = isPresent ? describe : describe.skip;
const folder = mkdtempSync(join(tmpdir(), 'rogatory-witness-outside-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bodies of the requests of a hurl script, with the answers that it expects. */
function exchanges(file: string) {
  const script = readFileSync(join(vectors, file), 'utf8');
  const pattern = /POST \S+\n```\n([\s\S]*?)```\nHTTP (\d+)(?:\n\[Asserts\]\nbody (.*))?/g;
  return [...script.matchAll(pattern)].map(([, body = '', status, asserted = '']) => ({
    ...{ body, status: Number(status), asserted },
  }));
}

async function withWitness<T>(key: VerifierKey, use: (witness: RunningWitness) => Promise<T>): Promise<T> {
  const at = join(folder, key.keyId);
  await makeWitness(at, 'example.com/witness', systemRandom);
  await followLog(at, key);
  const place = { folder: at, host: '127.0.0.1', port: 0 };
  const witness = await startWitness({ ...place, clock: systemClock, random: systemRandom, log: silentLog });
  try {
    return await use(witness);
  } finally {
    await witness.stop();
  }
}

suite(
  `a witness answers what litewitness answers${isPresent ? '' : ' (skipped: ../shared/vectors/witness is absent)'}`,
  () => {
    it('over HTTP, in the order of the script, and shows monitors where it arrived', async () => {
      const publicKey = fromHex('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f');
      const origin = `sigsum.org/v1/tree/${toHex(sha256(publicKey))}`;
      const key = verifierKey({ name: origin, type: keyTypes.log, publicKey });
      await withWitness(key, async ({ url, key: own }) => {
        for (const { body, status, asserted } of exchanges('litewitness.txt')) {
          const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
          // The script is of 2023 and expects 403 for an unknown log; tlog-witness v1.0.0 says 404.
          expect(answer.status).toBe(asserted.includes('unknown log') ? 404 : status);
          const text = await answer.text();
          if (status === 200) expect(text).toContain('— example.com/witness');
          if (status === 409) expect(`== ${JSON.stringify(text)}`).toBe(asserted);
        }
        const seen = await fetch(`${url}/${originHash(origin)}/checkpoint`);
        const trust = { origin, logKeys: [key], witnessKeys: [own] };
        const head = openCheckpoint(new Uint8Array(await seen.arrayBuffer()), trust);
        expect([head.size, head.signatures.length]).toEqual([5, 2]);
      });
    });

    it('and cannot follow a log whose key is named otherwise than its origin, as the policy format has it', async () => {
      const key = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8');
      await withWitness(key, async ({ url }) => {
        const [exchange] = exchanges('sumdb.txt');
        const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: exchange?.body ?? '' });
        expect(answer.status).toBe(404);
      });
    });
  },
);
