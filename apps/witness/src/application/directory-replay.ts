import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, equalBytes, isRogatoryError, limits, UnavailableError } from '@rogatory/kernel';
import { applyEntry, DirectoryResumption, type DirectoryState, emptyDirectory } from '@rogatory/pki';
import type { Log } from '@rogatory/platform-telemetry';
import {
  checkpointBytes,
  decodeEntryBundle,
  encodeTlogProof,
  Frontier,
  inclusionProof,
  leafHash,
  LeafHashReader,
  type SignedCheckpoint,
  TILE_WIDTH,
  tileWidth,
} from '@rogatory/tlog';
import type { DirectoryCopy } from './directory-copy.js';
import type { BundleSource } from './directory-source.js';
import type { EntriesVerdict } from './entry-check.js';
import type { EvidenceStore } from './head.store.js';
import { SparingLog } from './sparing-log.js';

export interface DirectoryReplayParts {
  /** Hash of the first root file. */
  readonly federationHash: Uint8Array;
  readonly source: BundleSource;
  readonly copy: DirectoryCopy;
  readonly evidence: EvidenceStore;
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** An entry that breaks the rules. */
interface Breach {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly code: string;
}

interface Held {
  readonly frontier: Frontier;
  /** The signed checkpoint of it; undefined before the first. */
  readonly note: Uint8Array | undefined;
}

/** The entries between what is held and a head, as far as they were read. */
interface Growth {
  readonly frontier: Frontier;
  readonly fresh: Uint8Array[];
  state: DirectoryState;
  breach: Breach | undefined;
}

/**
 * Replays one directory log before a head of it is vouched for: every entry hashes to the head, and each keeps the rules
 * of docs/spec/directory.md. What was replayed is kept, so that only growth is fetched. One call at a time.
 */
export class DirectoryReplay {
  readonly #parts: DirectoryReplayParts;
  #held: Held | undefined;
  /** Made from the copy when the directory first grows: a start does not wait for it. */
  #state: DirectoryState | undefined;
  /** Heads that were refused, the last of them last. */
  readonly #refused: SignedCheckpoint[] = [];
  /** From when on a head that was not seen yet is read again after a refusal. */
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  /** A log signs as many bad heads as it likes. */
  readonly #told: SparingLog;

  constructor(parts: DirectoryReplayParts) {
    this.#parts = parts;
    this.#told = new SparingLog(parts.log, parts.clock);
  }

