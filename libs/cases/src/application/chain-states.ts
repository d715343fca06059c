import { type CompartmentId, type DeviceId, equalBytes, limits, toHex } from '@rogatory/kernel';
import {
  appendStoredItems,
  applyLink,
  type ChainState,
  currentEpoch,
  itemHash,
  type LinkFacts,
  type SenderPosition,
  verifyContentHead,
} from '@rogatory/chain';
import { decodeSignedItem, decodeSignedLink, type LogHead } from '@rogatory/protocol';
import { Frontier } from '@rogatory/tlog';
import type { Reader } from '@rogatory/platform-database';
import { brokenRow } from '../domain/case.errors.js';
import { type CompartmentHead, isRoot } from '../domain/compartment.js';
import type { LinkEntry } from '../domain/content-entry.js';
import type { CompartmentReader } from './compartment.store.js';
import type { DirectorySource } from './directory-source.js';
import type { StatementReader } from './statement.store.js';

export interface ChainStatesParts {
  readonly compartments: Pick<CompartmentReader, 'links' | 'newestItems'>;
  readonly statements: Pick<StatementReader, 'complaints'>;
  readonly directory: DirectorySource;
}

/**
 * The verified chains that this server works with, at most `limits.maxCachedChains` of them, rebuilt from the rows when
 * needed. A state is used only when it is that of the head row at hand, so that it can be old but never wrong.
 */
export class ChainStates {
  readonly #parts: ChainStatesParts;
  /** Least recently used first. */
  readonly #states = new Map<CompartmentId, ChainState>();

  constructor(parts: ChainStatesParts) {
    this.#parts = parts;
  }

  /**
   * The chain as it stands at this head; of a further compartment together with its root chain's.
   * @throws InternalError `cases/row`; VerificationError when stored rows are not a chain.
   */
  async at(reader: Reader, head: CompartmentHead, root?: ChainState): Promise<ChainState> {
    const known = this.#states.get(head.compartmentId);
    if (known !== undefined && isAt(known, head)) return this.keep(known);
    const state = await this.#rebuilt(reader, head, { known: isBefore(known, head) ? known : undefined, root });
    return this.keep(state);
  }

  /** Remembers what was committed. */
  keep(state: ChainState): ChainState {
    this.#states.delete(state.compartmentId);
    this.#states.set(state.compartmentId, state);
    for (const id of this.#states.keys()) {
      if (this.#states.size <= limits.maxCachedChains) break;
      this.#states.delete(id);
    }
    return state;
  }

  /** Forgets everything: the next use reads the rows. */
  clear(): void {
    this.#states.clear();
  }

  async #rebuilt(
    reader: Reader,
    head: CompartmentHead,
    { known, root }: { readonly known: ChainState | undefined; readonly root: ChainState | undefined },
  ): Promise<ChainState> {
    const facts = await this.#facts(reader, head, root);
    const senders = new Set<DeviceId>(known === undefined ? [] : [...known.members.devices].map(([id]) => id));
    let state = known;
    for (let seq = (known?.head.seq ?? -1) + 1; seq <= head.chainSeq; ) {
      const page = await this.#parts.compartments.links(reader, head.compartmentId, { from: seq, first: PAGE });
      if (page.length === 0) throw brokenRow();
      for (const entry of page.filter((link) => link.seq <= head.chainSeq)) {
        state = replayed(state, entry, { facts, senders });
        seq = entry.seq + 1;
      }
    }
    if (state === undefined) throw brokenRow();
    return this.#withItems(reader, state, { head, senders: [...senders] });
  }

  /** The content log as the head has it, and where each sender stands in it. */
  async #withItems(
    reader: Reader,
    state: ChainState,
    { head, senders }: { readonly head: CompartmentHead; readonly senders: readonly DeviceId[] },
  ): Promise<ChainState> {
    const items = await this.#parts.compartments.newestItems(reader, head.compartmentId, senders);
    const positions = new Map<DeviceId, SenderPosition>();
    for (const bytes of items) {
      const item = decodeSignedItem(bytes);
      const { senderDevice, senderSeq, logHead } = item.header;
      positions.set(senderDevice, { senderSeq, itemHash: itemHash(item), logSize: logHead.size });
    }
    const whole = appendStoredItems(atContent(state, head), { leaves: [], senders: positions });
    verifyContentHead(whole, { size: head.contentSize, root: head.contentRoot });
    if (!isAt(whole, head)) throw brokenRow();
    return whole;
  }

  async #facts(reader: Reader, head: CompartmentHead, root: ChainState | undefined): Promise<LinkFacts> {
    const complaints = await this.#parts.statements.complaints(reader, head.compartmentId);
    const byHash = new Map(complaints.map(({ hash, bytes }) => [toHex(hash), bytes]));
    return {
      directory: this.#parts.directory.history,
      complaint: (hash) => byHash.get(toHex(hash)),
      ...(isRoot(head) || root === undefined ? {} : { root }),
    };
  }
}

const PAGE = limits.maxPageItems;

function isAt(state: ChainState, head: CompartmentHead): boolean {
  return (
    state.head.seq === head.chainSeq &&
    state.content.size === head.contentSize &&
    equalBytes(state.head.linkHash, head.linkHash)
  );
}

function isBefore(state: ChainState | undefined, head: CompartmentHead): boolean {
  return state !== undefined && state.head.seq <= head.chainSeq && state.content.size <= head.contentSize;
}

/**
 * The state after a stored link. Between two links lie items whose leaves are not read: the link itself says, signed and
 * verified when it was accepted, which content log it stands on.
 */
function replayed(
  state: ChainState | undefined,
  { bytes }: LinkEntry,
  { facts, senders }: { readonly facts: LinkFacts; readonly senders: Set<DeviceId> },
): ChainState {
  const { logHead } = decodeSignedLink(bytes).link;
  const before = state && { ...state, content: contentAt(state, logHead, new Frontier()) };
  const applied = applyLink(before, bytes, facts);
  for (const { deviceId } of applied.added) senders.add(deviceId);
  return applied.state;
}

function atContent(state: ChainState, head: CompartmentHead): ChainState {
  const frontier = Frontier.parse(head.contentFrontier);
  return { ...state, content: contentAt(state, { size: frontier.size, root: frontier.root() }, frontier) };
}

/** A content log of that head; every leaf after the link of the newest epoch that is no link is an item. */
function contentAt(state: ChainState, { size, root }: LogHead, frontier: Frontier): ChainState['content'] {
  const epoch = currentEpoch(state);
  const itemsInEpoch = size - 1 - epoch.contentIndex - (state.head.seq - epoch.seq);
  return { size, root, frontier, itemsInEpoch };
}
