import { type Clock, isRogatoryError, limits, RateWindow, toHex } from '@rogatory/kernel';
import { isSignature } from '@rogatory/crypto/verify';
import { decodeSignedWitnessRead, type SignedWitnessRead, signaturePurposes } from '@rogatory/protocol';
import { keyTypes, parseTilePath, TILE_WIDTH, type VerifierKey } from '@rogatory/tlog';

export interface WitnessRequestsParts {
  /** Origin of the directory log. */
  readonly origin: string;
  /** Keys of the witnesses in the server's policy; none where nobody vouches for the log. */
  readonly witnessKeys: readonly VerifierKey[];
  readonly clock: Clock;
}

/** What a witness asks for: one bundle, with the statement that it signed about it. */
export interface ReplayRequest {
  /** Path of tlog-tiles. */
  readonly path: string;
  /** The signed statement; undefined where none came. */
  readonly statement: Uint8Array | undefined;
}

/** A request that held, to be used up before it is answered. */
export interface WitnessRequest {
  readonly key: VerifierKey;
  readonly nonce: Uint8Array;
  /** From when on its time makes it void by itself. */
  readonly voidMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * Tells the witnesses of the policy from everybody else by what they sign (docs/spec/directory.md 13). A statement that
 * held is used up in this process; what is remembered of it is bounded by the rate that each witness has. `UsedNonces` keeps
 * it used up over restarts and for other servers.
 */
export class WitnessRequests {
  readonly #parts: WitnessRequestsParts;
  readonly #keys: ReadonlyMap<string, VerifierKey>;
  readonly #reads: RateWindow;
  /** Nonces that were used, with the time from which their statement is void. */
  readonly #used = new Map<string, number>();

  constructor(parts: WitnessRequestsParts) {
    this.#parts = parts;
    const able = parts.witnessKeys.filter(({ type }) => type === keyTypes.cosignature);
    this.#keys = new Map(able.map((key) => [toHex(key.publicKey), key]));
    this.#reads = new RateWindow({
      perWindow: limits.witnessReadsPerHour,
      windowMs: HOUR_MS,
      maxKeys: limits.maxPolicyWitnesses,
      letsStrangersPass: false,
    });
  }

  /** The witness that signed this very request, now and for the first time; undefined for everybody else. */
  witnessOf({ path, statement }: ReplayRequest): WitnessRequest | undefined {
    const signed = statement && ifWellFormed(() => decodeSignedWitnessRead(statement));
    const key = signed && this.#keys.get(toHex(signed.read.witnessKey));
    if (signed === undefined || key === undefined || !this.#isDue(signed) || !isAbout(signed, path)) return undefined;
    const { signedBytes: message, signature } = signed;
    const { publicKey } = key;
    if (!isSignature({ purpose: signaturePurposes.witnessRead, publicKey, message, signature })) return undefined;
    const { nonce, timeMs } = signed.read;
    return this.#isFirst(signed, key) ? { key, nonce, voidMs: timeMs + limits.witnessReadWindowMs } : undefined;
  }

  /** SPEC: directory 13 — for this log, and at most 5 minutes from the time of the server */
  #isDue({ read }: SignedWitnessRead): boolean {
    const awayMs = Math.abs(this.#parts.clock.nowMs() - read.timeMs);
    return read.origin === this.#parts.origin && awayMs <= limits.witnessReadWindowMs;
  }

  #isFirst({ read }: SignedWitnessRead, key: VerifierKey): boolean {
    const nowMs = this.#parts.clock.nowMs();
    for (const [nonce, voidMs] of this.#used) if (voidMs < nowMs) this.#used.delete(nonce);
    const nonce = `${key.keyId} ${toHex(read.nonce)}`;
    if (this.#used.has(nonce) || !this.#reads.take(toHex(key.publicKey), nowMs)) return false;
    this.#used.set(nonce, read.timeMs + limits.witnessReadWindowMs);
    return true;
  }
}

/** SPEC: directory 13 — the path MUST be that of the bundle with exactly these entries */
function isAbout({ read }: SignedWitnessRead, path: string): boolean {
  const tile = ifWellFormed(() => parseTilePath(path));
  if (tile?.kind !== 'entries') return false;
  const from = tile.index * TILE_WIDTH;
  return read.from === from && read.end === from + tile.width;
}

function ifWellFormed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isRogatoryError(error) && error.family === 'codec') return undefined;
    throw error;
  }
}
