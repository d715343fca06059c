import type { Clock } from '@rogatory/kernel';
import { runVerifier } from '@rogatory/verify';

interface ToldClaim {
  readonly claim: string;
  readonly outcome: string;
  readonly code?: string;
  readonly firstBadIndex?: number;
}

/** What `rogatory-verify` says, asked with these words. */
export async function toldBy(clock: Clock, words: readonly string[]) {
  const { exitCode, out } = await runVerifier([...words, '--json'], clock);
  const { claims, next } = JSON.parse(out) as { readonly claims: readonly ToldClaim[]; readonly next?: unknown };
  return { exitCode, claims, next };
}
