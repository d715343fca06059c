import { momentText } from '@rogatory/kernel';

/** What `--json` prints: plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** 0: done. 1: refused, failed or not verified. 2: called wrongly. 130: stopped by the user. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a command has to say: one document for programs, lines for people. Lines MUST be harmless already. */
export interface Outcome {
  readonly json: Json;
  readonly lines: readonly string[];
  readonly exitCode?: ExitCode;
  /** Everything was printed while it happened. */
  readonly isTold?: true;
}

/** Rows under a heading with columns as wide as their widest cell; cells MUST be harmless already. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heading), ...rows.map(line)];
}

/** Times of the product are UTC; people read them in ISO form. Others wrote them: any number may stand there. */
export function isoTime(ms: number): string {
  return momentText(ms);
}

/** "1 member", "2 members": a count with its thing. */
export function counted(count: number, thing: string, several = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : several}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power]}`;
}
