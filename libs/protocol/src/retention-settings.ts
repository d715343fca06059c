import { limits, UsageError } from '@rogatory/kernel';
import { type LegalBasis, type LegalBasisName, legalBases } from './why.js';

/** For how many calendar months openings are kept. SPEC: retention 5 */
export interface RetentionSettings {
  readonly defaultMonths: number;
  readonly months: ReadonlyMap<LegalBasis, number>;
}

export const defaultRetention: RetentionSettings = { defaultMonths: limits.defaultRetentionMonths, months: new Map() };

/**
 * The settings of a file. @param text undefined where no file is configured.
 * @throws UsageError `retention/settings` for anything but `{"defaultMonths": n, "months": {"<legal basis>": n}}` within the
 * floor and the ceiling.
 */
export function parseRetentionSettings(text: string | undefined): RetentionSettings {
  if (text === undefined) return defaultRetention;
  const { defaultMonths = limits.defaultRetentionMonths, months = {}, ...rest } = objectOf(parsed(text));
  if (Object.keys(rest).length > 0) throw wrongSettings();
  const byBasis = Object.entries(objectOf(months)).map(([name, value]) => [basisOf(name), monthsOf(value)] as const);
  return { defaultMonths: monthsOf(defaultMonths), months: new Map(byBasis) };
}

/** Start of the time whose records are still kept, for a number of calendar months. */
export function keptFromMs(nowMs: number, months: number): number {
  const now = new Date(nowMs);
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
  const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months + 1, 0)).getUTCDate();
  const day = Math.min(now.getUTCDate(), days);
  return first + (day - 1) * DAY_MS + (nowMs % DAY_MS);
}

/** The shortest time that anything is kept for. */
export function shortestMonths({ defaultMonths, months }: RetentionSettings): number {
  return Math.min(defaultMonths, ...months.values());
}

const DAY_MS = 24 * 3_600_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrongSettings(cause);
  }
}

function objectOf(value: unknown): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongSettings();
  return { ...value };
}

function monthsOf(value: unknown): number {
  const isWithin =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= limits.minRetentionMonths &&
    value <= limits.maxRetentionMonths;
  if (!isWithin) throw wrongSettings();
  return value;
}

function basisOf(name: string): LegalBasis {
  if (!Object.hasOwn(legalBases, name)) throw wrongSettings();
  return legalBases[name as LegalBasisName];
}

function wrongSettings(cause?: unknown): UsageError<'retention/settings'> {
  return new UsageError('retention/settings', 'not settings of retention, or not within floor and ceiling', { cause });
}
