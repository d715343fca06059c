import { type DeviceId, fromBase64, toBase64, toHex } from '@rogatory/kernel';
import { applyItem, applyLink, boxLeaf, type ChainState, verifyBoxes } from '@rogatory/chain';
import type { FederationWorld } from '@rogatory/pki/testing';
import { decodeBox, decodeSignedHeartbeat, decodeSignedItem, decodeSignedLink } from '@rogatory/protocol';
import { emptyRoot, Frontier, leafHash } from '@rogatory/tlog';

/** An error as the real server tells it. */
export class Told extends Error {
  readonly code: string;
  readonly family: string;

  constructor(code: string, family = 'refused') {
    super(code);
    this.code = code;
    this.family = family;
  }
}

export interface StoredEvent {
  readonly isLink: boolean;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  readonly boxes: readonly Uint8Array[];
}

export interface LinkInput {
  readonly link: string;
  readonly boxes: readonly string[];
}

/** Cases of a server in memory: chains, logs, boxes and statements, verified and ordered like the real ones. */
export class MemoryCases {
  readonly #federation: FederationWorld;
  readonly #states = new Map<string, ChainState>();
  readonly #logs = new Map<string, StoredEvent[]>();
  readonly #heartbeats = new Map<string, Map<DeviceId, Uint8Array>>();
  readonly #complaints = new Map<string, Uint8Array[]>();
  /** What the server says that only rows let in. */
  strangers: readonly { readonly compartmentId: string; readonly deviceId: string }[] = [];
  /** Called whenever a compartment's log grew. */
  readonly watchers = new Map<string, Set<() => void>>();

  constructor(federation: FederationWorld) {
    this.#federation = federation;
  }

  heartbeats(id: string): string[] {
    return [...(this.#heartbeats.get(id) ?? new Map<DeviceId, Uint8Array>()).values()].map(toBase64);
  }

  complaints(id: string): string[] {
    return (this.#complaints.get(id) ?? []).map(toBase64);
  }

  state(id: string): ChainState {
    const state = this.#states.get(id);
    if (state === undefined) throw new Told('access/refused');
    return state;
  }

  log(id: string): readonly StoredEvent[] {
    return this.#logs.get(id) ?? [];
  }

  caseList(device: DeviceId) {
    const roots = [...this.#states.values()].filter(({ isRoot, members }) => isRoot && members.device(device));
    return roots.map(({ caseId }) => this.case(caseId, device));
  }

  case(caseId: string, device: DeviceId) {
    const all = [...this.#states.values()].filter((state) => (state.caseId as string) === caseId);
    const mine = all.filter(({ members }) => members.device(device) !== undefined);
    if (mine.length === 0) throw new Told('access/refused');
    const compartments = mine.map((state) => this.headOf(state));
    return { caseId, isClosed: this.state(caseId).isClosed, createdAtMs: 0, compartments, strangers: this.strangers };
  }

  headOf({ compartmentId, head, epoch, content }: ChainState) {
    const place = { compartmentId, chainSeq: head.seq, linkHash: toBase64(head.linkHash), epoch };
    return { ...place, contentSize: content.size, contentRoot: toBase64(content.root), role: 'lead' };
  }

  facts(id: string, caseId: string) {
    const root = id === caseId ? undefined : this.#states.get(caseId);
    return {
      directory: this.#federation.state,
      reception: { receivedAtMs: this.#federation.nowMs },
      complaint: () => (this.#complaints.get(id) ?? [])[0],
      ...(root && { root }),
    };
  }

  append(inputs: readonly LinkInput[]) {
    const before = new Map(this.#states);
    const written: { id: string; event: StoredEvent }[] = [];
    try {
      for (const input of inputs) {
        const bytes = fromBase64(input.link);
        const { link } = decodeSignedLink(bytes);
        const applied = applyLink(
          this.#states.get(link.compartmentId),
          bytes,
          this.facts(link.compartmentId, link.caseId),
        );
        const boxes = input.boxes.map(fromBase64);
        verifyBoxes(applied, boxes, this.#federation.state);
        this.#states.set(link.compartmentId, applied.state);
        const event = { isLink: true, bytes, receivedAtMs: this.#federation.nowMs, boxes };
        written.push({ id: link.compartmentId, event });
      }
    } catch (error) {
      this.#states.clear();
      for (const [id, state] of before) this.#states.set(id, state);
      throw error;
    }
    for (const { id, event } of written) this.store(id, event);
    const heads = [...new Set(written.map(({ id }) => id))].map((id) => this.headOf(this.state(id)));
    return { __typename: 'LinksAppended', heads, receivedAtMs: this.#federation.nowMs };
  }

  post(bytes: Uint8Array) {
    const { header } = decodeSignedItem(bytes);
    const { compartmentId, caseId } = header;
    const applied = applyItem(this.state(compartmentId), bytes, this.facts(compartmentId, caseId));
    this.#states.set(compartmentId, applied.state);
    this.store(compartmentId, { isLink: false, bytes, receivedAtMs: this.#federation.nowMs, boxes: [] });
    const { size, root } = applied.state.content;
    const facts = { contentSize: size, contentRoot: toBase64(root), receivedAtMs: this.#federation.nowMs };
    return { __typename: 'ItemPosted', position: applied.contentIndex, ...facts };
  }

  store(id: string, event: StoredEvent): void {
    const log = this.#logs.get(id);
    if (log === undefined) this.#logs.set(id, [event]);
    else log.push(event);
    for (const wake of this.watchers.get(id) ?? []) wake();
  }

  contentLog(id: string, from: number) {
    const events = this.log(id)
      .slice(from, from + 3)
      .map((event, i) => eventOf(event, from + i));
    const { content } = this.state(id);
    const hasMore = from + events.length < content.size;
    return { events, size: content.size, root: toBase64(content.size === 0 ? emptyRoot() : content.root), hasMore };
  }

  boxes(id: string, fromSeq: number, device: DeviceId) {
    const links = this.log(id).filter(({ isLink }) => isLink);
    const boxes = links.flatMap(({ boxes: all }, seq) => {
      const index = all.findIndex((bytes) => decodeBox(bytes).deviceId === device);
      if (seq < fromSeq || index < 0) return [];
      const leaves = all.map((bytes) => leafHash(boxLeaf(decodeBox(bytes), bytes)));
      return [{ seq, bytes: toBase64(all[index] as Uint8Array), proof: proofOf(leaves, index).map(toBase64) }];
    });
    return { boxes, hasMore: false };
  }

  heartbeat(bytes: Uint8Array): boolean {
    const { heartbeat } = decodeSignedHeartbeat(bytes);
    const known = this.#heartbeats.get(heartbeat.compartmentId) ?? new Map<DeviceId, Uint8Array>();
    this.#heartbeats.set(heartbeat.compartmentId, known.set(heartbeat.deviceId, bytes));
    return true;
  }

  complain(complaint: string): boolean {
    const bytes = fromBase64(complaint);
    const id = toHex(bytes.slice(20, 52));
    this.#complaints.set(id, [...(this.#complaints.get(id) ?? []), bytes]);
    return true;
  }
}

export function eventOf({ isLink, bytes, receivedAtMs }: StoredEvent, position: number) {
  return { position, isLink, bytes: toBase64(bytes), receivedAtMs };
}

function proofOf(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...proofOf(left, index), rootOfLeaves(right)]
    : [...proofOf(right, index - split), rootOfLeaves(left)];
}

function rootOfLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}
