import { describe, expect, it } from '@jest/globals';
import { type ActId, parseUtf8, toBase64, toHex } from '@rogatory/kernel';
import { encodeReceiptPromise, encodeSignedReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import { consistencyProof, encodeTlogProof, inclusionProof, leafHash } from '@rogatory/tlog';
import type { Concern } from '../state/concern.js';
import { entryOf, headOf, ORIGIN, pinnedDevice, promiseKey, random, readerOf, rootOf } from '../testing/signed-log.js';
import { Receipts, type ToldReceipt } from './receipts.js';

const NOW_MS = Date.UTC(2026, 10, 23);

/** What a server says of the record at an index of a history that it signs. */
async function told(entries: readonly Uint8Array[], index: number, knownSize: number): Promise<ToldReceipt> {
  const reader = readerOf(entries);
  const size = entries.length;
  const checkpoint = await headOf(entries);
  const hashes = await inclusionProof(index, size, reader);
  const proof = parseUtf8(encodeTlogProof({ index, hashes, checkpoint, extra: undefined }));
  const isOlder = knownSize >= 1 && knownSize <= size;
  const consistency = isOlder ? await consistencyProof(knownSize, size, reader) : [];
  return { recordId: '00' as ActId, leaf: entries[index] as Uint8Array, proof, consistency };
}

async function device() {
  const { state } = await pinnedDevice();
  const concerns: Concern[] = [];
  const clock = { nowMs: () => NOW_MS, monotonicMs: () => NOW_MS };
  const receipts = new Receipts({ state, clock, onConcern: (concern) => void concerns.push(concern) });
  /** Demands the proof of one record of a history. */
  const prove = async (entries: readonly Uint8Array[], index: number) => {
    const recordId = toHex(random(16)) as ActId;
    const terms = { recordId, leafHash: leafHash(entries[index] as Uint8Array), deadlineMs: NOW_MS };
    const signedBytes = encodeReceiptPromise({ logOrigin: ORIGIN, ...terms });
    const signature = promiseKey.sign(signaturePurposes.receiptPromise, signedBytes);
    receipts.take({ receipt: { promise: toBase64(encodeSignedReceiptPromise({ signedBytes, signature })) } }, recordId);
    return receipts.check((_, knownSize) => told(entries, index, knownSize));
  };
  return { state, concerns, prove };
}

describe('the head of the audit log that a device saved', () => {
  const honest = Array.from({ length: 40 }, (_, i) => entryOf(i));
  const other = Array.from({ length: 40 }, (_, i) => entryOf(i, i < 5 ? 'one' : 'other'));

  it('grows with every proof under a head that extends it', async () => {
    const { state, concerns, prove } = await device();
    for (const size of [9, 9, 16, 33, 40]) {
      const { proven } = await prove(honest.slice(0, size), 2);
      expect(proven).toMatchObject([{ index: 2, treeSize: size }]);
      expect(state.memory.auditHead).toEqual({ size, root: rootOf(honest.slice(0, size)) });
    }
    expect(concerns).toEqual([]);
  });

  it.each([
    ['a larger head of another history', other, 'fork'],
    ['a head of the same size and another history', other.slice(0, 20), 'fork'],
    ['a shorter log', honest.slice(0, 12), 'log-shrank'],
  ] as const)('stays, and a concern tells, before %s', async (_, entries, kind) => {
    const { state, concerns, prove } = await device();
    await prove(honest.slice(0, 20), 7);
    await expect(prove(entries, 3)).rejects.toMatchObject({ code: 'client/receipt' });
    expect(concerns).toMatchObject([{ kind }]);
    expect(state.memory.auditHead).toEqual({ size: 20, root: rootOf(honest.slice(0, 20)) });
    // The promise is kept: it is the evidence.
    expect(state.memory.promises).toHaveLength(1);
  });
});
