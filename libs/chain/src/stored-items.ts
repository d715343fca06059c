import { equalBytes, type DeviceId } from '@rogatory/kernel';
import type { ChainState, SenderPosition } from './chain-state.js';
import { demand } from './chain.errors.js';
import { appendContent } from './next-state.js';

/** Items that were verified earlier and whose bytes are not at hand now. */
export interface StoredItems {
  /** `contentLeaf` of each, in the order of the log. */
  readonly leaves: readonly Uint8Array[];
  /** Where each sender stood after them; none is needed to go on with links alone. */
  readonly senders?: ReadonlyMap<DeviceId, SenderPosition>;
}

/**
 * The state after items that the caller verified itself at an earlier time and kept: a server that starts again, a client
 * that kept the chain and the leaf hashes. Signatures are not checked again, but the next link's logHead shows whether
 * the leaves are the right ones. MUST NOT be fed with what a server says.
 */
export function appendStoredItems(state: ChainState, { leaves, senders }: StoredItems): ChainState {
  let positions = state.senders;
  for (const [device, position] of senders ?? []) positions = positions.set(device, position);
  const itemsInEpoch = state.content.itemsInEpoch + leaves.length;
  return { ...state, senders: positions, content: appendContent(state.content, leaves, itemsInEpoch) };
}

/**
 * Confirms that the content log is at a head that was kept apart from its leaves.
 * @throws VerificationError `chain/stored-log`.
 */
export function verifyContentHead(state: ChainState, head: { readonly size: number; readonly root: Uint8Array }): void {
  const isSame = state.content.size === head.size && equalBytes(state.content.root, head.root);
  demand(isSame, 'chain/stored-log', 'the stored content log is not the one that was verified');
}
