/** Half-open range of a stored file. */
export interface WantedRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE = /^bytes=(\d{1,15})-(\d{1,15})?$/;

/**
 * The range of an RFC 9110 `Range` header; the whole file without one.
 * @returns undefined for several ranges, suffixes and ranges outside the file: the caller answers 416.
 */
export function parseRange(header: string | undefined, size: number): WantedRange | undefined {
  if (header === undefined) return { start: 0, end: size };
  const match = SINGLE.exec(header);
  if (!match) return undefined;
  const start = Number(match[1]);
  const end = match[2] === undefined ? size : Math.min(Number(match[2]) + 1, size);
  return start < end ? { start, end } : undefined;
}