  /** @throws UnavailableError `witness/entries`; whatever the folder throws. Then nothing is held that was not before. */
  async advance(checkpoint: SignedCheckpoint): Promise<EntriesVerdict> {
    if (this.#refused.some((refused) => isSameHead(refused, checkpoint))) return 'broken';
    const held = (this.#held ??= await this.#load());
    const { frontier } = held;
    if (frontier.size === checkpoint.size && equalBytes(frontier.root(), checkpoint.root)) return 'held';
    if (checkpoint.size > limits.maxDirectoryEntries) return this.#refuse(checkpoint, 'directory/full');
    const state = await this.#stateOf();
    if (checkpoint.size <= state.size) return this.#compare(checkpoint, state);
    // A log can sign as many heads over one broken entry as it likes: not each of them is worth a replay.
    if (this.#parts.clock.monotonicMs() < this.#restsUntilMs) return 'unread';
    return this.#grow(checkpoint, state);
  }

  async #load(): Promise<Held> {
    const head = await this.#parts.copy.head();
    const fits = head !== undefined && equalBytes(head.federationHash, this.#parts.federationHash);
    return fits ? { frontier: head.frontier, note: head.note } : { frontier: new Frontier(), note: undefined };
  }

  /** The replayed directory; empty when the copy is damaged, and then everything is fetched anew. */
  async #stateOf(): Promise<DirectoryState> {
    if (this.#state !== undefined) return this.#state;
    const resumed = await this.#resumed(this.#held?.frontier ?? new Frontier());
    if (resumed === undefined) {
      this.#parts.log.warn('witness/directory-copy', { reason: 'damaged' });
      this.#held = { frontier: new Frontier(), note: undefined };
    }
    this.#state = resumed ?? emptyDirectory(this.#parts.federationHash);
    return this.#state;
  }

  /** The entries of the copy were verified before, and have to give the very head that was kept then. */
  async #resumed(frontier: Frontier): Promise<DirectoryState | undefined> {
    const { size } = frontier;
    try {
      const resumption = new DirectoryResumption(this.#parts.federationHash);
      for (let index = 0; index * TILE_WIDTH < size; index++) {
        const kept = (await this.#parts.copy.bundle(index)) ?? [];
        for (const entry of kept.slice(0, tileWidth(size, 0, index))) resumption.add(entry);
      }
      return resumption.finish({ size, root: frontier.root() });
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** A head within what was replayed: the log passed through it, or it signed two histories. */
  async #compare(checkpoint: SignedCheckpoint, state: DirectoryState): Promise<EntriesVerdict> {
    if (state.knows(checkpoint)) return 'held';
    const note = this.#held?.note;
    if (note !== undefined) {
      const { origin } = checkpoint;
      await this.#parts.evidence.keep('fork', { origin, held: note, refused: checkpointBytes(checkpoint) });
    }
    return this.#refuse(checkpoint, 'directory/head');
  }

  async #grow(checkpoint: SignedCheckpoint, state: DirectoryState): Promise<EntriesVerdict> {
    const frontier = (this.#held?.frontier ?? new Frontier()).clone();
    const growth: Growth = { frontier, fresh: [], state, breach: undefined };
    for (let index = Math.floor(state.size / TILE_WIDTH); index * TILE_WIDTH < checkpoint.size; index++) {
      await this.#read(growth, index, tileWidth(checkpoint.size, 0, index));
    }
    // Only what the log signed is anybody's fault: bytes that do not hash to the head may be those of whoever is between.
    if (!equalBytes(frontier.root(), checkpoint.root)) {
      this.#told.tell('warn', 'witness/directory-unfit', { origin: checkpoint.origin, size: checkpoint.size });
      return 'unread';
    }
    if (growth.breach !== undefined) return this.#reject(checkpoint, state, { ...growth, breach: growth.breach });
    const { federationHash, copy } = this.#parts;
    const note = checkpointBytes(checkpoint);
    await copy.saveHead({ federationHash, frontier, note });
    this.#held = { frontier, note };
    this.#state = growth.state;
    return 'held';
  }

  /** One bundle: what is in it counts into the tree, and is kept as long as it keeps the rules. */
  async #read(growth: Growth, index: number, width: number): Promise<void> {
    const { source, copy } = this.#parts;
    const from = index * TILE_WIDTH;
    const known = growth.frontier.size - from;
    const entries = bundleOf(await source.bundle(index, width), width);
    for (const [place, entry] of entries.slice(known).entries()) {
      if (place % limits.witnessReplaySlice === 0) await turn();
      judge(growth, entry.slice());
    }
    if (growth.breach !== undefined) return;
    const kept = known === 0 ? [] : ((await copy.bundle(index)) ?? []).slice(0, known);
    await copy.saveBundle(index, [...kept, ...entries.slice(known)]);
  }

  async #reject(
    checkpoint: SignedCheckpoint,
    state: DirectoryState,
    { breach: { index, entry, code }, fresh }: { readonly breach: Breach; readonly fresh: readonly Uint8Array[] },
  ): Promise<EntriesVerdict> {
    const leaf = (place: number) => fresh[place - state.size] ?? state.leafHash(place);
    const leaves = new LeafHashReader({ size: checkpoint.size, leaf, pause: () => turn() });
    const hashes = await inclusionProof(index, checkpoint.size, leaves);
    const proof = encodeTlogProof({ index, hashes, checkpoint: checkpointBytes(checkpoint), extra: undefined });
    await this.#parts.evidence.keepEntry(checkpoint.origin, entry, proof);
    this.#restsUntilMs = this.#parts.clock.monotonicMs() + limits.witnessBreachRestMs;
    return this.#refuse(checkpoint, code, index);
  }

  #refuse(checkpoint: SignedCheckpoint, code: string, index?: number): EntriesVerdict {
    const { origin, size } = checkpoint;
    this.#refused.push(checkpoint);
    if (this.#refused.length > limits.maxRefusedHeads) this.#refused.shift();
    this.#told.tell('error', 'witness/directory-broken', {
      origin,
      size,
      code,
      ...(index === undefined ? {} : { index }),
    });
    return 'broken';
  }
}

/** Adds an entry to the tree, and to the directory until one breaks the rules. */
function judge(growth: Growth, entry: Uint8Array): void {
  const index = growth.frontier.size;
  const leaf = leafHash(entry);
  growth.frontier.append(leaf);
  growth.fresh.push(leaf);
  if (growth.breach !== undefined) return;
  try {
    growth.state = applyEntry(growth.state, entry);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    growth.breach = { index, entry, code: isRogatoryError(error) ? error.code : 'internal' };
  }
}

/** What is no bundle of this width hashes to nothing that a log signed. */
function bundleOf(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  try {
    return decodeEntryBundle(bytes, width);
  } catch (cause) {
    throw new UnavailableError('witness/entries', 'the entries of a directory cannot be read', { cause });
  }
}

/** What a rule or a decoder says; everything else is a fault of this witness. */
function isRefusal(error: unknown): boolean {
  return isRogatoryError(error) && (error.family === 'codec' || error.family === 'verification');
}

function isSameHead(one: SignedCheckpoint, other: SignedCheckpoint): boolean {
  return one.size === other.size && equalBytes(one.root, other.root);
}
