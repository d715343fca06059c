import { limits } from '@rogatory/kernel';
import { encodeReceiptPromise, encodeSignedReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import type { SigningKey } from '@rogatory/crypto/sign';
import type { RecordedAct } from './audit-recorder.js';

/** Gives the server's signed word for a committed record. Make one only after the transaction committed. */
export class PromiseSigner {
  readonly #key: SigningKey;
  readonly #origin: string;

  constructor(key: SigningKey, origin: string) {
    this.#key = key;
    this.#origin = origin;
  }

  /** What clients check promises with. */
  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  /** Bytes of a signed promise: the record will be in the log within `limits.receiptDeadlineMs`. */
  promise({ id, leafHash, timeMs }: RecordedAct): Uint8Array {
    const promise = { logOrigin: this.#origin, recordId: id, leafHash, deadlineMs: timeMs + limits.receiptDeadlineMs };
    const signedBytes = encodeReceiptPromise(promise);
    const signature = this.#key.sign(signaturePurposes.receiptPromise, signedBytes);
    return encodeSignedReceiptPromise({ signedBytes, signature });
  }
}
