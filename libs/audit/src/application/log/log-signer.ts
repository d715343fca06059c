import { equalBytes } from '@rogatory/kernel';
import {
  emptyRoot,
  isConsistent,
  type NoteSigner,
  signAbandonment,
  signCheckpoint,
  type VerifierKey,
} from '@rogatory/tlog';
import { signerForked, signerRewound, signerUnknownLog } from '../../domain/audit.errors.js';
import type { TreeHead } from './log-tree.store.js';

/** A head to be signed, with the proof that it extends the last one signed. */
export interface SigningRequest {
  readonly origin: string;
  readonly head: TreeHead;
  /** RFC 6962 consistency proof from the signer's own head; empty when that has size 0 or the same size. */
  readonly proof: readonly Uint8Array[];
}

/** Signs heads of logs and nothing else; believes neither database nor caller. May be another process or a device. */
export interface LogSigner {
  /** Keys that verify its checkpoints of a log. */
  keys(origin: string): readonly VerifierKey[];
  /** Last head it signed; undefined for a log it does not know. */
  signedHead(origin: string): Promise<TreeHead | undefined>;
  /** Makes a new log known, at size 0. MUST refuse a known one. */
  admitLog(origin: string): Promise<void>;
  /**
   * The checkpoint as a signed note. The same head again gives the same note.
   * @throws VerificationError `audit/signer-rewound`, `audit/signer-forked`, `audit/signer-unknown-log`.
   */
  sign(request: SigningRequest): Promise<Uint8Array>;
  /**
   * The word of a log that cannot be carried on: its last signed head, and the key of the log that follows (`tlog.md` 11).
   * @throws VerificationError `audit/signer-unknown-log`.
   */
  signAbandonment(given: GivenUpLog): Promise<Uint8Array>;
}

/** A log that is given up, and the one that follows. */
export interface GivenUpLog {
  readonly origin: string;
  readonly nextKey: VerifierKey;
  readonly timeMs: number;
}

/** Where a signer keeps the heads it signed: apart from the database, so that a restored backup is noticed. */
export interface SignerStore {
  load(origin: string): Promise<TreeHead | undefined>;
  /** MUST be durable when it resolves. When it rejects, either head may be stored. */
  save(origin: string, head: TreeHead): Promise<void>;
}

/** A signer in this process, over a key and a store of its own. */
export class LocalLogSigner implements LogSigner {
  readonly #store: SignerStore;
  readonly #signerOf: (origin: string) => NoteSigner;
  #queue: Promise<unknown> = Promise.resolve();

  /** `signerOf` gives the log's key under the name that its origin demands. */
  constructor(store: SignerStore, signerOf: (origin: string) => NoteSigner) {
    this.#store = store;
    this.#signerOf = signerOf;
  }

  keys(origin: string): readonly VerifierKey[] {
    return [this.#signerOf(origin).key];
  }

  async signedHead(origin: string): Promise<TreeHead | undefined> {
    return this.#store.load(origin);
  }

  async admitLog(origin: string): Promise<void> {
    await this.#inTurn(async () => {
      if ((await this.#store.load(origin)) !== undefined) throw signerForked({ signedSize: 0, askedSize: 0 });
      await this.#store.save(origin, { size: 0, root: emptyRoot() });
    });
  }

  async sign(request: SigningRequest): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const signed = await this.#store.load(request.origin);
      if (signed === undefined) throw signerUnknownLog(request.origin);
      requireExtension(signed, request);
      // Stored first: a head that was signed and forgotten could be signed over.
      if (request.head.size !== signed.size) await this.#store.save(request.origin, request.head);
      return signCheckpoint({ origin: request.origin, ...request.head }, [this.#signerOf(request.origin)]);
    });
  }

  async signAbandonment({ origin, nextKey, timeMs }: GivenUpLog): Promise<Uint8Array> {
    const signed = await this.#store.load(origin);
    if (signed === undefined) throw signerUnknownLog(origin);
    return signAbandonment({ origin, ...signed, nextKey, timeMs }, this.#signerOf(origin));
  }

  /** One at a time: check and store are one step. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

function requireExtension(signed: TreeHead, { head, proof }: SigningRequest): void {
  const details = { signedSize: signed.size, askedSize: head.size };
  if (head.size < signed.size) throw signerRewound(details);
  if (head.size === signed.size) {
    if (!equalBytes(head.root, signed.root)) throw signerForked(details);
    return;
  }
  // Every tree extends the empty one.
  if (signed.size === 0) return;
  const claim = { firstSize: signed.size, firstRoot: signed.root, secondSize: head.size, secondRoot: head.root, proof };
  if (!isConsistent(claim)) throw signerForked(details);
}
