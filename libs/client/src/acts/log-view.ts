import { type Clock, equalBytes, fromBase64, isRogatoryError, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, type CarriedHead, type LogHead } from '@rogatory/protocol';
import {
  checkpointBytes,
  consistencyRoots,
  encodeForkProof,
  openCheckpoint,
  type SignedCheckpoint,
  verifyForkProof,
} from '@rogatory/tlog';
import { verificationError } from '../client.errors.js';
import type { Concern } from '../state/concern.js';
import type { DeviceMemory } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';
import type { SealedStore } from '../state/sealed-store.js';
import { asBytes, asList, asText, asWhole, fieldOf } from '../transport/answer.js';
import type { GraphqlAnswer } from '../transport/transport.js';
import { carriedHeadOf } from './carried-heads.js';
import { auditTrust, originOf } from './known-logs.js';
import { type PeerFork, PeerHeads, type PeerQuestion } from './peer-heads.js';

export interface LogViewParts {
  readonly state: DeviceState;
  readonly store: Pick<SealedStore, 'read' | 'write' | 'remove'>;
  readonly clock: Clock;
  readonly raise: (concern: Concern) => Promise<void>;
  /** Looks whether the log that the server shows follows the pinned one, and pins it. Throws where it does not. */
  readonly follow: () => Promise<void>;
}

/** A head as it was stated, and of which log. */
export interface StatedHead extends LogHead {
  readonly origin: string | undefined;
  /** Heads of other devices that the answer is held against as well. */
  readonly questions?: readonly PeerQuestion[];
}

const CHECKPOINT = 'audit-checkpoint';
const FORK = 'fork-proof';
/** Since when answers come without a view: eight bytes of Unix milliseconds. */
const MISSING = 'head-missing-since';
const MAX_HASHES = 64;
/** What an answer is refused for; anything else about a head is told, and the answer taken. */
const refusals: readonly string[] = ['client/fork', 'client/server-changed', 'client/unwitnessed', 'client/network'];

/** What an answer says of the log. */
interface ToldView {
  readonly size: number;
  readonly checkpoint: Uint8Array | undefined;
  readonly consistency: readonly Uint8Array[];
  /** To each head that was asked about. */
  readonly peers: readonly (readonly Uint8Array[])[];
}

/**
 * Holds a server to one history: states with every request the newest head of the audit log that this device verified, and
 * checks that the head which the answer shows goes on from there. Two signed heads that do not fit are kept as a proof that
 * convinces anybody who knows the log's key.
 */
export class LogView {
  readonly #parts: LogViewParts;
  /** What other devices say of the log. */
  readonly peers: PeerHeads;
  /** Newest head that an answer proved, not saved yet. */
  #head: LogHead | undefined;
  /** The newest verified head as it was signed. */
  #checkpoint: SignedCheckpoint | undefined;
  /** What was saved at an earlier start; undefined until it is asked for. */
  #saved: Promise<SignedCheckpoint | undefined> | undefined;
  /** undefined until the slot was read; `none` while views come. */
  #missingSince: number | 'none' | undefined;
  #wasMissed = false;

  constructor(parts: LogViewParts) {
    this.#parts = parts;
    this.peers = new PeerHeads(parts);
  }

  /** What goes with the next request. */
  stated(): StatedHead {
    const { auditHead, pins } = this.#parts.state.memory;
    const head = this.#head !== undefined && this.#head.size > auditHead.size ? this.#head : auditHead;
    return { ...head, origin: pins?.auditOrigin };
  }

  /** What goes with the next request, with what it asks about heads of others. */
  async asked(): Promise<StatedHead> {
    const questions = await this.peers.questions();
    return questions.length === 0 ? this.stated() : { ...this.stated(), questions };
  }

  /** The newest head that this device verified, as its items and heartbeats carry it; undefined before the first. */
  async carried(): Promise<CarriedHead | undefined> {
    const kept = await this.#kept();
    return kept && carriedHeadOf(kept);
  }

  /** Another log goes on: what is known of the one before proves nothing of it. */
  followed(head: SignedCheckpoint): void {
    this.#head = { size: head.size, root: head.root };
    this.#checkpoint = head;
  }

