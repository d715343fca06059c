/** What a device can open by its seeds and what is public (docs/spec/keys.md). */
import type { DeviceSeeds, LinkEntry } from '../vector-files.js';
import { decodeWhole, disclosedKeys, keyEntries } from './case-formats.js';
import { archiveKey, boxAad, commitmentsOf, readCommitOf, readKeyOf } from './epoch-keys.js';
import { decode } from './kinds.js';
import { decapsulate, H, kemPublicKey, open } from './primitives.js';
import type { Epoch } from './replay.js';
import { type Fields, hex, isZero, refuse, unhex } from './wire.js';

/** The opened box of a device, for the link that carries it. */
export function openBox(entry: LinkEntry, device: DeviceSeeds, purpose: 1 | 8): Fields | undefined {
  const text = entry.boxes.find((each) => each.startsWith(device.deviceId));
  if (text === undefined) return undefined;
  const { value: box } = decode('box', unhex(text));
  const prekeyHash = box['prekeyHash'] as string;
  const prekey = device.prekeys.find((each) => each.prekeyHash === prekeyHash)?.seed;
  const seed = unhex((isZero(prekeyHash) ? device.kemSeed : prekey) ?? refuse('no such prekey'));
  const context = decode('link', unhex(entry.bytes)).until('context');
  const aad = boxAad(box, H('rogatory/link-context/v1', context), kemPublicKey(seed));
  const secret = decapsulate(seed, unhex(box['kemCiphertext'] as string));
  const plaintext = open(purpose, secret, unhex(box['sealed'] as string), aad);
  return decodeWhole(purpose === 1 ? keyEntries : disclosedKeys, plaintext) as Fields;
}

const DISCLOSE = 12;

/** Chain and read keys of epochs, in hexadecimal, checked against what the links commit to. */
export function keysOf(device: DeviceSeeds, entries: readonly LinkEntry[], epochs: readonly Epoch[]) {
  const chainKeys = new Map<number, string>();
  const readKeys = new Map<number, string>();
  const takeChain = (number: number, key: Uint8Array): void => {
    const epoch = epochs[number - 1] ?? refuse('no such epoch');
    const [keyCommit, readCommit] = commitmentsOf(key, epoch);
    if (keyCommit !== epoch.link['keyCommit'] || readCommit !== epoch.link['readCommit'])
      refuse('key of another epoch');
    chainKeys.set(number, hex(key));
    readKeys.set(number, hex(readKeyOf(key, epoch)));
    const archive = unhex(epoch.link['archive'] as string);
    const base = epoch.link['baseEpoch'] as number;
    if (archive.length > 0) takeChain(base, open(2, archiveKey(key, epoch), archive, epoch.contextHash));
  };
  const takeRead = (number: number, key: Uint8Array): void => {
    const epoch = epochs[number - 1] ?? refuse('no such epoch');
    if (readCommitOf(key, epoch) !== epoch.link['readCommit']) refuse('key of another epoch');
    readKeys.set(number, hex(key));
  };
  for (const entry of entries) {
    const { link } = decode('link', unhex(entry.bytes)).value as { link: Fields };
    const opened = link['type'] === DISCLOSE ? undefined : openBox(entry, device, 1);
    for (const { kind, epoch, key } of (opened?.['entries'] ?? []) as readonly Fields[]) {
      (kind === 1 ? takeChain : takeRead)(epoch as number, unhex(key as string));
    }
  }
  return { chainKeys, readKeys };
}
