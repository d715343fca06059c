import type { Sha256, Sha256Stream } from './sha256.js';

/*
 * FIPS 180-4 in plain TypeScript, because a browser offers SHA-256 only asynchronously and libsodium-wrappers not at
 * all (docs/crypto-guide.md). No table is indexed by data, so timing depends on lengths alone.
 */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** First 32 bits of the fraction of the n-th root of an integer, by integer search. SPEC: FIPS 180-4 4.2.2, 5.3.3 */
function rootFraction(value: number, degree: 2 | 3): number {
  const scaled = BigInt(value) << BigInt(32 * degree);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= scaled) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

const PRIMES = firstPrimes(64);
// Signed words, because V8 keeps them in registers; sums wrap the same way.
const ROUND = Int32Array.from(PRIMES, (prime) => rootFraction(prime, 3) | 0);
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => rootFraction(prime, 2) | 0);

class PortableSha256 implements Sha256Stream {
  readonly #state = Int32Array.from(INITIAL);
  readonly #schedule = new Int32Array(64);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled > 0) at = this.#fill(bytes, 0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; this.#filled === 0 && at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) this.#compress(view, at);
    if (at < bytes.length) this.#fill(bytes, at);
    return this;
  }

  /** Moves bytes into the block, compresses it when full, and answers where it stopped reading. */
  #fill(bytes: Uint8Array, from: number): number {
    const take = Math.min(BLOCK_BYTES - this.#filled, bytes.length - from);
    this.#block.set(bytes.subarray(from, from + take), this.#filled);
    this.#filled += take;
    if (this.#filled === BLOCK_BYTES) {
      this.#compress(this.#view, 0);
      this.#filled = 0;
    }
    return from + take;
  }

  digest(): Uint8Array {
    const bits = this.#length * 8;
    this.#block.fill(0, this.#filled);
    this.#block[this.#filled] = 0x80;
    if (this.#filled >= BLOCK_BYTES - 8) {
      this.#compress(this.#view, 0);
      this.#block.fill(0);
    }
    this.#view.setUint32(BLOCK_BYTES - 8, Math.floor(bits / 2 ** 32));
    this.#view.setUint32(BLOCK_BYTES - 4, bits % 2 ** 32);
    this.#compress(this.#view, 0);
    const out = new Uint8Array(DIGEST_BYTES);
    const view = new DataView(out.buffer);
    this.#state.forEach((word, i) => view.setInt32(4 * i, word));
    return out;
  }

  /** SPEC: FIPS 180-4 6.2.2 */
  #compress(block: DataView, at: number): void {
    const w = this.#schedule;
    for (let t = 0; t < 16; t++) w[t] = block.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const w2 = w[t - 2] as number;
      const w15 = w[t - 15] as number;
      const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
      const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
      w[t] = (s1 + (w[t - 7] as number) + s0 + (w[t - 16] as number)) | 0;
    }
    mix(this.#state, w);
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function mix(state: Int32Array, w: Int32Array): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[t] as number) + (w[t] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const mixed = [a, b, c, d, e, f, g, h] as const;
  for (let i = 0; i < 8; i++) state[i] = ((state[i] as number) + (mixed[i] as number)) | 0;
}

function digest(parts: readonly Uint8Array[]): Uint8Array {
  const running = new PortableSha256();
  for (const part of parts) running.update(part);
  return running.digest();
}

/** SPEC: RFC 2104 section 2 */
function hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const inner = new Uint8Array(BLOCK_BYTES);
  inner.set(key.length > BLOCK_BYTES ? digest([key]) : key);
  const outer = inner.map((byte) => byte ^ 0x5c);
  const tag = digest([outer, digest([inner.map((byte) => byte ^ 0x36), ...parts])]);
  inner.fill(0);
  outer.fill(0);
  return tag;
}

/** SHA-256 for every runtime without a synchronous one of its own. */
export const sha256Runtime: Sha256 = { digest, stream: () => new PortableSha256(), hmac };
