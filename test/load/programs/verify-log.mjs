/**
 * Verifies a log folder in a process of its own and prints what that took, as JSON.
 *   verify-log.mjs verify|hash-only FOLDER ORIGIN KEYHEX
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, Secret } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { isSignature } from '@rogatory/crypto/verify';
import { decodeAuditLeaf, signaturePurposes } from '@rogatory/protocol';
import { keyTypes, openCheckpoint, verifierKey, verifyLog } from '@rogatory/tlog';
import { perSecond } from '../measure.mjs';

const [mode = '', folder = '', origin = '', keyHex = ''] = process.argv.slice(2);

async function verify() {
  const key = verifierKey({ name: origin, type: keyTypes.log, publicKey: fromHex(keyHex) });
  let entries = 0;
  const verdict = await verifyLog({
    tiles: { readTile: (path) => readFile(join(folder, path)).catch(() => undefined) },
    checkpoint: await readFile(join(folder, 'checkpoint')),
    open: (bytes) => openCheckpoint(bytes, { origin, logKeys: [key] }),
    onEntries: (batch) => {
      for (const entry of batch.entries) decodeAuditLeaf(entry);
      entries += batch.entries.length;
    },
  });
  if (verdict.outcome !== 'verified') throw new Error(`${verdict.fault} at ${verdict.index}`);
  return entries;
}

/** The floor: the bytes of every bundle, one hash per leaf and one per node, in the fastest form that Node has. */
function hashOnly() {
  const base = join(folder, 'tile/entries');
  const node = Buffer.alloc(65, 1);
  let entries = 0;
  for (const name of readdirSync(base, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const bytes = readFileSync(join(name.parentPath, name.name));
    for (let at = 0; at < bytes.length; entries++) {
      const end = at + 2 + bytes.readUInt16BE(at);
      hash('sha256', bytes.subarray(at + 2, end), 'binary');
      hash('sha256', node, 'binary');
      at = end;
    }
  }
  return entries;
}

function microsecondsPerSignature() {
  const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(3)));
  const message = new Uint8Array(400).fill(9);
  const purpose = signaturePurposes.auditAct;
  const claim = { purpose, publicKey: key.publicKey, message, signature: key.sign(purpose, message) };
  return 1_000_000 / perSecond(() => isSignature(claim), 300);
}

const start = performance.now();
const entries = mode === 'verify' ? await verify() : hashOnly();
const milliseconds = performance.now() - start;
const cpu = process.cpuUsage();
const processorMs = (cpu.user + cpu.system) / 1000;
const rssMiB = process.resourceUsage().maxRSS / 1024;
const signature = mode === 'verify' ? microsecondsPerSignature() : 0;
console.log(JSON.stringify({ entries, milliseconds, processorMs, rssMiB, microsecondsPerSignature: signature }));
