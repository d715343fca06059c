import type { Deadline } from './deadline.js';

/** Who is told, and from which part of the period on. The last is told besides the ones before. */
export const warningLevels = [
  { level: 'holder', elapsedPercent: 50 },
  { level: 'deputy', elapsedPercent: 75 },
  { level: 'lead', elapsedPercent: 90 },
] as const;
export type WarningLevel = (typeof warningLevels)[number]['level'];

export interface Warning {
  readonly level: WarningLevel;
  readonly atMs: number;
}

/** When whom to warn, ascending; none while the clock stands still. They count to the cautious end. */
export function warningsOf({ startMs, cautiousMs }: Deadline): readonly Warning[] {
  if (cautiousMs === undefined) return [];
  const lengthMs = cautiousMs - startMs;
  return warningLevels.map(({ level, elapsedPercent }) => ({
    level,
    atMs: startMs + Math.floor((lengthMs * elapsedPercent) / 100),
  }));
}

export type Standing = 'running' | 'paused' | 'overdue' | 'met' | 'met-late';

/** How a clock stands at a moment; `doneMs` where the duty was done. */
export function standingAt({ endMs }: Deadline, nowMs: number, doneMs?: number): Standing {
  if (doneMs !== undefined && doneMs <= nowMs) return endMs === undefined || doneMs < endMs ? 'met' : 'met-late';
  if (endMs === undefined) return 'paused';
  return nowMs < endMs ? 'running' : 'overdue';
}

/** Who must know at a moment, first the holder; all three once it is overdue. */
export function warnedAt(deadline: Deadline, nowMs: number): readonly WarningLevel[] {
  return warningsOf(deadline)
    .filter(({ atMs }) => atMs <= nowMs)
    .map(({ level }) => level);
}
