import type { DirectoryState, DirectoryView } from '@rogatory/pki';
import type { LogHead } from '@rogatory/protocol';
import type { Touched } from '../domain/submission.js';

/** A signed head, and when the server vouched that it was its newest. */
export interface SignedDirectoryHead extends LogHead {
  /** The checkpoint as a signed note. */
  readonly checkpoint: string;
  readonly timeMs: number;
}

/** The replayed directory, as other features see it: every answer is of this moment and costs no I/O, except `head`. */
export interface DirectoryReader {
  /** All sizes that the log had: what chains are judged by. */
  readonly history: DirectoryState;
  /** The newest view. */
  current(): DirectoryView;
  /** @throws UsageError `directory/size` beyond the present size. */
  at(size: number): DirectoryView;
  /** Whether the log passed through this head. */
  isKnownHead(head: LogHead): boolean;
  /** Newest signed head. @throws UnavailableError `directory/no-head` before the first. */
  head(): Promise<SignedDirectoryHead>;
  /** Told after entries took effect in this process, whoever appended them. Answers how to stop listening. */
  onAdvance(listener: (touched: readonly Touched[]) => void): () => void;
}
