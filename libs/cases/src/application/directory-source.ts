import type { DirectoryHistory } from '@rogatory/chain';
import type { DirectoryHead } from '@rogatory/protocol';

/** What the rules of a case ask of the directory; its reader is one. */
export interface DirectorySource {
  /** The directory as this server knows it now; a value that never changes. */
  readonly history: DirectoryHistory;
  /** Whether the directory log passed through this head. */
  isKnownHead(head: DirectoryHead): boolean;
}

/** Whether a device may act by the newest directory known here. */
export function isLiveNow({ history }: DirectorySource, device: Parameters<Lookup['isDeviceLive']>[0], nowMs: number) {
  return history.at(history.size).isDeviceLive(device, nowMs);
}

type Lookup = ReturnType<DirectoryHistory['at']>;
