import {
  type AuthorityId,
  type DeviceId,
  equalBytes,
  fromBase64,
  limits,
  type PersonId,
  toBase64,
  utf8,
} from '@rogatory/kernel';
import {
  applyEntry,
  type DirectoryState,
  emptyDirectory,
  resumeDirectory,
  verifyCard,
  type DirectoryView,
} from '@rogatory/pki';
import {
  actSubjects,
  ByteReader,
  ByteWriter,
  type DirectoryBundle,
  type DirectoryHead,
  type PersonCard,
} from '@rogatory/protocol';
import { openCheckpoint, parseVerifierKey } from '@rogatory/tlog';
import { refusedError, verificationError } from '../client.errors.js';
import { appendDirectoryOperation, directoryEntriesOperation, prekeysOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { Alarms } from '../state/alarms.js';
import type { DeviceState } from '../state/device-state.js';
import { Mutex } from '../state/mutex.js';
import type { SealedStore } from '../state/sealed-store.js';
import { asBytes, asFlag, asList, asText, asWhole } from '../transport/answer.js';
import type { ServerFacts } from '../session/server-facts.js';
import type { WitnessPolicy } from './witness-policy.js';

export interface DirectoryParts {
  readonly gateway: Gateway;
  readonly state: DeviceState;
  readonly store: SealedStore;
  readonly alarms: Pick<Alarms, 'guard'>;
  readonly server: ServerFacts;
  /** Whose quorum has to vouch for the directory; none where nobody is pinned. */
  readonly witnesses: WitnessPolicy;
  /** Pinned in the key store. */
  readonly federationRootHash: Uint8Array;
}

const SLOT = 'directory';
const MAX_SLOT_BYTES = 48 * 1024 * 1024;
/** How old the newest known head may be before something is made that cites it. */
const FRESH_MS = limits.maxDirHeadAgeMs / 4;
const PREKEYS_PER_REQUEST = limits.maxPageItems;

interface ReadHead extends DirectoryHead {
  readonly checkpoint: string;
}

interface ReadPage {
  readonly entries: readonly CachedEntry[];
  readonly head: ReadHead;
  /** The head that a quorum of the witnesses vouches for, as the server shows it. */
  readonly witnessed: string | undefined;
  readonly hasMore: boolean;
}

/**
 * The directory log, replayed in full by this device: every entry verified by the rules of the federation, every head
 * signed by the log and, where witnesses are pinned, vouched for by their quorum; never shorter than before. Whom it names
 * is certified; whether to trust them is the contacts' matter.
 */
export class Directory {
  readonly #parts: DirectoryParts;
  readonly #turn = new Mutex();
  readonly #cards = new Map<number, Uint8Array>();
  #entries: Uint8Array[] = [];
  #state: DirectoryState;
  #head: DirectoryHead | undefined;
  #isRead = false;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#state = emptyDirectory(parts.federationRootHash);
  }

  /** The replayed directory; `sync` it first. */
  get state(): DirectoryState {
    return this.#state;
  }

  /** The newest view. */
  get view(): DirectoryView {
    return this.#state.view;
  }

  /** The newest verified head with its time; what links and items cite. @throws RefusedError before the first `sync`. */
  get head(): DirectoryHead {
    if (this.#head === undefined) throw refusedError('client/not-found');
    return this.#head;
  }

  /**
   * Reads and verifies what is new.
   * @throws VerificationError `directory/…`, `tlog/…`, `client/directory-rollback`, `client/clock`; UnavailableError
   * `client/unwitnessed` when witnesses are pinned and no quorum of them spoke lately.
   */
  sync(): Promise<DirectoryHead> {
    return this.#turn.run(() => this.#parts.alarms.guard(() => this.#sync()));
  }

  /** As `sync`, unless the newest head is recent and at least as new as another one. */
  async syncWhenOld(atLeast?: { readonly size: number; readonly timeMs: number }): Promise<DirectoryHead> {
    const head = this.#head;
    const nowMs = this.#parts.gateway.clock.nowMs();
    const isNew = head !== undefined && Math.abs(nowMs - head.timeMs) < FRESH_MS;
    const covers = atLeast === undefined || (isNew && head.size >= atLeast.size && head.timeMs >= atLeast.timeMs);
    return isNew && covers ? head : this.sync();
  }

  /** The names that registrars certified for a person; undefined when the server holds none any more. */
  cardOf(personId: PersonId): PersonCard | undefined {
    const person = this.view.person(personId);
    const card = person && this.#cards.get(person.index);
    return person && card && verifyCard(person, card);
  }

  /** The verified log as a file has it, with the cards that lie beside. */
  bundle(): DirectoryBundle {
    return { entries: [...this.#entries], cards: [...this.#cards.values()] };
  }

  /** Persons of an authority, or all. */
  persons(authorityId?: AuthorityId) {
    const authorities = this.view.authorities().map((authority) => authority.authorityId);
    const wanted = authorityId === undefined ? authorities : [authorityId];
    return wanted.flatMap((id) => this.view.personsOf(id));
  }

  /** Prekeys as the server offers them: unverified bytes, judged by whoever seals to them. */
  async prekeysOf(devices: readonly DeviceId[]): Promise<(deviceId: DeviceId) => readonly Uint8Array[]> {
    const found = new Map<string, Uint8Array>();
    for (let at = 0; at < devices.length; at += PREKEYS_PER_REQUEST) {
      const deviceIds = devices.slice(at, at + PREKEYS_PER_REQUEST);
      const call = { variables: { deviceIds }, subject: actSubjects.readPrekeys() };
      const page = await this.#parts.gateway.call(
        prekeysOperation,
        call,
        ({ prekeys }) =>
          asList(prekeys, PREKEYS_PER_REQUEST) &&
          prekeys.map(({ deviceId, prekey }) => [asText(deviceId), prekey] as const),
      );
      for (const [deviceId, prekey] of page) if (prekey !== null) found.set(deviceId, fromBase64(asText(prekey)));
    }
    return (deviceId) => {
      const prekey = found.get(deviceId);
      return prekey === undefined ? [] : [prekey];
    };
  }

  /** Submits entries that registrars (or, for a revocation, a device) signed, then reads them back. */
  async append(entries: readonly Uint8Array[], cards: readonly Uint8Array[] = []): Promise<DirectoryHead> {
    const variables = { entries: entries.map(toBase64), cards: cards.map(toBase64) };
    const subject = actSubjects.appendDirectory(entries, cards);
    await this.#parts.gateway.call(appendDirectoryOperation, { variables, subject }, (data) =>
      asWhole(data.appendDirectory.size),
    );
    return this.sync();
  }

  async #sync(): Promise<DirectoryHead> {
    const { server, gateway } = this.#parts;
    await server.pinned();
    await this.#readCache();
    const before = this.#state.size;
    const head = this.#parts.witnesses.isPinned ? await this.#readWitnessed() : await this.#readSigned();
    const saved = this.#parts.state.memory.local.directoryHead;
    if (head.size < saved.size || !this.#state.knows(saved)) throw verificationError('client/directory-rollback');
    const skewMs = Math.abs(gateway.clock.nowMs() - head.timeMs);
    if (skewMs > limits.maxDirHeadAgeMs || head.timeMs < saved.timeMs) throw verificationError('client/clock');
    const { size, root, timeMs } = head;
    this.#head = { size, root, timeMs };
    if (size > before || size > saved.size) await this.#save(this.#head);
    return this.#head;
  }

  /** Everything up to the newest head that the log signed. */
  async #readSigned(): Promise<DirectoryHead> {
    for (;;) {
      const page = await this.#page(this.#state.size);
      for (const { bytes, card } of page.entries) this.#apply(bytes, card);
      if (!page.hasMore) {
        this.#verifyHead(page.head);
        return page.head;
      }
      if (page.entries.length === 0) throw verificationError('client/answer');
    }
  }

  /** Everything up to the head that the quorum vouches for: entries after it are not looked at. */
  async #readWitnessed(): Promise<DirectoryHead> {
    for (;;) {
      const page = await this.#page(this.#state.size);
      const { size, root } = this.#parts.witnesses.verify(page.witnessed, this.#scene());
      for (const { bytes, card } of page.entries) if (this.#state.size < size) this.#apply(bytes, card);
      if (this.#state.size >= size) {
        const own = this.#state.head;
        if (own.size !== size || !equalBytes(own.root, root)) throw verificationError('client/directory-rollback');
        return { size, root, timeMs: page.head.timeMs };
      }
      if (page.entries.length === 0) throw verificationError('client/answer');
    }
  }

  #scene() {
    const { server, gateway } = this.#parts;
    const pins = server.pins();
    const logKeys = pins.logKeys.map(parseVerifierKey);
    return { origin: pins.directoryOrigin, logKeys, nowMs: gateway.clock.nowMs() };
  }

  async #page(from: number): Promise<ReadPage> {
    const variables = { from, first: limits.maxPageItems };
    const subject = actSubjects.readDirectory();
    return this.#parts.gateway.call(directoryEntriesOperation, { variables, subject }, ({ directoryEntries }) => ({
      entries: readEntries(directoryEntries.entries, from),
      head: {
        size: asWhole(directoryEntries.head.size),
        root: asBytes(directoryEntries.head.root),
        timeMs: asWhole(directoryEntries.head.timeMs),
        checkpoint: asText(directoryEntries.head.checkpoint),
      },
      witnessed: directoryEntries.witnessed === null ? undefined : asText(directoryEntries.witnessed),
      hasMore: asFlag(directoryEntries.hasMore),
    }));
  }

  #apply(bytes: Uint8Array, card: Uint8Array | undefined): void {
    const index = this.#state.size;
    this.#state = applyEntry(this.#state, bytes);
    this.#entries.push(bytes);
    if (card !== undefined) this.#cards.set(index, card);
  }

  /** The log's own signature, over exactly what was replayed. */
  #verifyHead(head: ReadHead): void {
    const checkpoint = openCheckpoint(utf8(head.checkpoint), this.#scene());
    const own = this.#state.head;
    const isOurs = checkpoint.size === own.size && equalBytes(checkpoint.root, own.root);
    if (!isOurs || head.size !== own.size || !equalBytes(head.root, own.root)) {
      throw verificationError('client/directory-rollback');
    }
  }

  /** Entries verified at an earlier start. They count only under the very head that was saved with the device's state. */
  async #readCache(): Promise<void> {
    if (this.#isRead) return;
    this.#isRead = true;
    const bytes = await this.#parts.store.read(SLOT);
    if (bytes === undefined) return;
    const cached = decodeCache(bytes);
    const verifiedHead = this.#parts.state.memory.local.directoryHead;
    if (cached.length !== verifiedHead.size) return;
    const entries = cached.map(({ bytes: entry }) => entry);
    const pinnedRootHash = this.#parts.federationRootHash;
    this.#state = resumeDirectory({ pinnedRootHash, entries, verifiedHead });
    this.#entries = entries;
    cached.forEach(({ card }, index) => card && this.#cards.set(index, card));
  }

  async #save(head: DirectoryHead): Promise<void> {
    const cached = this.#entries.map((bytes, index) => ({ bytes, card: this.#cards.get(index) }));
    await this.#parts.store.write(SLOT, encodeCache(cached));
    await this.#parts.state.set((memory) =>
      memory.local.directoryHead.size > head.size
        ? memory
        : { ...memory, local: { ...memory.local, directoryHead: head } },
    );
  }
}

