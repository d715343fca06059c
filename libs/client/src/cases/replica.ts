import { type CaseId, type CompartmentId, equalBytes, isRogatoryError, toHex } from '@rogatory/kernel';
import { epochHeadsDigest, ProvenSignatures, type SignatureCheck } from '@rogatory/crypto/verify';
import {
  type AppliedItem,
  type AppliedLink,
  applyItem,
  applyLink,
  type ChainState,
  complaintHash,
  hadHead,
  type ItemFacts,
  withSignaturesAhead,
} from '@rogatory/chain';
import { confirmHead, type HeadConfirmations } from '@rogatory/e2ee';
import {
  type ChainHead,
  decodeSignedComplaint,
  type EpochEntry,
  type LogHead,
  type Member,
  type SignedItem,
} from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';

/** One accepted thing of a content log as a server tells it. */
export interface ToldEvent {
  readonly position: number;
  readonly isLink: boolean;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
}

/** An item that this device verified: signature, sender, place and order. Its content is still sealed. */
export interface VerifiedItem {
  readonly position: number;
  /** As the server says; the author's own time stands in the header. */
  readonly receivedAtMs: number;
  readonly signed: SignedItem;
  readonly itemHash: Uint8Array;
  /** The sender as a member at that moment. */
  readonly sender: Member;
}

export type VerifiedEvent =
  | { readonly kind: 'link'; readonly position: number; readonly applied: AppliedLink }
  | { readonly kind: 'item'; readonly position: number; readonly item: VerifiedItem };

export interface ReplicaParts {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly directory: Directory;
  readonly nowMs: () => number;
  /** The root chain's replica, for a further compartment. */
  readonly root?: Replica;
  /** Signed complaints as the server has them, for links that cite one. */
  readonly fetchComplaints: () => Promise<readonly Uint8Array[]>;
}

/**
 * One compartment as this device has verified it, link by link and item by item. Nothing enters it but by the verifier
 * that server and auditor share.
 */
export class Replica {
  readonly #parts: ReplicaParts;
  #state: ChainState | undefined;
  /** Root of the content log at each size. */
  readonly #roots: Uint8Array[] = [];
  readonly #items: VerifiedItem[] = [];
  #confirmations: HeadConfirmations = new Map();
  #complaints: readonly Uint8Array[] = [];
  readonly #events: VerifiedEvent[] = [];
  readonly #answered = new Set<string>();
  #proven = new ProvenSignatures();

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  get caseId(): CaseId {
    return this.#parts.caseId;
  }

  get compartmentId(): CompartmentId {
    return this.#parts.compartmentId;
  }

  get root(): Replica | undefined {
    return this.#parts.root;
  }

  get isEmpty(): boolean {
    return this.#state === undefined;
  }

