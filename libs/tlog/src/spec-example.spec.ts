import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { toHex, utf8 } from '@rogatory/kernel';
import { addCosignatures, cosignCheckpoint } from './checkpoint.js';
import { verifyCheckpoint } from './policy.js';
import { parsePolicy } from './policy-parsing.js';
import { inclusionProof } from './proof-building.js';
import { MemoryLog, testingSigner } from './testing/memory-log.js';
import { TileHashReader } from './tiles.js';
import { encodeTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.js';
import { encodeVerifierKey, keyTypes } from './verifier-key.js';

const document = readFileSync(join(import.meta.dirname, '../../../docs/spec/tlog.md'), 'utf8');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('the worked example of docs/spec/tlog.md', () => {
  const log = new MemoryLog(testingSigner('log.example/audit', keyTypes.log, 1));
  log.append(['one', 'two', 'three'].map(utf8));
  const witness = testingSigner('witness.example/fr', keyTypes.cosignature, 3);

  async function cosigned(): Promise<Uint8Array> {
    const open = log.open(await log.checkpoint());
    const line = await cosignCheckpoint(open, witness, 1_700_000_000);
    return addCosignatures(open, [line], [witness.key]);
  }

  it('has the files, keys and head that the code makes', async () => {
    for (const path of ['tile/entries/000.p/3', 'tile/0/000.p/3']) {
      expect(document).toContain(path);
      expect(document).toContain(toHex(log.files.get(path)!));
    }
    expect(document).toContain(text(await cosigned()));
    expect(document).toContain(encodeVerifierKey(log.signer.key));
    expect(document).toContain(encodeVerifierKey(witness.key));
    expect(document).toContain(toHex(log.tail.frontier().encode()));
  });

  it('has a policy and a receipt that hold', async () => {
    const policy = parsePolicy(utf8(/```policy\n([\s\S]*?)```/.exec(document)?.[1] ?? ''));
    const hashes = await inclusionProof(1, 3, new TileHashReader(log, 3));
    const proof = encodeTlogProof({ index: 1, hashes, checkpoint: await cosigned(), extra: undefined });
    expect(document).toContain(text(proof));
    const proven = verifyTlogProof(utf8('two'), parseTlogProof(proof), (bytes) => verifyCheckpoint(bytes, policy));
    expect(proven).toMatchObject({ index: 1, checkpoint: { size: 3, quorum: { latestSeconds: 1_700_000_000 } } });
  });
});
