import { type Clock, CodecError, InternalError } from '@rogatory/kernel';
import {
  type AddCheckpointRefusal,
  cosignAndAppend,
  encodeSignatureLine,
  judgeAddCheckpoint,
  type NoteSigner,
  parseCheckpointText,
  parseNote,
  readAddCheckpoint,
  type SignedCheckpoint,
  type Submission,
  type VerifierKey,
  verifyNote,
} from '@rogatory/tlog';
import type { Log } from '@rogatory/platform-telemetry';
import type { EntryCheck } from './entry-check.js';
import type { EvidenceStore, HeadStore } from './head.store.js';
import type { LogList } from './log-list.js';

export interface WitnessParts {
  /** Its Ed25519 key (type 0x04), and behind it its ML-DSA-44 key (type 0x06) where it has one, under its one name. */
  readonly signers: readonly [NoteSigner, ...NoteSigner[]];
  readonly logs: Pick<LogList, 'keysOf'>;
  readonly heads: HeadStore;
  readonly evidence: EvidenceStore;
  /** What is asked of the entries under a head. */
  readonly entries: EntryCheck;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is answered to `add-checkpoint`. */
export type WitnessAnswer =
  | { readonly status: 200; readonly lines: string }
  | { readonly status: 409; readonly latestSize: number }
  | { readonly status: 400 | 403 | 404 | 422 }
  /** 422: an entry under the head breaks the rules of its log. 503: the entries could not be read yet. */
  | { readonly status: 422 | 503; readonly reason: 'entries' };

/** The last head of a log that this witness cosigned. */
export interface CosignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: Uint8Array;
}

/**
 * Vouches that a log only grows: cosigns a head when it extends the one cosigned before, and no other (C2SP
 * tlog-witness); one of a directory only when its entries keep the rules. Check and store are one step per log; nothing is answered before the head is durable.
 */
export class Witness {
  readonly #parts: WitnessParts;
  /** What is stored, as far as it is known for sure. */
  readonly #known = new Map<string, CosignedHead | undefined>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** @throws InternalError `witness/state`; whatever the store throws. Then nothing was vouched for. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const submission = readAddCheckpoint(body);
    if ('status' in submission) return answerOf(submission);
    const keys = await this.#parts.logs.keysOf(submission.origin);
    if (keys.length === 0) return { status: 404 };
    return this.#inTurn(submission.origin, () => this.#judge(submission, keys));
  }

  /** The last cosigned head; undefined before the first. @throws InternalError `witness/state`. */
  async latest(origin: string): Promise<CosignedHead | undefined> {
    const keys = await this.#parts.logs.keysOf(origin);
    return keys.length === 0 ? undefined : this.#inTurn(origin, () => this.#head(origin));
  }

  async #judge(submission: Submission, keys: readonly VerifierKey[]): Promise<WitnessAnswer> {
    const { origin } = submission;
    const latest = await this.#head(origin);
    const verdict = judgeAddCheckpoint(submission, { keys, latest });
    if (verdict.status === 200) return this.#examine(verdict.checkpoint);
    if ('checkpoint' in verdict && latest !== undefined) {
      this.#parts.log.warn('witness/contradiction', { reason: verdict.reason, size: verdict.checkpoint.size });
      await this.#parts.evidence.keep(origin, latest.note, submission.request.checkpoint);
    }
    return answerOf(verdict);
  }

  /** SPEC: directory 13 — a witness MUST replay the entries of a directory before it cosigns a head of it. */
  async #examine(checkpoint: SignedCheckpoint): Promise<WitnessAnswer> {
    const verdict = await this.#parts.entries.check(checkpoint);
    if (verdict === 'held') return this.#cosign(checkpoint);
    return { status: verdict === 'broken' ? 422 : 503, reason: 'entries' };
  }

  /** Stored before it is answered: a cosignature that nobody saw binds nobody, one that was forgotten lets a log fork. */
  async #cosign(checkpoint: SignedCheckpoint): Promise<WitnessAnswer> {
    const { signers, clock, heads } = this.#parts;
    const { origin, size, root } = checkpoint;
    const { lines, note } = await cosignAndAppend(checkpoint, signers, Math.floor(clock.nowMs() / 1000));
    this.#known.delete(origin);
    await heads.save(origin, note);
    this.#known.set(origin, { size, root, note });
    return { status: 200, lines: lines.map(encodeSignatureLine).join('') };
  }

  async #head(origin: string): Promise<CosignedHead | undefined> {
    if (this.#known.has(origin)) return this.#known.get(origin);
    const note = await this.#parts.heads.load(origin);
    const head = note === undefined ? undefined : readHead(note, origin, this.#parts.signers[0].key);
    this.#known.set(origin, head);
    return head;
  }

  /** One at a time per log: check and store are one step. */
  async #inTurn<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    this.#turns.set(origin, settled);
    return turn;
  }
}

/** A stored head counts only under this witness's own cosignature: a file that somebody put there stops it. */
function readHead(bytes: Uint8Array, origin: string, key: VerifierKey): CosignedHead {
  try {
    const note = parseNote(bytes);
    verifyNote(note, [key]);
    const head = parseCheckpointText(note.text);
    if (head.origin !== origin) throw new CodecError('tlog/checkpoint', 'not a checkpoint');
    return { size: head.size, root: head.root, note: bytes };
  } catch (cause) {
    throw new InternalError('witness/state', 'the stored head of a log is not one that this witness cosigned', {
      cause,
    });
  }
}

function answerOf(refusal: AddCheckpointRefusal): WitnessAnswer {
  if (refusal.status === 409) return { status: 409, latestSize: refusal.latestSize };
  return { status: refusal.status };
}
