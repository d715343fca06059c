/** Number of runs of a property: `quick` by default, 10,000 with ROGATORY_LONG=1. */
export function runs(quick: number): number {
  return process.env['ROGATORY_LONG'] === '1' ? 10_000 : quick;
}

/** Time limit of a property test in milliseconds: an hour and a half in the long mode. */
export const propertyTimeoutMs = process.env['ROGATORY_LONG'] === '1' ? 90 * 60_000 : 120_000;
