import { parseTlogProof, parseVerifierKey } from '@rogatory/tlog';
import { originOf } from '../acts/known-logs.js';
import { followLog, type KnownLog, type ToldSuccession } from '../acts/log-succession.js';
import { refusedError, verificationError } from '../client.errors.js';
import type { PastLog } from '../state/device-memory.js';

/** What a server says of how one log follows another, with the key of the one that ended. */
export interface ToldEnd extends ToldSuccession {
  /** Verifier key of the log that ended, as the server says; bound by the first record of the log that follows. */
  readonly key: string;
}

/** A log whose key this device knows, with its keys in text form. */
export type KnownKeys = Pick<PastLog, 'origin' | 'logKeys'>;

export interface EarlierLogSources {
  readonly known: readonly KnownKeys[];
  /** undefined for a log that did not end, or that there is none of. */
  readonly endOf: (origin: string) => Promise<ToldEnd | undefined>;
  readonly vouch: KnownLog['vouch'];
}

const ROOT_BYTES = 32;
const MAX_STEPS = 64; // logs of 32 years

/**
 * Logs that ended before this device came: the one of this origin and all between it and one that the device knows, oldest
 * first. Nobody told the device their keys, so it believes the log that it knows: its first record commits to the last head of
 * the log before it and to the signature under that, and no second key can be found under which an Ed25519 signature of given
 * bytes verifies strictly (Brendel and others, "The Provable Security of Ed25519", 2021). SPEC: audit 15
 * @throws RefusedError `client/not-found` where the server knows no such log; VerificationError `client/server-changed` where
 * nothing shows that a known log follows it; UnavailableError `client/unwitnessed`.
 */
export async function earlierLogs(origin: string, sources: EarlierLogSources): Promise<readonly PastLog[]> {
  const ends: { readonly origin: string; readonly told: ToldEnd }[] = [];
  let [at, follower] = [origin, knownOf(sources, origin)];
  while (follower === undefined && ends.length < MAX_STEPS) {
    const told = await sources.endOf(at);
    if (told === undefined) throw refusedError('client/not-found');
    ends.push({ origin: at, told });
    at = originOf(parseTlogProof(told.genesis.proof).checkpoint);
    follower = knownOf(sources, at);
  }
  let found: readonly PastLog[] = [];
  for (const end of ends.toReversed()) {
    if (follower === undefined) throw verificationError('client/server-changed');
    const log = endedLog(end, follower, sources.vouch);
    found = [log, ...found];
    follower = log;
  }
  return found;
}

function knownOf({ known }: EarlierLogSources, origin: string): KnownKeys | undefined {
  return known.find((log) => log.origin === origin);
}

/** The log that ended, once the log after it, which is known, says so in its first record. */
function endedLog(
  { origin, told }: { readonly origin: string; readonly told: ToldEnd },
  follower: KnownKeys,
  vouch: KnownLog['vouch'],
): PastLog {
  const key = parseVerifierKey(told.key);
  if (key.name !== origin) throw verificationError('client/server-changed');
  const nothing = { size: 0, root: new Uint8Array(ROOT_BYTES) };
  const followed = followLog(told, { trust: { origin, logKeys: [key] }, head: nothing, vouch });
  const isKnown = followed.origin === follower.origin && follower.logKeys.includes(followed.key);
  if (!isKnown) throw verificationError('client/server-changed');
  const { final, reason, begunMs } = followed;
  return { ...final, origin, logKeys: [told.key], reason, endedMs: begunMs };
}
