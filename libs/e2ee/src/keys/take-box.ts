import { isRogatoryError } from '@rogatory/kernel';
import { type AppliedLink, boxHash, linkContext } from '@rogatory/chain';
import type { Box, KeyEntry } from '@rogatory/protocol';
import type { BoxFault } from '../trust/statements.js';
import { type DeviceKemKeys, openKeyBox } from './boxes.js';
import { epochBook } from './epoch-book.js';
import type { EpochKeyring } from './epoch-keyring.js';

/** What a box was worth. With a fault the device complains; what did fit is kept all the same. */
export type BoxOutcome = { readonly kind: 'learned' } | { readonly kind: 'fault'; readonly fault: BoxFault };

export interface TakeBoxInput {
  readonly applied: AppliedLink;
  /** The box that the link holds for this device, checked by `verifyBox`; undefined where the server gives none. */
  readonly box: { readonly bytes: Uint8Array; readonly decoded: Box } | undefined;
  readonly own: DeviceKemKeys;
  readonly keyring: EpochKeyring;
}

/** Opens the box of a link that gives keys to this device, and takes every key that fits the chain. */
export function takeBox({ applied, box, own, keyring }: TakeBoxInput): BoxOutcome {
  if (box === undefined) return { kind: 'fault', fault: { kind: 'missing' } };
  const entries = tryOpen(box.decoded, own, applied);
  const hash = boxHash(box.bytes);
  if (entries === undefined) return { kind: 'fault', fault: { kind: 'does-not-open', boxHash: hash } };
  const rejected = keyring.learn(entries, epochBook(applied.state));
  const isWhole = rejected.length === 0 && (!applied.startsEpoch || keyring.holdsChainKey(applied.state.epoch));
  return isWhole ? { kind: 'learned' } : { kind: 'fault', fault: { kind: 'wrong-key', boxHash: hash } };
}

function tryOpen(box: Box, own: DeviceKemKeys, applied: AppliedLink): KeyEntry[] | undefined {
  try {
    return openKeyBox(box, own, linkContext(applied.signed.contextBytes));
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}