  /** @throws VerificationError `client/answer` while nothing was replayed: a chain has at least its genesis. */
  get state(): ChainState {
    if (this.#state === undefined) throw verificationError('client/answer');
    return this.#state;
  }

  /** Events replayed. */
  get size(): number {
    return this.#state?.content.size ?? 0;
  }

  get items(): readonly VerifiedItem[] {
    return this.#items;
  }

  get confirmations(): HeadConfirmations {
    return this.#confirmations;
  }

  /** What the verifier is told beside chain and log. */
  facts(): ItemFacts & { readonly complaint: (hash: Uint8Array) => Uint8Array | undefined } {
    const { directory, root } = this.#parts;
    return {
      directory: directory.state,
      proven: this.#proven,
      ...(root === undefined ? {} : { root: root.state }),
      hadContentHead: (size, contentRoot) => this.hadContentHead({ size, root: contentRoot }),
      complaint: (hash) => this.#complaints.find((bytes) => isComplaint(bytes, hash)),
    };
  }

  /** Whether the verified log ever had this head. */
  hadContentHead({ size, root }: LogHead): boolean {
    const known = this.#roots[size];
    return known !== undefined && equalBytes(known, root);
  }

  /**
   * Whether what was verified at an earlier start is a part of what was replayed now.
   * @throws VerificationError `client/history-rollback`.
   */
  requireExtends(saved: { readonly chainHead: ChainHead; readonly contentHead: LogHead }): void {
    if (saved.contentHead.size === 0) return;
    const isPart = this.hadContentHead(saved.contentHead) && hadHead(this.state, saved.chainHead);
    if (!isPart) throw verificationError('client/history-rollback');
  }

  /**
   * Whether what an epoch of the audit log says is a part of what was replayed: at its size as many links, and these heads.
   * @throws VerificationError `client/anchor`.
   */
  requireAnchored({ count, lastIndex, digest }: Omit<EpochEntry, 'subject'>): void {
    const size = lastIndex + 1;
    const root = this.#roots[size];
    const links = this.#events.slice(0, size).filter((event) => event.kind === 'link');
    const last = links.at(-1)?.applied.linkHash;
    const isPart = root !== undefined && last !== undefined && links.length === count;
    if (!isPart || !equalBytes(epochHeadsDigest(last, root), digest)) throw verificationError('client/anchor');
  }

  /**
   * Verifies the next event and takes it in. One that was taken in before is compared and gives undefined.
   * @throws VerificationError of the verifier; `client/history-rollback` for another event at a known place.
   */
  async take(event: ToldEvent): Promise<VerifiedEvent | undefined> {
    if (event.position < this.size) return undefined;
    if (event.position > this.size) throw verificationError('client/answer');
    return this.#withFacts(() => this.#takeNext(event));
  }

  /** The same events, slice by slice, each once its signatures were tried: many at a time, where there are threads. */
  ahead(events: readonly ToldEvent[], check?: SignatureCheck): AsyncIterable<readonly ToldEvent[]> {
    this.#proven = new ProvenSignatures(check);
    return withSignaturesAhead(events, this.#proven, this.#parts.directory.state);
  }

  /** Everything taken in, at its position. */
  get events(): readonly VerifiedEvent[] {
    return this.#events;
  }

  /** Hashes of complaints that links have answered. */
  isAnswered(complaint: Uint8Array): boolean {
    return this.#answered.has(toHex(complaint));
  }

  /** Another device's signed word that fits our heads. */
  confirm(word: { readonly deviceId: Member['deviceId']; readonly saidAtMs: number }): void {
    this.#confirmations = confirmHead(this.#confirmations, { ...word, nowMs: this.#parts.nowMs() });
  }

  /** In one step: nobody else may see half of it. */
  #takeNext(event: ToldEvent): VerifiedEvent | undefined {
    if (event.position < this.size) return undefined;
    const taken = event.isLink ? this.#takeLink(event) : this.#takeItem(event);
    this.#roots[this.size] = this.state.content.root;
    this.#events.push(taken);
    return taken;
  }

  #takeLink({ bytes, position }: ToldEvent): VerifiedEvent {
    const applied = applyLink(this.#state, bytes, this.facts());
    const { link } = applied.signed;
    const isOurs = link.caseId === this.caseId && link.compartmentId === this.compartmentId;
    if (!isOurs) throw verificationError('client/answer');
    this.#state = applied.state;
    this.confirm({ deviceId: link.signerDevice, saidAtMs: link.time.timeMs });
    const { cause } = link.body;
    if (cause?.complaintHash !== undefined) this.#answered.add(toHex(cause.complaintHash));
    return { kind: 'link', position, applied };
  }

  #takeItem({ bytes, position, receivedAtMs }: ToldEvent): VerifiedEvent {
    const applied: AppliedItem = applyItem(this.state, bytes, this.facts());
    const { signed, itemHash, sender } = applied;
    this.#state = applied.state;
    const item = { position, receivedAtMs, signed, itemHash, sender };
    this.#items.push(item);
    this.confirm({ deviceId: sender.deviceId, saidAtMs: signed.header.time.timeMs });
    return { kind: 'item', position, item };
  }

  /** Fetches what the verifier says it lacks, once each, and asks it again. */
  async #withFacts(take: () => VerifiedEvent | undefined): Promise<VerifiedEvent | undefined> {
    const fetched = new Set<string>();
    for (;;) {
      try {
        return take();
      } catch (error) {
        const code = isRogatoryError(error) ? error.code : '';
        if (fetched.has(code) || !(await this.#fetch(code))) throw serversFault(error);
        fetched.add(code);
      }
    }
  }

  async #fetch(code: string): Promise<boolean> {
    if (code === 'chain/directory-behind') {
      await this.#parts.directory.sync();
      return true;
    }
    if (code === 'chain/cause') {
      this.#complaints = await this.#parts.fetchComplaints();
      return true;
    }
    return false;
  }
}

/** Bytes that the verifier cannot even place, such as a link of another compartment, are the server's doing too. */
function serversFault(error: unknown): unknown {
  const isMisplaced = isRogatoryError(error) && (error.family === 'usage' || error.family === 'codec');
  return isMisplaced ? verificationError('client/answer', { cause: error }) : error;
}

function isComplaint(bytes: Uint8Array, hash: Uint8Array): boolean {
  try {
    return equalBytes(complaintHash(decodeSignedComplaint(bytes).signedBytes), hash);
  } catch {
    return false;
  }
}