interface CachedEntry {
  readonly bytes: Uint8Array;
  readonly card: Uint8Array | undefined;
}

interface ToldEntry {
  readonly index: unknown;
  readonly bytes: unknown;
  readonly card: unknown;
}

function readEntries(entries: readonly ToldEntry[], from: number): CachedEntry[] {
  asList(entries);
  return entries.map(({ index, bytes, card }, at) => {
    if (asWhole(index) !== from + at) throw verificationError('client/answer');
    return { bytes: asBytes(bytes), card: card === null || card === undefined ? undefined : asBytes(card) };
  });
}

function encodeCache(entries: readonly CachedEntry[]): Uint8Array {
  const writer = new ByteWriter().u32(entries.length);
  for (const { bytes, card } of entries) writer.bytes16(bytes).bytes16(card ?? new Uint8Array(0));
  return writer.finish();
}

function decodeCache(bytes: Uint8Array): CachedEntry[] {
  const reader = new ByteReader(bytes, MAX_SLOT_BYTES);
  const count = Math.min(reader.u32(), limits.maxDirectoryEntries);
  const entries = Array.from({ length: count }, () => {
    const entry = reader.bytes16();
    const card = reader.bytes16();
    return { bytes: entry, card: card.length === 0 ? undefined : card };
  });
  reader.end();
  return entries;
}
