import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { newActId, Secret, systemClock, systemRandom, toBase64Url } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { auditEvents, encodeAuditLeaf } from '@rogatory/protocol';
import { keyTypes, signCheckpoint, TreeTail, verifierKey } from '@rogatory/tlog';
import { atMost } from '../figures.mjs';
import { median, medianRatio } from '../measure.mjs';

const ORIGIN = 'bench.rogatory.invalid/audit/log/2026h2';
const BATCH = 2_560;
const program = join(import.meta.dirname, '../programs/verify-log.mjs');

/** A leaf as the recorder makes it: real form and length, commitments drawn. */
function makeLeaf() {
  const com = Object.fromEntries(auditEvents['msg.send'].groups.map((group) => [group, toBase64Url(randomBytes(32))]));
  const id = newActId(systemClock, systemRandom);
  const { class: cls } = auditEvents['msg.send'];
  return encodeAuditLeaf({ v: 1, id, t: Date.now(), cls, ev: 'msg.send', out: 'allowed', rc: 'ok', ms: 'XA', com });
}

/** Writes a log as the server serves it. @param {string} folder @param {number} count */
async function writeLog(folder, count) {
  let tail = TreeTail.empty;
  /** @type {Set<string>} */
  const folders = new Set();
  while (tail.size < count) {
    const leaves = Array.from({ length: Math.min(BATCH, count - tail.size) }, makeLeaf);
    const extension = tail.extend(leaves);
    for (const { path, bytes } of extension.files) {
      const file = join(folder, path);
      if (!folders.has(dirname(file))) mkdirSync(dirname(file), { recursive: true });
      folders.add(dirname(file));
      writeFileSync(file, bytes);
    }
    tail = extension.tail;
  }
  const key = SigningKey.fromSeed(new Secret(randomBytes(32)));
  const verifier = verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: key.publicKey });
  const signer = { key: verifier, sign: (/** @type {Uint8Array} */ bytes) => key.signRaw(bytes) };
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size: tail.size, root: tail.root() }, [signer]);
  writeFileSync(join(folder, 'checkpoint'), checkpoint);
  return Buffer.from(key.publicKey).toString('hex');
}

/**
 * @typedef {{ entries: number, milliseconds: number, processorMs: number, rssMiB: number, microsecondsPerSignature: number }} Run
 * @param {'verify' | 'hash-only'} mode @param {string} folder @param {string} key @returns {Run}
 */
function runProgram(mode, folder, key) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, mode, folder, ORIGIN, key], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the verifier failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '5. Offline verification of a log',
  run: async ({ isShort, folder }) => {
    const count = isShort ? 100_000 : 1_000_000;
    const key = await writeLog(folder, count);
    const rounds = isShort ? 1 : 3;
    const pairs = Array.from({ length: rounds }, () => ({
      ours: runProgram('verify', folder, key),
      base: runProgram('hash-only', folder, key),
    }));
    if (pairs.some(({ ours }) => ours.entries !== count)) throw new Error('not every record was read');
    const ours = pairs.map((pair) => pair.ours.milliseconds / 1000);
    const base = pairs.map((pair) => pair.base.milliseconds / 1000);
    const seconds = median(ours);
    const rss = Math.max(...pairs.map((pair) => pair.ours.rssMiB));
    const name = `${count.toLocaleString('en-US')} records: leaves, tree, signature, schema`;
    return {
      figures: [
        {
          ...{ name, unit: 's', value: seconds, ratio: medianRatio(ours, base) },
          baseline: { name: 'read and SHA-256 of leaves and nodes, nothing else', value: median(base) },
          ...(isShort ? {} : { target: atMost(12, seconds, 'at most 12 s') }),
        },
        {
          name: `${name}, processor time`,
          ...{ unit: 's', value: median(pairs.map((pair) => pair.ours.processorMs / 1000)) },
          baseline: { name: 'the same floor', value: median(pairs.map((pair) => pair.base.processorMs / 1000)) },
          ratio: median(pairs.map((pair) => pair.ours.processorMs / pair.base.processorMs)),
        },
        {
          ...{ name: 'memory of the verifier, largest', unit: 'MiB RSS', value: rss },
          target: atMost(200, rss, 'at most 200 MiB'),
        },
        {
          name: 'device signature of one record (apart)',
          unit: 'µs',
          value: median(pairs.map(({ ours: run }) => run.microsecondsPerSignature)),
        },
      ],
      notes: [
        'Every leaf is decoded strictly (canonical JSON, groups of its event). Each run is a process of its own.',
      ],
    };
  },
};
