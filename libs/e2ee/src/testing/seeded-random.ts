import type { RandomBytes } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';

/** Reproducible bytes for tests: SHA-256 of seed and counter. Never for keys that matter. */
export function testingRandom(seed: number): RandomBytes {
  const block = new Uint8Array(12);
  const view = new DataView(block.buffer);
  view.setUint32(0, seed);
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      view.setUint32(4, Math.floor(counter / 2 ** 32));
      view.setUint32(8, counter >>> 0);
      counter++;
      out.set(sha256(block).subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  };
}

/** Number of runs of a property: `quick` by default, 10,000 with ROGATORY_LONG=1. */
export function runs(quick: number): number {
  return process.env['ROGATORY_LONG'] === '1' ? 10_000 : quick;
}
