import { describe, expect, it } from '@jest/globals';
import { type ActId, type DeviceId, parseUtf8, Secret, toBase64, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { encodeReceiptPromise, encodeSignedReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import {
  consistencyProof,
  encodeTlogProof,
  encodeVerifierKey,
  Frontier,
  type HashReader,
  inclusionProof,
  keyTypes,
  leafHash,
  signCheckpoint,
  verifierKey,
} from '@rogatory/tlog';
import { seededRandom } from '@rogatory/pki/testing';
import { DeviceState } from '../state/device-state.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { SealedStore } from '../state/sealed-store.js';
import type { Concern } from '../state/concern.js';
import { Receipts, type ToldReceipt } from './receipts.js';

const ORIGIN = 'rogatory.test/audit/log/2026h2';
const NOW_MS = Date.UTC(2026, 10, 23);
const random = seededRandom(11);
const logKey = SigningKey.generate(random);
const promiseKey = SigningKey.generate(random);
const key = verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: logKey.publicKey });
const entryOf = (i: number, history = 'one') => new TextEncoder().encode(`${history} ${i}`);

function rootOf(entries: readonly Uint8Array[]): Uint8Array {
  const frontier = new Frontier();
  for (const entry of entries) frontier.append(leafHash(entry));
  return frontier.root();
}

/** What a server says of the record at an index of a history that it signs. */
async function told(entries: readonly Uint8Array[], index: number, knownSize: number): Promise<ToldReceipt> {
  const reader: HashReader = {
    readHashes: async (nodes) =>
      nodes.map(({ level, index: at }) => rootOf(entries.slice(at * 2 ** level, (at + 1) * 2 ** level))),
  };
  const size = entries.length;
  const signer = { key, sign: async (bytes: Uint8Array) => logKey.signRaw(bytes) };
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size, root: rootOf(entries) }, [signer]);
  const hashes = await inclusionProof(index, size, reader);
  const proof = parseUtf8(encodeTlogProof({ index, hashes, checkpoint, extra: undefined }));
  const isOlder = knownSize >= 1 && knownSize <= size;
  const consistency = isOlder ? await consistencyProof(knownSize, size, reader) : [];
  return { recordId: '00' as ActId, leaf: entries[index] as Uint8Array, proof, consistency };
}

async function device() {
  const deviceId = toHex(random(16)) as DeviceId;
  const store = new SealedStore({ store: new MemoryStateStore(), deviceId, key: new Secret(random(32)), random });
  const state = await DeviceState.open(store, deviceId);
  const logKeys = [encodeVerifierKey(key)];
  const pins = { auditOrigin: ORIGIN, directoryOrigin: 'x', logKeys, promiseKey: promiseKey.publicKey };
  await state.set((memory) => ({ ...memory, pins }));
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
