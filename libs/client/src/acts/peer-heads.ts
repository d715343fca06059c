import {
  type Clock,
  type CompartmentId,
  type DeviceId,
  equalBytes,
  fromHex,
  limits,
  type PersonId,
  toHex,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, type CarriedHead, type LogHead, sizes } from '@rogatory/protocol';
import { consistencyRoots, type SignedCheckpoint } from '@rogatory/tlog';
import type { Concern } from '../state/concern.js';
import type { DeviceState } from '../state/device-state.js';
import type { SealedStore } from '../state/sealed-store.js';
import { judgeCarried } from './carried-heads.js';

/** What the device of a member says of the audit log, under that device's own signature. */
export interface PeerWord {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly compartmentId: CompartmentId;
  readonly head: CarriedHead;
}

/** A head that another device was shown, signed by the log, that the next answer has to fit. */
export interface PeerQuestion {
  readonly word: PeerWord;
  readonly head: SignedCheckpoint;
}

/** Two heads that the log signed and of which one is not in the history of the other. */
export interface PeerFork {
  readonly question: PeerQuestion;
  readonly hashes: readonly Uint8Array[];
}

export interface PeerHeadsParts {
  readonly state: DeviceState;
  readonly store: Pick<SealedStore, 'read' | 'write'>;
  readonly clock: Clock;
  readonly raise: (concern: Concern) => Promise<void>;
}

interface Heard {
  readonly word: PeerWord;
  /** Answers that ought to have shown how it fits, and did not. */
  misses: number;
}

const KEPT = 'peer-heads';
const KEY_BYTES = 4;
const ENTRY_BYTES = KEY_BYTES + 8 + sizes.hash;
/** A server may be asked while it has not read its newest head yet, or while its log turns: more than that is a choice. */
const MAX_MISSES = 3;

/**
 * Heads of the audit log that other devices were shown, as their items and heartbeats carry them. Only the newest of each
 * device waits: a device holds the server to its own earlier ones. Each is compared once, with whatever request comes next.
 */
