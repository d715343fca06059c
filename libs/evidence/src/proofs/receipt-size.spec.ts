import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@rogatory/pki/testing';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  addCosignatures,
  cosignCheckpoint,
  encodeTlogProof,
  Frontier,
  keyTypes,
  leafHash,
  nodeHash,
  openCheckpoint,
  parseTlogProof,
  signCheckpoint,
  verifierKey,
  verifyTlogProof,
} from '@rogatory/tlog';

const SIZE = 10_000_000;
const INDEX = 6_666_666;
const WITNESSES = 18;
const MOST_BYTES = 4 * 1024;
const ORIGIN = 'rogatory.example/audit/log/2026h2';

/**
 * Ten million leaves that are all the same but one: a subtree without that one has one hash per level, so the real root and
 * the real proof of the place come out of a few hashes.
 */
function proofInLargeLog(leaf: Uint8Array): { readonly root: Uint8Array; readonly hashes: readonly Uint8Array[] } {
  const others = [leafHash(Uint8Array.of(0))];
  for (let level = 1; level < 25; level++)
    others.push(nodeHash(others[level - 1] as Uint8Array, others[level - 1] as Uint8Array));
  const plain = (begin: number, end: number): Uint8Array => {
    const frontier = new Frontier();
    for (let at = 0; at < end - begin; ) {
      const level = Math.floor(Math.log2(end - begin - at));
      frontier.appendSubtree(level, others[level] as Uint8Array);
      at += 2 ** level;
    }
    return frontier.root();
  };
  const hashes: Uint8Array[] = [];
  const descend = (begin: number, end: number): Uint8Array => {
    if (end - begin === 1) return leaf;
    const split = begin + 2 ** (Math.ceil(Math.log2(end - begin)) - 1);
    if (INDEX < split) {
      const left = descend(begin, split);
      const right = plain(split, end);
      hashes.push(right);
      return nodeHash(left, right);
    }
    const right = descend(split, end);
    const left = plain(begin, split);
    hashes.push(left);
    return nodeHash(left, right);
  };
  const root = descend(0, SIZE);
  return { root, hashes };
}

describe('a receipt at ten million records', () => {
  it('with the cosignatures of eighteen witnesses verifies and takes at most 4 KiB', async () => {
    const random = seededRandom(18);
    const entry = new TextEncoder().encode('the one record that is asked about');
    const { root, hashes } = proofInLargeLog(leafHash(entry));
    const log = SigningKey.generate(random);
    const logKey = verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: log.publicKey });
    const signer = { key: logKey, sign: async (bytes: Uint8Array) => log.signRaw(bytes) };
    const note = await signCheckpoint({ origin: ORIGIN, size: SIZE, root }, [signer]);
    const open = openCheckpoint(note, { origin: ORIGIN, logKeys: [logKey] });
    const witnesses = Array.from({ length: WITNESSES }, (_, i) => {
      const key = SigningKey.generate(random);
      const name = `witness.example/${String.fromCharCode(97 + i)}${String.fromCharCode(97 + i)}`;
      return {
        key: verifierKey({ name, type: keyTypes.cosignature, publicKey: key.publicKey }),
        sign: async (bytes: Uint8Array) => key.signRaw(bytes),
      };
    });
    const lines = await Promise.all(witnesses.map((witness) => cosignCheckpoint(open, witness, 1_795_424_400)));
    const witnessKeys = witnesses.map(({ key }) => key);
    const checkpoint = addCosignatures(open, lines, witnessKeys);
    const receipt = encodeTlogProof({ index: INDEX, hashes, checkpoint, extra: undefined });
    const proven = verifyTlogProof(entry, parseTlogProof(receipt), (bytes) =>
      openCheckpoint(bytes, { origin: ORIGIN, logKeys: [logKey], witnessKeys }),
    );
    expect(proven).toMatchObject({ index: INDEX, checkpoint: { size: SIZE } });
    expect(proven.checkpoint.signatures).toHaveLength(1 + WITNESSES);
    expect(receipt.length).toBeLessThanOrEqual(MOST_BYTES);
    // 24 levels at most; a proof of fewer hashes would be one of a smaller log.
    expect(hashes.length).toBeGreaterThanOrEqual(22);
  });
});