  /** Keeps a head that was verified another way, as it was signed: without its signature it could prove nothing. */
  note(head: SignedCheckpoint): void {
    if (head.size >= (this.#checkpoint?.size ?? 0)) this.#checkpoint = head;
  }

  /** The memory with the newest head; it rides along with the next write. */
  noted(memory: DeviceMemory): DeviceMemory {
    const head = this.#head;
    return head !== undefined && head.size > memory.auditHead.size ? { ...memory, auditHead: head } : memory;
  }

  /** Saves what is not saved yet. */
  async flush(): Promise<void> {
    const { state, store } = this.#parts;
    if (this.#head !== undefined) await state.set((memory) => this.noted(memory));
    if (this.#checkpoint !== undefined) await store.write(CHECKPOINT, checkpointBytes(this.#checkpoint));
    await this.peers.flush();
  }

  /** The fork that this device can prove, as a file for `rogatory audit fork`; undefined where there is none. */
  async forkProof(): Promise<Uint8Array | undefined> {
    return this.#parts.store.read(FORK);
  }

  /**
   * Checks the view of an answer to a request that stated a head. What does not hold is an alarm; the answer itself may be
   * of an act that is done.
   * @throws VerificationError `client/fork` when two signed heads prove that the log has two histories.
   */
  async take({ data, extensions }: GraphqlAnswer, stated: StatedHead): Promise<void> {
    if (this.#parts.state.memory.pins === undefined) return;
    const view = fieldOf(extensions, 'view');
    // A refusal may come from before the place where the log is known; nothing of it is believed.
    if (view === undefined) return data === undefined || data === null ? undefined : this.#missing(stated);
    await this.#found();
    let broken: Concern['kind'] | undefined;
    try {
      const told = readView(view);
      if (this.#isOfAnother(told)) await this.#parts.follow();
      broken = await this.#check(told, stated);
      if (broken === undefined) await this.#comparePeers(told, stated);
    } catch (error) {
      if (!isRogatoryError(error) || refusals.includes(error.code)) throw error;
      await this.#parts.raise({ kind: 'head-unproven', code: error.code });
      return;
    }
    if (broken !== undefined) await this.#parts.raise({ kind: broken });
  }

  /** Once is enough: a server that shows no head shows none to anybody. The time outlives the process of a short command. */
  async #missing(stated: LogHead): Promise<void> {
    if (stated.size === 0 || this.#wasMissed) return;
    const { store, clock, raise } = this.#parts;
    const known = await this.#readMissing();
    if (known === 'none') {
      this.#missingSince = clock.nowMs();
      await store.write(MISSING, new ByteWriter().time(this.#missingSince).finish());
    } else if (Math.abs(clock.nowMs() - known) >= limits.headMissingMs) {
      this.#wasMissed = true;
      await raise({ kind: 'head-missing' });
    }
  }

  async #found(): Promise<void> {
    if ((await this.#readMissing()) === 'none') return;
    this.#missingSince = 'none';
    this.#wasMissed = false;
    await this.#parts.store.remove(MISSING);
  }

  async #readMissing(): Promise<number | 'none'> {
    if (this.#missingSince === undefined) {
      const saved = await this.#parts.store.read(MISSING);
      this.#missingSince ??= saved === undefined ? 'none' : new ByteReader(saved, saved.length).time();
    }
    return this.#missingSince;
  }

  #isOfAnother({ checkpoint }: ToldView): boolean {
    const { pins } = this.#parts.state.memory;
    return checkpoint !== undefined && originOf(checkpoint) !== pins?.auditOrigin;
  }

  async #check({ size, checkpoint, consistency }: ToldView, stated: StatedHead): Promise<Concern['kind'] | undefined> {
    // Stated before the log turned: this answer says nothing of that head, and the next one will.
    if (stated.origin !== this.#parts.state.memory.pins?.auditOrigin) return undefined;
    if (checkpoint === undefined) return size === stated.size ? undefined : 'log-shrank';
    const head = this.#open(checkpoint);
    if (head.size < stated.size) return 'log-shrank';
    if (stated.size > 0) {
      const isForked = head.size === stated.size && !equalBytes(head.root, stated.root);
      const roots = head.size === stated.size ? undefined : consistencyRoots(stated.size, head.size, consistency);
      if (head.size > stated.size && (roots === undefined || !equalBytes(roots.second, head.root))) {
        return 'head-unproven';
      }
      if (isForked || (roots !== undefined && !equalBytes(roots.first, stated.root))) {
        await this.#forked(stated, head, head.size === stated.size ? [] : consistency);
      }
    }
    this.#adopt(stated, head);
    return undefined;
  }

  async #comparePeers({ checkpoint, peers }: ToldView, { questions, origin }: StatedHead): Promise<void> {
    if (questions === undefined || origin !== this.#parts.state.memory.pins?.auditOrigin) return;
    // Asked about others, an honest server shows its head even where it is the stated one.
    if (checkpoint === undefined) throw verificationError('client/answer');
    const head = this.#open(checkpoint);
    for (const fork of await this.peers.take(questions, head, peers)) await this.#tellPeerFork(fork, head);
  }

  /** The history of this device was not contradicted: what it reads stays readable, and so does the message that warns it. */
  async #tellPeerFork({ question, hashes }: PeerFork, head: SignedCheckpoint): Promise<void> {
    const { deviceId, personId, compartmentId } = question.word;
    await this.#keepProof(question.head, head, hashes);
    await this.#parts.raise({ kind: 'fork', deviceId, personId, compartmentId, code: 'tlog/fork' });
  }

  /** Answers overtake each other: only one that goes on from the newest head moves it. */
  #adopt(stated: LogHead, head: SignedCheckpoint): void {
    const known = this.stated();
    if (known.size !== stated.size || !equalBytes(known.root, stated.root)) return;
    this.#checkpoint = head;
    if (head.size > known.size) this.#head = { size: head.size, root: head.root };
  }

  /** @throws VerificationError `client/fork`, once what proves it is stored. */
  async #forked(stated: LogHead, head: SignedCheckpoint, hashes: readonly Uint8Array[]): Promise<never> {
    const { raise } = this.#parts;
    const first = await this.#signedAs(stated);
    const details = { knownSize: stated.size, size: head.size, isProven: first !== undefined };
    if (first !== undefined) await this.#keepProof(first, head, hashes);
    await raise({ kind: 'fork', code: first === undefined ? 'client/fork' : 'tlog/fork' });
    throw verificationError('client/fork', { details });
  }

  /** The first proof is kept: it convicts as well as any later one. */
  async #keepProof(first: SignedCheckpoint, second: SignedCheckpoint, hashes: readonly Uint8Array[]): Promise<void> {
    const { store } = this.#parts;
    if ((await store.read(FORK)) !== undefined) return;
    const proof = { first: checkpointBytes(first), second: checkpointBytes(second), hashes };
    verifyForkProof(proof, (bytes) => this.#open(bytes));
    await store.write(FORK, encodeForkProof(proof));
  }

  /** The stated head as the log signed it, where it was kept. */
  async #signedAs(stated: LogHead): Promise<SignedCheckpoint | undefined> {
    const kept = await this.#kept();
    return kept !== undefined && kept.size === stated.size && equalBytes(kept.root, stated.root) ? kept : undefined;
  }

  async #kept(): Promise<SignedCheckpoint | undefined> {
    if (this.#checkpoint !== undefined) return this.#checkpoint;
    this.#saved ??= this.#readSaved();
    const saved = await this.#saved;
    this.#checkpoint ??= saved;
    return this.#checkpoint;
  }

  async #readSaved(): Promise<SignedCheckpoint | undefined> {
    const saved = await this.#parts.store.read(CHECKPOINT);
    // One that was saved before another log was followed says nothing of that one.
    const isOfThisLog = saved !== undefined && originOf(saved) === this.#parts.state.memory.pins?.auditOrigin;
    return isOfThisLog ? this.#open(saved) : undefined;
  }

  #open(bytes: Uint8Array): SignedCheckpoint {
    const { pins } = this.#parts.state.memory;
    if (pins === undefined) throw verificationError('client/server-changed');
    return openCheckpoint(bytes, auditTrust(pins));
  }
}

function readView(view: unknown): ToldView {
  const size = asWhole(fieldOf(view, 'size'));
  const checkpoint = fieldOf(view, 'checkpoint');
  if (checkpoint === undefined) return { size, checkpoint: undefined, consistency: [], peers: [] };
  const consistency = asList(fieldOf(view, 'consistency'), MAX_HASHES).map(asBytes);
  const peers = asList(fieldOf(view, 'peers') ?? [], limits.maxPeerHeadsAsked).map((path) =>
    asList(path, MAX_HASHES).map(asBytes),
  );
  return { size, checkpoint: fromBase64(asText(checkpoint)), consistency, peers };
}
