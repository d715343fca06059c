import { type Clock, equalBytes, limits } from '@rogatory/kernel';
import type { LogHead } from '@rogatory/protocol';
import { parseCheckpointText, parseNote } from '@rogatory/tlog';
import type { LogReader } from './log-reader.js';
import type { StoredCheckpoint } from './log-tree.store.js';

/** What an answer says of the log to a client that stated the newest head it verified. */
export interface HeadView {
  /** Size of the head that is shown to everybody; 0 while there is none. */
  readonly size: number;
  /** The head as a signed note; undefined where it is the very head that the client stated, and nothing else was asked. */
  readonly checkpoint: Uint8Array | undefined;
  /**
   * Full consistency path (`tlog.md` 8) from the stated size to this head; empty where the client stated none, the same
   * size, or a larger one.
   */
  readonly consistency: readonly Uint8Array[];
  /** Such a path from each size that was asked about; empty where it is that of this head or above it. */
  readonly peers: readonly (readonly Uint8Array[])[];
}

export interface HeadViewsParts {
  readonly log: Pick<LogReader, 'published' | 'pathBetween'>;
  readonly clock: Clock;
}

interface Shown {
  readonly checkpoint: StoredCheckpoint | undefined;
  readonly root: Uint8Array | undefined;
}

/**
 * Shows every client how the log goes on from the head that it verified last, so that nobody can be shown a history of their
 * own unnoticed. Reads the head at most once in `limits.headViewMs` however many requests there are, and once more for
 * whoever knows of a newer one; a path between two sizes is made once and kept while it is asked for.
 */
export class HeadViews {
  readonly #parts: HeadViewsParts;
  #shown: Promise<Shown> | undefined;
  /** The newest read; never fails. */
  #reading: Promise<void> | undefined;
  #next: Promise<Shown> | undefined;
  #shownUntilMs = Number.NEGATIVE_INFINITY;
  readonly #paths = new Map<string, Promise<readonly Uint8Array[]>>();

  constructor(parts: HeadViewsParts) {
    this.#parts = parts;
  }

  /**
   * @param stated the head that the client verified, with the sizes of those that other devices told it.
   * @throws whatever the database throws.
   */
  async view({ peerSizes = [], ...stated }: LogHead & { readonly peerSizes?: readonly number[] }): Promise<HeadView> {
    let { checkpoint, root } = await this.#current();
    // A client may know of a newer head, by its receipt or from another server: then what was read before is too old.
    if (Math.max(stated.size, ...peerSizes) > (checkpoint?.size ?? 0)) ({ checkpoint, root } = await this.#newer());
    if (checkpoint === undefined) return { size: 0, checkpoint: undefined, consistency: [], peers: [] };
    const { size, note } = checkpoint;
    const isTheSame = stated.size === size && root !== undefined && equalBytes(stated.root, root);
    if (isTheSame && peerSizes.length === 0) return { size, checkpoint: undefined, consistency: [], peers: [] };
    const [consistency = [], ...peers] = await Promise.all(
      [stated.size, ...peerSizes].map((from) => this.#pathTo(size, from)),
    );
    return { size, checkpoint: note, consistency, peers };
  }

  /** The head that everybody is shown, not read longer ago than `limits.headViewMs`. */
  #current(): Promise<Shown> {
    const isYoung = this.#parts.clock.monotonicMs() < this.#shownUntilMs;
    return this.#shown !== undefined && isYoung ? this.#shown : this.#readAgain();
  }

  /** One that is read from now on. All who ask while a read is under way share the next one: a lie costs one at a time. */
  #newer(): Promise<Shown> {
    this.#next ??= (this.#reading ?? Promise.resolve()).then(() => {
      this.#next = undefined;
      return this.#readAgain();
    });
    return this.#next;
  }

  #readAgain(): Promise<Shown> {
    this.#shownUntilMs = this.#parts.clock.monotonicMs() + limits.headViewMs;
    const shown = this.#read();
    this.#shown = shown;
    this.#reading = shown.then(
      () => undefined,
      () => {
        if (this.#shown === shown) this.#shown = undefined;
      },
    );
    return shown;
  }

  async #read(): Promise<Shown> {
    const checkpoint = await this.#parts.log.published();
    return { checkpoint, root: checkpoint && rootOf(checkpoint.note) };
  }

  async #pathTo(size: number, from: number): Promise<readonly Uint8Array[]> {
    return from > 0 && from < size ? this.#path(from, size) : [];
  }

  #path(first: number, second: number): Promise<readonly Uint8Array[]> {
    const key = `${first}-${second}`;
    const known = this.#paths.get(key);
    if (known !== undefined) {
      // What is asked for stays: sizes that one client asks about once drive out no path that all the others share.
      this.#paths.delete(key);
      this.#paths.set(key, known);
      return known;
    }
    const path = this.#parts.log.pathBetween(first, second);
    this.#paths.set(key, path);
    path.catch(() => this.#paths.delete(key));
    const [oldest] = this.#paths.keys();
    if (this.#paths.size > limits.headViewPaths && oldest !== undefined) this.#paths.delete(oldest);
    return path;
  }
}

/** The root inside a note that this server made itself. */
function rootOf(note: Uint8Array): Uint8Array | undefined {
  return parseCheckpointText(parseNote(note).text).root;
}