export class PeerHeads {
  readonly #parts: PeerHeadsParts;
  readonly #heard = new Map<DeviceId, Heard>();
  /** Heads that were judged, oldest first; undefined until the slot was read. */
  #judged: Set<string> | undefined;
  /** Of each device, the last word that the log did not sign. */
  readonly #refused = new Map<DeviceId, PeerWord>();
  /** What was told of a device in this session: it may carry another made-up head with each item. */
  readonly #told = new Set<string>();
  #isSaved = true;
  #nextCheckMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PeerHeadsParts) {
    this.#parts = parts;
  }

  /** Takes note of what a device said; nothing is asked yet. */
  async hear(word: PeerWord): Promise<void> {
    const judged = await this.#read();
    const isKnown = [this.#heard.get(word.deviceId)?.word, this.#refused.get(word.deviceId)].some(
      (known) => known !== undefined && isSame(known.head, word.head),
    );
    if (isKnown || judged.has(keyOf(word.head)) || this.#isOlder(word)) return;
    this.#heard.delete(word.deviceId);
    this.#heard.set(word.deviceId, { word, misses: 0 });
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > limits.maxPeerHeadsHeard && oldest !== undefined) this.#heard.delete(oldest);
  }

  /** Compartments are read one after the other: what a device said later may be heard earlier. */
  #isOlder({ deviceId, head }: PeerWord): boolean {
    const before = this.#heard.get(deviceId)?.word.head;
    return before !== undefined && before.keyId === head.keyId && before.size > head.size;
  }

  /** Whether something waits that is worth a request of its own. */
  isDue(): boolean {
    return this.#heard.size > 0 && this.#parts.clock.monotonicMs() >= this.#nextCheckMs;
  }

  /**
   * What goes with the next request. What the log did not sign is judged here and proves nothing of the log: a member may
   * write what they like into their own item.
   */
  async questions(): Promise<readonly PeerQuestion[]> {
    if (this.#heard.size === 0) return [];
    this.#nextCheckMs = this.#parts.clock.monotonicMs() + limits.peerHeadCheckMs;
    const questions: PeerQuestion[] = [];
    for (const heard of [...this.#heard.values()]) {
      if (questions.length === limits.maxPeerHeadsAsked) break;
      const verdict = judgeCarried(heard.word.head, this.#parts.state.memory);
      if (verdict.kind === 'head') questions.push({ word: heard.word, head: verdict.head });
      else if (verdict.kind === 'ended') await this.#settle(heard.word);
      else if (verdict.kind === 'fork') await this.#convict(heard.word);
      else if (verdict.kind === 'refused') await this.#refuse(heard.word, verdict.code);
      // The log of which nothing is known may be the one that follows: the next answers tell.
      else await this.#miss(heard.word, 'peer-head');
    }
    return questions;
  }

  /** Holds the answers against the head that the server shows to this device. @returns what is proven not to fit. */
  async take(
    questions: readonly PeerQuestion[],
    shown: SignedCheckpoint,
    paths: readonly (readonly Uint8Array[])[],
  ): Promise<readonly PeerFork[]> {
    const forks: PeerFork[] = [];
    for (const [index, question] of questions.entries()) {
      const path = paths[index] ?? [];
      const verdict = compare(question.head, shown, path);
      if (verdict === 'unproven') {
        await this.#miss(question.word, 'head-unproven');
        continue;
      }
      await this.#settle(question.word);
      if (verdict === 'fork') forks.push({ question, hashes: path });
    }
    return forks;
  }

  /** Saves which heads were judged. */
  async flush(): Promise<void> {
    if (this.#isSaved || this.#judged === undefined) return;
    const writer = new ByteWriter();
    for (const key of this.#judged) writer.raw(fromHex(key));
    await this.#parts.store.write(KEPT, writer.finish());
    this.#isSaved = true;
  }

  /** The log signed a head that its last one, which this device verified, leaves no place for: no member can make that up. */
  async #convict(word: PeerWord): Promise<void> {
    await this.#settle(word);
    await this.#tell(word, 'fork', 'client/fork');
  }

  async #refuse(word: PeerWord, code: string): Promise<void> {
    const { deviceId } = word;
    // By its signature: else a word that nobody signed would keep the one from being heard that the log did sign.
    this.#refused.set(deviceId, word);
    this.#heard.delete(deviceId);
    await this.#tell(word, 'peer-head', code);
  }

  /** Once for each device and session: not once for each item. */
  async #tell(word: PeerWord, kind: 'peer-head' | 'head-unproven' | 'fork', code: string): Promise<void> {
    const { deviceId, personId, compartmentId } = word;
    const key = `${deviceId} ${kind} ${code}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    await this.#parts.raise({ kind, deviceId, personId, compartmentId, code });
  }

  async #miss(word: PeerWord, kind: 'peer-head' | 'head-unproven'): Promise<void> {
    const heard = this.#heard.get(word.deviceId);
    if (heard === undefined || heard.word !== word) return;
    heard.misses += 1;
    if (heard.misses < MAX_MISSES) return;
    // Told of in this session, and asked about again at the next start.
    this.#heard.delete(word.deviceId);
    await this.#tell(word, kind, kind === 'peer-head' ? 'tlog/unknown-signer' : 'client/answer');
  }

  async #settle({ deviceId, head }: PeerWord): Promise<void> {
    const judged = await this.#read();
    judged.add(keyOf(head));
    const [oldest] = judged;
    if (judged.size > limits.maxPeerHeadsKept && oldest !== undefined) judged.delete(oldest);
    this.#isSaved = false;
    if (this.#heard.get(deviceId)?.word.head === head) this.#heard.delete(deviceId);
  }

  async #read(): Promise<Set<string>> {
    if (this.#judged === undefined) {
      const saved = await this.#parts.store.read(KEPT);
      this.#judged ??= new Set(saved === undefined ? [] : keysOf(saved));
    }
    return this.#judged;
  }
}

function compare(peer: LogHead, shown: LogHead, path: readonly Uint8Array[]): 'fits' | 'fork' | 'unproven' {
  if (peer.size === shown.size) return equalBytes(peer.root, shown.root) ? 'fits' : 'fork';
  if (peer.size > shown.size) return 'unproven';
  const roots = consistencyRoots(peer.size, shown.size, path);
  if (roots === undefined || !equalBytes(roots.second, shown.root)) return 'unproven';
  return equalBytes(roots.first, peer.root) ? 'fits' : 'fork';
}

/** Log, size and root: whose word it is and what the signature looks like does not matter once it held. */
function keyOf({ keyId, size, root }: CarriedHead): string {
  const writer = new ByteWriter().fixed(fromHex(keyId), KEY_BYTES).u64(size).fixed(root, sizes.hash);
  return toHex(writer.finish());
}

function isSame(one: CarriedHead, other: CarriedHead): boolean {
  return keyOf(one) === keyOf(other) && equalBytes(one.signature, other.signature);
}

function keysOf(saved: Uint8Array): string[] {
  const reader = new ByteReader(saved, limits.maxPeerHeadsKept * ENTRY_BYTES);
  return Array.from({ length: Math.floor(saved.length / ENTRY_BYTES) }, () => toHex(reader.fixed(ENTRY_BYTES)));
}
