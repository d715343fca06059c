import { appendFileSync } from 'node:fs';

/** Whether the long mode was asked for. */
export const isLong = process.env['ROGATORY_LONG'] === '1';

/** Adds figures to the report that `npm run experiment` prints; without one under way it only forgets them. */
export function report(title: string, figures: Readonly<Record<string, string | number>>): void {
  const file = process.env['ROGATORY_EXPERIMENT_REPORT'];
  if (file === undefined || file === '') return;
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  const lines = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  appendFileSync(file, `${[title, ...lines].join('\n')}\n`);
}
