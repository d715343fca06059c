import { type DeviceId, Secret, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  encodeVerifierKey,
  Frontier,
  type HashReader,
  keyTypes,
  leafHash,
  signCheckpoint,
  verifierKey,
} from '@rogatory/tlog';
import { seededRandom } from '@rogatory/pki/testing';
import { DeviceState } from '../state/device-state.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { SealedStore } from '../state/sealed-store.js';

/** Name of the audit log that the devices of these tests pinned. */
export const ORIGIN = 'rogatory.test/audit/log/2026h2';
export const random = seededRandom(11);
export const promiseKey = SigningKey.generate(random);
const logKey = SigningKey.generate(random);
const key = verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: logKey.publicKey });

/** An entry of a history; histories of another name differ in all entries. */
export const entryOf = (index: number, history = 'one'): Uint8Array => new TextEncoder().encode(`${history} ${index}`);

export function rootOf(entries: readonly Uint8Array[]): Uint8Array {
  const frontier = new Frontier();
  for (const entry of entries) frontier.append(leafHash(entry));
  return frontier.root();
}

export const readerOf = (entries: readonly Uint8Array[]): HashReader => ({
  readHashes: async (nodes) =>
    nodes.map(({ level, index: at }) => rootOf(entries.slice(at * 2 ** level, (at + 1) * 2 ** level))),
});

/** The head of these entries, signed by the log. */
export function headOf(entries: readonly Uint8Array[]): Promise<Uint8Array> {
  const signer = { key, sign: async (bytes: Uint8Array) => logKey.signRaw(bytes) };
  return signCheckpoint({ origin: ORIGIN, size: entries.length, root: rootOf(entries) }, [signer]);
}

/** Store and memory of a device that pinned the log. */
export async function pinnedDevice() {
  const deviceId = toHex(random(16)) as DeviceId;
  const store = new SealedStore({ store: new MemoryStateStore(), deviceId, key: new Secret(random(32)), random });
  const state = await DeviceState.open(store, deviceId);
  const logKeys = [encodeVerifierKey(key)];
  const pins = { auditOrigin: ORIGIN, directoryOrigin: 'x', logKeys, promiseKey: promiseKey.publicKey };
  await state.set((memory) => ({ ...memory, pins }));
  return { store, state };
}
