const asked = process.env['ROGATORY_LONG'] ?? '';
const LONG_RUNS = 10_000;

/** Number of runs of a property: `quick` by default, 10,000 with ROGATORY_LONG=1, n with ROGATORY_LONG=n. */
export function runs(quick: number): number {
  if (asked === '') return quick;
  return asked === '1' ? LONG_RUNS : Number.parseInt(asked, 10);
}

/** Time limit of a property test in milliseconds: two minutes, or three hours in the long mode. */
export const propertyTimeoutMs = asked === '' ? 120_000 : 180 * 60_000;
