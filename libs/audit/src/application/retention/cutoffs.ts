import { keptFromMs, type RetentionSettings } from '@rogatory/protocol';
import type { Cutoffs } from './expiry.store.js';

/** From when on records are kept, by legal basis. */
export function cutoffsOf({ defaultMonths, months }: RetentionSettings, nowMs: number): Cutoffs {
  const byBasis = new Map([...months].map(([basis, count]) => [basis, keptFromMs(nowMs, count)]));
  return { nowMs, defaultMs: keptFromMs(nowMs, defaultMonths), byBasis };
}
