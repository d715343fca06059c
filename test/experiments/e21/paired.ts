/** What two arms of a measurement, taken in pairs, say of each other. */
export interface PairedResult {
  readonly pairs: number;
  /** Median of the first arm, in the unit of the samples. */
  readonly median: number;
  /** Median of the differences (second less first), as a part of that median. */
  readonly effect: number;
  /** Two-sided, by Wilcoxon's signed ranks with the normal approximation: how likely such ranks are where nothing differs. */
  readonly chance: number;
}

/**
 * Compares two arms pair by pair: what changed between pairs, such as the load of the machine, cancels out, and no single
 * slow answer decides anything. @throws RangeError for fewer than 20 pairs, for which the approximation is not made.
 */
export function comparePaired(first: readonly number[], second: readonly number[]): PairedResult {
  if (first.length !== second.length || first.length < 20) throw new RangeError('too few pairs');
  const differences = second.map((value, at) => value - (first[at] as number));
  const median = medianOf(first);
  return { pairs: first.length, median, effect: medianOf(differences) / median, chance: chanceOf(differences) };
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Equal differences share the mean of their ranks; differences of nothing are left out. */
function chanceOf(differences: readonly number[]): number {
  const ordered = differences.filter((value) => value !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = ordered.length;
  if (count === 0) return 1;
  let positive = 0;
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && Math.abs(ordered[to] as number) === Math.abs(ordered[from] as number)) to++;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if ((ordered[at] as number) > 0) positive += rank;
    from = to;
  }
  const mean = (count * (count + 1)) / 4;
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24);
  return 2 * upperTail(Math.abs(positive - mean) / deviation);
}

/** Area of the normal distribution beyond z; Abramowitz and Stegun 26.2.17, wrong by less than 10⁻⁷. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = terms.reduceRight((total, term) => (total + term) * t, 0);
  return (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
