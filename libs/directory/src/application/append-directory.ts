import { type ActId, type Clock, limits, toHex } from '@rogatory/kernel';
import { accessRefused, type Principal, type RequestContext } from '@rogatory/access';
import type { Acted, ActPlan, ActRunner } from '@rogatory/audit';
import { applyEntry, type DirectoryState } from '@rogatory/pki';
import { actSubjects, auditObjectKinds, type DirectoryEntry, decodeDirectoryEntry } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import type { Writer } from '@rogatory/platform-database';
import { demandRealAuthority } from '../domain/demo-identities.js';
import { appendSize } from '../domain/directory.errors.js';
import { maySubmit } from '../domain/submission.js';
import { cardHashesOf, namedCards } from './cards.js';
import type { DirectoryStore, NewEntry } from './directory.store.js';
import type { SignedDirectoryHead } from './directory-reader.js';
import type { DirectoryReplica } from './directory-replica.js';
import type { SignedHeads } from './signed-heads.js';

export interface AppendDirectoryParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly store: DirectoryStore;
  readonly replica: Pick<DirectoryReplica, 'extended' | 'adopt'>;
  readonly heads: Pick<SignedHeads, 'covering'>;
  readonly clock: Clock;
  /** Whether identities of a demonstration may come in. */
  readonly admitsDemo: boolean;
  /** Tells the other servers that the log has this many entries. */
  readonly announce: (size: number) => void;
}

/** What a caller hands in: entries in their order, and cards that certificates among them name. */
export interface DirectorySubmission {
  readonly entries: readonly Uint8Array[];
  readonly cards: readonly Uint8Array[];
}

interface Accepted {
  readonly state: DirectoryState;
  readonly rows: readonly NewEntry[];
}

/**
 * Appends entries that prove themselves, all or none. An entry that the log holds already is passed over, so that a
 * submission can be repeated.
 */
export class AppendDirectory {
  readonly #parts: AppendDirectoryParts;

  constructor(parts: AppendDirectoryParts) {
    this.#parts = parts;
  }

  /**
   * Answers a signed head that covers the entries.
   * @throws RefusedError `access/refused`, `directory/append-size`, `directory/stray-card`,
   * `directory/demo-identities`; VerificationError
   * `directory/…` of `pki`; CodecError; what `ActRunner.run` throws.
   */
  async run(ctx: RequestContext, submission: DirectorySubmission): Promise<Acted<SignedDirectoryHead>> {
    const acted = await this.#parts.acts.run(ctx, 'mutation.appendDirectory', () => this.#plan(ctx, submission));
    return { ...acted, result: await this.#parts.heads.covering(acted.result) };
  }

  #plan(ctx: RequestContext, { entries, cards }: DirectorySubmission): ActPlan<number> {
    const most = limits.maxEntriesPerAppend;
    if (entries.length < 1 || entries.length > most || cards.length > most) throw appendSize(most);
    const decoded = entries.map((bytes) => ({ bytes, entry: decodeDirectoryEntry(bytes) }));
    return {
      ...actSubjects.appendDirectory(entries, cards),
      perform: async (writer, act) => {
        const { principal } = ctx;
        if (principal === undefined || act === undefined) throw accessRefused('no-session');
        const size = await this.#append(writer, { by: principal, actId: act.act.actId, decoded, cards });
        const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
        const objectKind = auditObjectKinds.directoryEntry;
        return { result: size, what: { objectKind, count: entries.length, bytes, detail: `size=${size}` } };
      },
    };
  }

  async #append(writer: Writer, given: Given): Promise<number> {
    const { store, replica, announce } = this.#parts;
    await store.lock(writer);
    const before = await replica.extended(writer);
    const fresh = await this.#unknown(writer, given.decoded);
    const { state, rows } = this.#accept(before.state, given.by, fresh);
    const named = cardHashesOf(state.view.personsOf(given.by.authorityId));
    const cards = namedCards(given.cards, [...named, ...submittedCardHashes(given.decoded)]);
    await store.add(writer, rows, given.actId);
    await store.addCards(writer, cards);
    const added = [...before.added, ...rows.map(({ bytes }) => bytes)];
    writer.afterCommit(() => {
      replica.adopt({ state, added });
      announce(state.size);
    });
    return state.size;
  }

  async #unknown(writer: Writer, decoded: readonly Decoded[]): Promise<readonly Decoded[]> {
    const hashes = decoded.map(({ bytes }) => leafHash(bytes));
    const known = new Set((await this.#parts.store.findKnown(writer, hashes)).map(toHex));
    return decoded.filter((_, place) => !known.has(toHex(hashes[place] ?? new Uint8Array(0))));
  }

  #accept(before: DirectoryState, by: Principal, fresh: readonly Decoded[]): Accepted {
    const receivedAtMs = this.#parts.clock.nowMs();
    const rows: NewEntry[] = [];
    let state = before;
    for (const { bytes, entry } of fresh) {
      const { view } = state;
      if (!maySubmit(by, entry, (id) => view.device(id)?.personId)) throw accessRefused('not-own');
      demandRealAuthority(entry, this.#parts.admitsDemo);
      state = applyEntry(state, bytes, receivedAtMs);
      rows.push(newEntry(state.size - 1, bytes, entry, receivedAtMs));
    }
    return { state, rows };
  }
}

interface Decoded {
  readonly bytes: Uint8Array;
  readonly entry: DirectoryEntry;
}

interface Given {
  readonly by: Principal;
  readonly actId: ActId;
  readonly decoded: readonly Decoded[];
  readonly cards: readonly Uint8Array[];
}

/** A card may come with the very certificate that names it, whoever of the same authority hands it in. */
function submittedCardHashes(decoded: readonly Decoded[]): readonly Uint8Array[] {
  return decoded.flatMap(({ entry }) => (entry.kind === 'person' ? [entry.signed.certificate.cardHash] : []));
}

/** The row of an accepted entry. */
export function newEntry(index: number, bytes: Uint8Array, entry: DirectoryEntry, receivedAtMs: number): NewEntry {
  const cardHash = entry.kind === 'person' ? entry.signed.certificate.cardHash : undefined;
  return { index, bytes, leafHash: leafHash(bytes), receivedAtMs, cardHash };
}
