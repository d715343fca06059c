/** @typedef {{ readonly [name: string]: () => number | Promise<number> }} Variants */

/** @param {readonly number[]} values @returns {number} NaN for none */
export function median(values) {
  return percentile(values, 50);
}

/** Nearest rank. @param {readonly number[]} values @param {number} percent @returns {number} NaN for none */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Measures several ways of one work in alternating rounds, the order turned each round, so that a change of the machine's
 * load meets all of them. Nothing is left out but `warmUps`.
 * @template {Variants} V
 * @param {V} variants each gives one number per round
 * @param {{ rounds: number, warmUps?: number }} options
 * @returns {Promise<{ [K in keyof V]: number[] }>}
 */
export async function alternate(variants, { rounds, warmUps = 1 }) {
  const names = Object.keys(variants);
  /** @type {Record<string, number[]>} */
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    const order = (round + warmUps) % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const value = await variants[name]?.();
      if (value === undefined || !Number.isFinite(value)) throw new Error(`${name} gave no figure`);
      if (round >= 0) taken[name]?.push(value);
    }
  }
  return /** @type {{ [K in keyof V]: number[] }} */ (taken);
}

/**
 * Median of the quotients of each round: both halves met the same load.
 * @param {readonly number[]} ours @param {readonly number[]} base
 */
export function medianRatio(ours, base) {
  return median(ours.map((value, round) => value / (base[round] ?? Number.NaN)));
}

/** Times per second that `work` ends within about `windowMs`. @param {() => unknown} work @param {number} windowMs */
export function perSecond(work, windowMs) {
  const start = performance.now();
  const end = start + windowMs;
  let count = 0;
  let now = start;
  while (now < end) {
    work();
    count++;
    now = performance.now();
  }
  return (count * 1000) / (now - start);
}

/** Milliseconds of one run. @param {() => unknown} work */
export async function milliseconds(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Milliseconds of one run on the clock, and on the processor: what it would take with a core to itself. Threads of the
 * runtime are counted too.
 * @param {() => unknown} work @returns {Promise<{ clockMs: number, processorMs: number }>}
 */
export async function bothMilliseconds(work) {
  const cpu = process.cpuUsage();
  const clockMs = await milliseconds(work);
  const { user, system } = process.cpuUsage(cpu);
  return { clockMs, processorMs: (user + system) / 1000 };
}
