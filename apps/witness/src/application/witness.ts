import { type Clock, CodecError, InternalError, limits } from '@rogatory/kernel';
import {
  type AddCheckpointRefusal,
  type AddCheckpointVerdict,
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
import { SparingLog } from './sparing-log.js';
import { Turns } from './turns.js';

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
  | { readonly status: 422 | 503; readonly reason: 'entries' }
  /** Too many heads of this log wait already, or its turn did not come in time: nothing was judged. */
  | { readonly status: 503; readonly reason: 'busy' };

interface Waiting {
  readonly submission: Submission;
  readonly keys: readonly VerifierKey[];
  /** Until when it is answered, by the time that only goes forward. */
  readonly untilMs: number;
}

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
  /** What is stored, as far as it is known for sure; while the next one is being stored the one before. */
  readonly #known = new Map<string, CosignedHead | undefined>();
  readonly #turns = new Turns();
  /** The same head cosigned anew: all who ask for it meanwhile get one answer, so that they take one place. */
  readonly #refreshing = new Map<string, Promise<WitnessAnswer>>();

  /** Anybody can send signed heads, once each or a thousand times. */
  readonly #told: SparingLog;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.#told = new SparingLog(parts.log, parts.clock);
  }

  /** @throws InternalError `witness/state`; whatever the store throws. Then nothing was vouched for. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const submission = readAddCheckpoint(body);
    if ('status' in submission) return answerOf(submission);
    const { origin } = submission;
    const keys = await this.#parts.logs.keysOf(origin);
    if (keys.length === 0) return { status: 404 };
    if (!this.#known.has(origin)) return this.#inTurn(submission, keys);
    // What is refused takes no turn: whoever has no key of the log keeps nobody from theirs.
    const latest = this.#known.get(origin);
    const verdict = judgeAddCheckpoint(submission, { keys, latest });
    if (verdict.status !== 200) return this.#refuse(submission, verdict, latest);
    return verdict.checkpoint.size === latest?.size
      ? this.#refreshed(submission, keys)
      : this.#inTurn(submission, keys);
  }

  /** The last cosigned head; undefined before the first. Waits for no other. @throws InternalError `witness/state`. */
  async latest(origin: string): Promise<CosignedHead | undefined> {
    const keys = await this.#parts.logs.keysOf(origin);
    if (keys.length === 0) return undefined;
    // Nothing is stored before it was read here once, and what is read outside a turn is not kept.
    return this.#known.has(origin) ? this.#known.get(origin) : this.#load(origin);
  }

  async #refreshed(submission: Submission, keys: readonly VerifierKey[]): Promise<WitnessAnswer> {
    const { origin } = submission;
    const under = this.#refreshing.get(origin);
    if (under !== undefined) return under;
    const fresh = this.#inTurn(submission, keys).finally(() => this.#refreshing.delete(origin));
    this.#refreshing.set(origin, fresh);
    return fresh;
  }

  async #inTurn(submission: Submission, keys: readonly VerifierKey[]): Promise<WitnessAnswer> {
    const untilMs = this.#parts.clock.monotonicMs() + limits.witnessReplayWaitMs;
    const judged = await this.#turns.take(submission.origin, limits.witnessReplayWaitMs, () =>
      this.#judge({ submission, keys, untilMs }),
    );
    return judged ?? { status: 503, reason: 'busy' };
  }

  async #judge({ submission, keys, untilMs }: Waiting): Promise<WitnessAnswer> {
    const latest = await this.#head(submission.origin);
    const verdict = judgeAddCheckpoint(submission, { keys, latest });
    return verdict.status === 200
      ? this.#examine(verdict.checkpoint, untilMs)
      : this.#refuse(submission, verdict, latest);
  }

  async #refuse(
    { origin, request }: Submission,
    verdict: Exclude<AddCheckpointVerdict, { status: 200 }>,
    latest: CosignedHead | undefined,
  ): Promise<WitnessAnswer> {
    if ('checkpoint' in verdict && latest !== undefined) {
      // A proof that does not hold may be anybody's: only two roots of one size convict the log.
      const [kind, event] =
        verdict.reason === 'root-conflict'
          ? (['fork', 'witness/contradiction'] as const)
          : (['unproven', 'witness/unproven'] as const);
      this.#told.tell('warn', event, { origin, size: verdict.checkpoint.size });
      await this.#parts.evidence.keep(kind, { origin, held: latest.note, refused: request.checkpoint });
    }
    return answerOf(verdict);
  }

  /** SPEC: directory 13 — a witness MUST replay the entries of a directory before it cosigns a head of it. */
  async #examine(checkpoint: SignedCheckpoint, untilMs: number): Promise<WitnessAnswer> {
    const verdict = await this.#parts.entries.check(checkpoint, untilMs);
    if (verdict === 'held') return this.#cosign(checkpoint);
    return { status: verdict === 'broken' ? 422 : 503, reason: 'entries' };
  }

  /** Stored before it is answered: a cosignature that nobody saw binds nobody, one that was forgotten lets a log fork. */
  async #cosign(checkpoint: SignedCheckpoint): Promise<WitnessAnswer> {
    const { signers, clock, heads } = this.#parts;
    const { origin, size, root } = checkpoint;
    const { lines, note } = await cosignAndAppend(checkpoint, signers, Math.floor(clock.nowMs() / 1000));
    try {
      await heads.save(origin, note);
    } catch (error) {
      this.#known.delete(origin);
      throw error;
    }
    this.#known.set(origin, { size, root, note });
    this.#explain(origin, note);
    return { status: 200, lines: lines.map(encodeSignatureLine).join('') };
  }

  /** A head that came before without a proof, and now with one, was nothing. What becomes of the file decides nothing. */
  #explain(origin: string, note: Uint8Array): void {
    void this.#parts.evidence.explained(origin, note).catch((error: unknown) => {
      this.#told.tell('error', 'witness/evidence', { origin, error });
    });
  }

  /** In the turn of the log. */
  async #head(origin: string): Promise<CosignedHead | undefined> {
    if (!this.#known.has(origin)) this.#known.set(origin, await this.#load(origin));
    return this.#known.get(origin);
  }

  async #load(origin: string): Promise<CosignedHead | undefined> {
    const note = await this.#parts.heads.load(origin);
    return note === undefined ? undefined : readHead(note, origin, this.#parts.signers[0].key);
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
