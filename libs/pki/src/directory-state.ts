import { limits } from '@rogatory/kernel';
import { type DirectoryEntry, decodeDirectoryEntry, type LogHead, sizes } from '@rogatory/protocol';
import { DirectoryStore } from './directory-store.js';
import { DirectoryView, standingKey } from './directory-view.js';
import { demand, pinLengthError, sizeError } from './pki.errors.js';
import { checkAuthority, keepAuthority } from './rules/authority-rules.js';
import { checkDevice, keepDevice } from './rules/device-rules.js';
import {
  type EntryCryptography,
  type EntryScene,
  fullCryptography,
  judgementTimes,
  verifiedBefore,
} from './rules/entry-checks.js';
import { checkPerson } from './rules/person-rules.js';
import { checkRevocation } from './rules/revocation-rules.js';
import { checkRoot, keepRoot } from './rules/root-rules.js';

/** Where a directory may be looked at as of any size that it had; the directory itself, or a stand-in of a test. */
export interface DirectoryViews {
  /** Entries in the log. */
  readonly size: number;
  /** @throws UsageError `directory/unknown-size` beyond the present size. */
  at(size: number): DirectoryView;
}

/**
 * A replayed directory log: an immutable value. Applying an entry gives a new value and leaves this one as it is; the two
 * share memory, so keeping old ones is cheap.
 */
export class DirectoryState implements DirectoryViews {
  readonly #store: DirectoryStore;
  readonly #pinnedRootHash: Uint8Array;
  readonly size: number;

  private constructor(store: DirectoryStore, pinnedRootHash: Uint8Array, size: number) {
    this.#store = store;
    this.#pinnedRootHash = pinnedRootHash;
    this.size = size;
  }

  /** See `emptyDirectory`. */
  static empty(pinnedRootHash: Uint8Array): DirectoryState {
    if (pinnedRootHash.length !== sizes.hash) throw pinLengthError();
    return new DirectoryState(new DirectoryStore(), pinnedRootHash.slice(), 0);
  }

  /** The newest view. */
  get view(): DirectoryView {
    return this.at(this.size);
  }

  get head(): LogHead {
    return this.view.head;
  }

  /** A copy of the hash of the first root file, which everything here rests on. */
  get pinnedRootHash(): Uint8Array {
    return this.#pinnedRootHash.slice();
  }

  at(size: number): DirectoryView {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size) throw sizeError();
    return new DirectoryView(this.#store, size);
  }

  /** Whether the log passed through this head: the way to check a head that somebody cites. */
  knows(head: LogHead): boolean {
    return (
      Number.isSafeInteger(head.size) && head.size >= 0 && head.size <= this.size && this.at(head.size).isHead(head)
    );
  }

  /** RFC 6962 leaf hash of an entry, for proofs. @throws UsageError `directory/unknown-size`. */
  leafHash(index: number): Uint8Array {
    const leaf = index < this.size ? this.#store.leafAt(index) : undefined;
    if (leaf === undefined) throw sizeError();
    return leaf;
  }

  /** See `applyEntry`. */
  apply(bytes: Uint8Array, receivedAtMs: number | undefined): DirectoryState {
    return this.#applyWith(bytes, receivedAtMs, fullCryptography);
  }

  /** See `DirectoryResumption`. */
  resumed(entry: Uint8Array): DirectoryState {
    return this.#applyWith(entry, undefined, verifiedBefore);
  }

