import { type CompartmentId, type DeviceId, equalBytes, limits, toHex } from '@rogatory/kernel';
import {
  type AppliedLink,
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
import type { CompartmentReader } from './compartment.store.js';
import type { DirectorySource } from './directory-source.js';
import type { StatementReader } from './statement.store.js';

export interface ChainStatesParts {
  readonly compartments: Pick<CompartmentReader, 'links' | 'entries' | 'newestItems'>;
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
  /** Links alone, of compartments that were only read: not for taking items. Least recently used first. */
  readonly #links = new Map<CompartmentId, ChainState>();

  constructor(parts: ChainStatesParts) {
    this.#parts = parts;
  }

  /**
   * The chain as it stands at this locked head; of a further compartment together with its root chain's.
   * @throws InternalError `cases/row`; VerificationError when stored rows are not a chain.
   */
  async at(reader: Reader, head: CompartmentHead, root?: ChainState): Promise<ChainState> {
    const known = this.#states.get(head.compartmentId);
    if (known !== undefined && isAt(known, head)) return this.keep(known);
    const base = isBefore(known, head) ? known : undefined;
    const state =
      (base && (await this.#advanced(reader, base, { head, root }))) ?? (await this.#rebuilt(reader, { head, root }));
    return this.keep(state);
  }

  /** The chain at this head if it is at hand; undefined otherwise. */
  known(head: CompartmentHead): ChainState | undefined {
    const state = this.#states.get(head.compartmentId);
    return state !== undefined && isAt(state, head) ? this.keep(state) : undefined;
  }

  /**
   * As `at`, for a head that may be older than what is known here by now: right in members, links and content head, but
   * not for taking items.
   */
  async seen(reader: Reader, head: CompartmentHead, root?: ChainState): Promise<ChainState> {
    const known = this.#states.get(head.compartmentId);
    const hasHead = known !== undefined && isAtLink(known, head);
    return hasHead ? atContent(known, head) : this.at(reader, head, root);
  }

  /**
   * The links up to this head, verified: right in members, roles and epochs; what its content log says is not looked at.
   * @throws InternalError `cases/row` and VerificationError when stored links are not the chain of the head.
   */
  async links(reader: Reader, head: CompartmentHead, root?: ChainState): Promise<ChainState> {
    const { compartmentId } = head;
    const known = this.#states.get(compartmentId);
    if (known !== undefined && isAtLink(known, head)) return known;
    const read = this.#links.get(compartmentId);
    const isRead = read !== undefined && isAtLink(read, head);
    const state = isRead ? read : await this.#linksUpTo(reader, { head, root });
    if (!isAtLink(state, head)) throw brokenRow();
    put(this.#links, state);
    return state;
  }

  /** Remembers what was committed; never goes back. */
  keep(state: ChainState): ChainState {
    const known = this.#states.get(state.compartmentId);
    this.#links.delete(state.compartmentId);
    put(this.#states, known !== undefined && known.content.size > state.content.size ? known : state);
    return state;
  }

  /** What other servers appended since, when it is not more than a page. */
  async #advanced(reader: Reader, known: ChainState, { head, root }: Target): Promise<ChainState | undefined> {
    const from = known.content.size;
    const entries = await this.#parts.compartments.entries(reader, head.compartmentId, { from, first: PAGE });
    const missing = entries.filter(({ position }) => position < head.contentSize);
    if (from + missing.length !== head.contentSize) return undefined;
    const links = missing.filter(({ isLink }) => isLink);
    const facts = await this.#facts(reader, { head, root }, links);
    const state = links.reduce((before, link) => replayed(before, link.bytes, facts).state, known);
    return finished(
      state,
      head,
      missing.flatMap(({ isLink, bytes }) => (isLink ? [] : [bytes])),
    );
  }

  /** From the first link on. */
  async #rebuilt(reader: Reader, { head, root }: Target): Promise<ChainState> {
    const devices = new Set<DeviceId>();
    const onAdded = (deviceId: DeviceId) => devices.add(deviceId);
    const state = await this.#linksUpTo(reader, { head, root }, onAdded);
    const items = await this.#parts.compartments.newestItems(reader, head.compartmentId, [...devices]);
    return finished(state, head, items);
  }

  async #linksUpTo(
    reader: Reader,
    { head, root }: Target,
    onAdded: (device: DeviceId) => void = () => undefined,
  ): Promise<ChainState> {
    let state: ChainState | undefined;
    for (let seq = 0; seq <= head.chainSeq; ) {
      const page = await this.#parts.compartments.links(reader, head.compartmentId, { from: seq, first: PAGE });
      const links = page.filter((link) => link.seq <= head.chainSeq);
      const facts = await this.#facts(reader, { head, root }, links);
      for (const { bytes } of links) {
        const applied = replayed(state, bytes, facts);
        for (const { deviceId } of applied.added) onAdded(deviceId);
        state = applied.state;
      }
      if (links.length === 0) throw brokenRow();
      seq += links.length;
    }
    if (state === undefined) throw brokenRow();
    return state;
  }

  async #facts(
    reader: Reader,
    { head, root }: Target,
    links: readonly { readonly bytes: Uint8Array }[],
  ): Promise<LinkFacts> {
    const cites = links.some(({ bytes }) => decodeSignedLink(bytes).link.body.cause?.complaintHash !== undefined);
    const complaints = cites ? await this.#parts.statements.complaints(reader, head.compartmentId) : [];
    const byHash = new Map(complaints.map(({ hash, bytes }) => [toHex(hash), bytes]));
    return {
      directory: this.#parts.directory.history,
      complaint: (hash) => byHash.get(toHex(hash)),
      ...(isRoot(head) || root === undefined ? {} : { root }),
    };
  }
}

interface Target {
  readonly head: CompartmentHead;
  readonly root: ChainState | undefined;
}

const PAGE = limits.maxPageItems;

/** As the newest of at most `limits.maxCachedChains`. */
function put(states: Map<CompartmentId, ChainState>, state: ChainState): void {
  states.delete(state.compartmentId);
  states.set(state.compartmentId, state);
  for (const id of states.keys()) {
    if (states.size <= limits.maxCachedChains) return;
    states.delete(id);
  }
}

function isAtLink(state: ChainState, head: CompartmentHead): boolean {
  return state.head.seq === head.chainSeq && equalBytes(state.head.linkHash, head.linkHash);
}

function isAt(state: ChainState, head: CompartmentHead): boolean {
  return state.content.size === head.contentSize && isAtLink(state, head);
}

function isBefore(state: ChainState | undefined, head: CompartmentHead): boolean {
  return state !== undefined && state.head.seq <= head.chainSeq && state.content.size <= head.contentSize;
}

/**
 * The state after a stored link. Between two links lie items whose leaves are not read: the link itself says, signed and
 * verified when it was accepted, which content log it stands on.
 */
function replayed(state: ChainState | undefined, bytes: Uint8Array, facts: LinkFacts): AppliedLink {
  const { logHead } = decodeSignedLink(bytes).link;
  return applyLink(state && { ...state, content: contentAt(state, logHead, new Frontier()) }, bytes, facts);
}

/** The state at the head, with where these items, the later ones last, leave their senders. */
function finished(state: ChainState, head: CompartmentHead, items: readonly Uint8Array[]): ChainState {
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
