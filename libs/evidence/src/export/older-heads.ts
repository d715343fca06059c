import { equalBytes, isRogatoryError } from '@rogatory/kernel';
import type { SignedCheckpoint } from '@rogatory/tlog';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { RangeRoot } from './range-root.js';

const basis = 'log-key-and-own-heads' as const;

/** Signed heads that the reader holds from before, compared with a range of the log as its leaves pass. */
export class OlderHeads {
  readonly #heads: SignedCheckpoint[] = [];
  #bad: Partial<ClaimVerdict> | undefined;
  #compared = 0;
  #next = 0;
  /** Leaves below are those of an older head that fits. */
  vouchedFor = 0;

  constructor(checkpoints: readonly Uint8Array[], open: (bytes: Uint8Array) => SignedCheckpoint) {
    for (const checkpoint of checkpoints) {
      try {
        this.#heads.push(open(checkpoint));
      } catch (error) {
        if (!isRogatoryError(error)) throw error;
        this.#bad ??= { code: error.code };
      }
    }
    this.#heads.sort((a, b) => a.size - b.size);
  }

  /** Call at the beginning of the range and behind every leaf. */
  passed(range: RangeRoot): void {
    for (let head = this.#heads[this.#next]; head !== undefined; head = this.#heads[this.#next]) {
      if (head.size > range.size) return;
      this.#next++;
      // One that is older than the range cannot be compared with it.
      if (head.size < range.size || head.size === 0) continue;
      this.#compared++;
      if (range.isAt(head)) this.vouchedFor = head.size;
      else this.#bad ??= { code: 'earlier-mismatch', firstBadIndex: this.vouchedFor };
    }
  }

  /** @param isProven whether the range was found to lead to the newest head. */
  claim(newest: SignedCheckpoint | undefined, isProven: boolean): ClaimVerdict {
    const larger = this.#heads.find(({ size }) => newest !== undefined && size > newest.size);
    if (larger !== undefined) this.#bad ??= { code: 'truncated', firstBadIndex: newest?.size ?? 0 };
    for (const head of this.#heads.slice(this.#next)) {
      if (newest?.size !== head.size) continue;
      this.#compared++;
      if (!equalBytes(head.root, newest.root)) this.#bad ??= { code: 'earlier-mismatch' };
    }
    const facts = { basis, count: this.#compared, notChecked: this.#heads.length - this.#compared };
    if (this.#bad !== undefined) return verdictOf('earlier-heads', 'fails', { ...facts, ...this.#bad });
    if (this.#heads.length === 0) return notChecked('earlier-heads', 'none-kept');
    if (this.#compared === 0) return { ...notChecked('earlier-heads', 'outside-the-range'), ...facts };
    return verdictOf('earlier-heads', isProven ? 'holds' : 'not-checked', facts);
  }
}