  #applyWith(bytes: Uint8Array, receivedAtMs: number | undefined, cryptography: EntryCryptography): DirectoryState {
    const entry = decodeDirectoryEntry(bytes);
    const view = this.view;
    demand(this.size < limits.maxDirectoryEntries, 'directory/full');
    demand(this.size > 0 || entry.kind === 'root', 'directory/first-entry');
    const signedAtMs = signingTimeMs(entry);
    const judgedAtMs = judgementTimes(signedAtMs, view.clockMs, receivedAtMs);
    const scene: EntryScene = { view, index: this.size, signedAtMs, judgedAtMs, cryptography };
    const keep = check(scene, entry, this.#pinnedRootHash);
    const store = this.#store.size === this.size ? this.#store : this.#store.truncated(this.size);
    keep(store);
    store.append(bytes, signedAtMs);
    return new DirectoryState(store, this.#pinnedRootHash, this.size + 1);
  }
}

/** Checks an entry whole and only then gives the change; nothing is kept of an entry that is refused. */
function check(scene: EntryScene, entry: DirectoryEntry, pinnedHash: Uint8Array): (store: DirectoryStore) => void {
  switch (entry.kind) {
    case 'root': {
      const root = checkRoot(scene, entry.signed, pinnedHash);
      return (store) => keepRoot(store, root);
    }
    case 'authority': {
      const authority = checkAuthority(scene, entry.signed);
      return (store) => keepAuthority(store, authority);
    }
    case 'person': {
      const person = checkPerson(scene, entry.signed);
      return (store) => store.setPerson(person);
    }
    case 'device': {
      const device = checkDevice(scene, entry.signed);
      return (store) => keepDevice(store, device);
    }
    case 'revocation': {
      const { target, targetId } = entry.signed.revocation;
      const standing = checkRevocation(scene, entry.signed);
      return (store) => store.standings.set(standingKey(target, targetId), scene.index, standing);
    }
  }
}

function signingTimeMs(entry: DirectoryEntry): number {
  switch (entry.kind) {
    case 'root':
      return entry.signed.root.time.timeMs;
    case 'authority':
      return entry.signed.record.time.timeMs;
    case 'person':
    case 'device':
      return entry.signed.certificate.time.timeMs;
    case 'revocation':
      return entry.signed.revocation.time.timeMs;
  }
}

/**
 * A directory without entries that will accept only the log that begins with the pinned root file.
 * @param pinnedRootHash `rootHashOf` its signed bytes, compiled in or compared out of band.
 */
export function emptyDirectory(pinnedRootHash: Uint8Array): DirectoryState {
  return DirectoryState.empty(pinnedRootHash);
}

/**
 * The directory with one more entry, verified by every rule of docs/spec/directory.md.
 * @param receivedAtMs the server's time of receipt, which also bounds the entry's age; undefined in a replay. Whatever is
 *   admitted with a time of receipt a replay without one admits as well.
 * @throws CodecError on malformed bytes, VerificationError `directory/…` when a rule does not hold.
 */
export function applyEntry(state: DirectoryState, bytes: Uint8Array, receivedAtMs?: number): DirectoryState {
  return state.apply(bytes, receivedAtMs);
}

/**
 * Replays entries whose signatures this caller verified before, without verifying them again. All other rules are checked,
 * and the result MUST have the very head that the caller verified then and kept where nobody else can write: there is none
 * before `finish`.
 */
export class DirectoryResumption {
  #state: DirectoryState;

  constructor(pinnedRootHash: Uint8Array) {
    this.#state = DirectoryState.empty(pinnedRootHash);
  }

  /** @throws as `applyEntry`. */
  add(entry: Uint8Array): void {
    this.#state = this.#state.resumed(entry);
  }

  /** @throws VerificationError `directory/head` when the entries give another head. */
  finish(verifiedHead: LogHead): DirectoryState {
    demand(this.#state.view.isHead(verifiedHead), 'directory/head');
    return this.#state;
  }
}

/** All entries of a `DirectoryResumption` at once. @throws as its methods. */
export function resumeDirectory(resumption: {
  readonly pinnedRootHash: Uint8Array;
  readonly entries: Iterable<Uint8Array>;
  readonly verifiedHead: LogHead;
}): DirectoryState {
  const resumed = new DirectoryResumption(resumption.pinnedRootHash);
  for (const entry of resumption.entries) resumed.add(entry);
  return resumed.finish(resumption.verifiedHead);
}
