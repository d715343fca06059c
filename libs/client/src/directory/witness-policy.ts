import { limits, utf8 } from '@rogatory/kernel';
import {
  evaluateQuorum,
  openCheckpoint,
  parsePolicy,
  type SignedCheckpoint,
  type TrustPolicy,
  type VerifierKey,
} from '@rogatory/tlog';
import { unavailableError, usageError } from '../client.errors.js';
import type { SealedStore } from '../state/sealed-store.js';

const SLOT = 'witness-policy';

/** What a head is judged by besides the policy. */
export interface HeadScene {
  readonly origin: string;
  /** Keys of the log that were pinned with the server; those of the policy take their place where it names the log. */
  readonly logKeys: readonly VerifierKey[];
  readonly nowMs: number;
}

/**
 * Whose word this device asks for before it believes a directory: pinned beside the root of the federation, sealed with
 * the device's state, and never dropped again.
 */
export class WitnessPolicy {
  readonly #store: Pick<SealedStore, 'write'>;
  #policy: TrustPolicy | undefined;

  private constructor(store: Pick<SealedStore, 'write'>, policy: TrustPolicy | undefined) {
    this.#store = store;
    this.#policy = policy;
  }

  /**
   * The pinned policy; the given one is pinned where there is none yet.
   * @throws UsageError `client/input` when the given one asks for no quorum; CodecError `tlog/policy`.
   */
  static async open(store: SealedStore, given: Uint8Array | undefined): Promise<WitnessPolicy> {
    const pinned = await store.read(SLOT);
    if (pinned !== undefined) return new WitnessPolicy(store, parsePolicy(pinned));
    const policy = new WitnessPolicy(store, undefined);
    if (given !== undefined) await policy.pin(given);
    return policy;
  }

  /** Whether a quorum is asked for. */
  get isPinned(): boolean {
    return this.#policy !== undefined;
  }

  /** Puts another policy in the place of the pinned one. @throws as `open`. */
  async pin(bytes: Uint8Array): Promise<void> {
    const policy = parsePolicy(bytes);
    if (policy.quorum === undefined) throw usageError('client/input');
    await this.#store.write(SLOT, bytes);
    this.#policy = policy;
  }

  /**
   * That the quorum cosigned the head in a note, whenever it did; nothing where no policy is pinned.
   * @throws UnavailableError `client/unwitnessed`; VerificationError `tlog/…`.
   */
  vouch(note: Uint8Array, { origin, logKeys }: Pick<HeadScene, 'origin' | 'logKeys'>): void {
    const policy = this.#policy;
    if (policy === undefined) return;
    const witnessKeys = policy.witnesses.map(({ key }) => key);
    const head = openCheckpoint(note, { origin, logKeys, witnessKeys });
    if (!evaluateQuorum(head, policy).fulfilled) throw unavailableError('client/unwitnessed');
  }

  /**
   * The head in a note, once the log signed it and the quorum cosigned it within the last `limits.witnessWordsMs`.
   * @throws UnavailableError `client/unwitnessed` without a note, or when too few witnesses vouch for it, or not lately;
   * VerificationError `tlog/…` when a signature does not hold or it is another log's.
   */
  verify(note: string | undefined, { origin, logKeys, nowMs }: HeadScene): SignedCheckpoint {
    const policy = this.#policy;
    if (policy === undefined || note === undefined) throw unavailableError('client/unwitnessed');
    const named = policy.logs.map(({ key }) => key).filter((key) => key.name === origin);
    const witnessKeys = policy.witnesses.map(({ key }) => key);
    const trust = { origin, logKeys: named.length === 0 ? logKeys : named, witnessKeys };
    const head = openCheckpoint(utf8(note), trust);
    const { fulfilled } = evaluateQuorum(head, policy, {
      notBeforeSeconds: Math.floor((nowMs - limits.witnessWordsMs) / 1000),
      notAfterSeconds: Math.ceil((nowMs + limits.maxClockSkewMs) / 1000),
    });
    if (!fulfilled) throw unavailableError('client/unwitnessed');
    return head;
  }
}
