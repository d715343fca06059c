import { type AuthorityId, type DeviceId, equalBytes, limits } from '@rogatory/kernel';
import { actHash } from '@rogatory/crypto/verify';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { PassedRange, PassingRecord, RecordCheck, RunFacts } from './record-check.js';

interface Statement {
  readonly counter: number;
  readonly index: number;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
}

interface DeviceChain {
  /** Statements that may still be overtaken by others, ascending by counter. */
  readonly waiting: Statement[];
  last: Pick<Statement, 'counter' | 'hash'> | undefined;
}

/**
 * SPEC: acts 6: among the recorded statements of a device, ordered by counter, each previous hash is the hash of the
 * statement with the counter before it, and a missing counter is a finding. Statements may overtake each other by a few.
 * Only devices of the authorities in scope are followed: of others an export may rightly show some acts and hide others.
 */
export class CounterCheck implements RecordCheck {
  readonly #scope: ReadonlySet<AuthorityId>;
  readonly #isFromStart: boolean;
  readonly #chains = new Map<DeviceId, DeviceChain>();
  #count = 0;
  #gaps = 0;
  #firstGap: number | undefined;
  #bad: Partial<ClaimVerdict> | undefined;

  constructor({ scope, first }: RunFacts) {
    this.#scope = new Set(scope);
    this.#isFromStart = first === 0;
  }

  take({ index, groups: { who, act } }: PassingRecord): void {
    if (act === undefined || who?.authorityId === undefined || !this.#scope.has(who.authorityId)) return;
    this.#count++;
    const { deviceId, counter, previousHash } = act.act;
    const chain = this.#chainOf(deviceId);
    const place = chain.waiting.findLastIndex((other) => other.counter <= counter) + 1;
    chain.waiting.splice(place, 0, { counter, index, previousHash, hash: actHash(act.signedBytes) });
    if (chain.waiting.length > limits.maxUnorderedActs) this.#settleFirst(chain);
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    for (const chain of this.#chains.values()) {
      while (chain.waiting.length > 0) this.#settleFirst(chain);
    }
    const facts = { basis: 'directory' as const, count: this.#count, findings: this.#gaps };
    if (this.#bad !== undefined) return verdictOf('counters', 'fails', { ...facts, ...this.#bad });
    if (this.#count === 0) return notChecked('counters', 'none-open');
    if (this.#firstGap !== undefined) {
      return verdictOf('counters', 'not-checked', { ...facts, firstBadIndex: this.#firstGap, code: 'counter-gap' });
    }
    return verdictOf('counters', isProven ? 'holds' : 'not-checked', facts);
  }

  #chainOf(deviceId: DeviceId): DeviceChain {
    const known = this.#chains.get(deviceId);
    if (known !== undefined) return known;
    // SPEC: acts 2: the counter counts from 1, the first previous hash is zero bytes.
    const last = this.#isFromStart ? { counter: 0, hash: new Uint8Array(32) } : undefined;
    const fresh: DeviceChain = { waiting: [], last };
    this.#chains.set(deviceId, fresh);
    return fresh;
  }

  #settleFirst(chain: DeviceChain): void {
    const next = chain.waiting.shift();
    if (next === undefined) return;
    const { last } = chain;
    chain.last = next;
    if (last === undefined) return;
    if (next.counter <= last.counter) {
      this.#bad ??= { firstBadIndex: next.index, code: 'counter-reused' };
    } else if (next.counter > last.counter + 1) {
      this.#gaps += next.counter - last.counter - 1;
      this.#firstGap = Math.min(this.#firstGap ?? next.index, next.index);
    } else if (!equalBytes(next.previousHash, last.hash)) {
      this.#bad ??= { firstBadIndex: next.index, code: 'counter-chain' };
    }
  }
}
