import { isRogatoryError } from '@rogatory/kernel';
import type { Seeded } from '../seeded.js';

/** One bit of something that is stored. */
export interface Flip {
  readonly place: string;
  readonly offset: number;
  readonly bit: number;
}

/** What a flip led to when the thing was read. */
export type Found =
  | { readonly kind: 'detected'; readonly code: string }
  /** Shown as it was: the flip did not reach what was read. */
  | { readonly kind: 'unchanged' }
  /** Something else was shown, or an error of no type was thrown. */
  | { readonly kind: 'wrong'; readonly what: string };

export interface Flipped {
  readonly flip: Flip;
  readonly found: Found;
}

export function flipped(bytes: Uint8Array, { offset, bit }: Flip): Uint8Array {
  const other = new Uint8Array(bytes);
  other[offset] = (other[offset] as number) ^ (1 << bit);
  return other;
}

/** Different bits all over, the first and last bytes of each place among them. */
export function drawFlips(places: ReadonlyMap<string, number>, count: number, draw: Seeded): Flip[] {
  const flips = new Map<string, Flip>();
  const add = (place: string, offset: number): void => {
    const flip = { place, offset, bit: draw.below(8) };
    flips.set(`${place} ${offset} ${flip.bit}`, flip);
  };
  const named = [...places].filter(([, length]) => length > 0);
  const room = named.reduce((sum, [, length]) => sum + 8 * length, 0);
  for (const [place, length] of named) for (const offset of [0, length - 1]) if (flips.size < count) add(place, offset);
  while (flips.size < Math.min(count, room)) {
    const [place, length] = draw.pick(named);
    add(place, draw.below(length));
  }
  return [...flips.values()];
}

/** Reads something that has a bit wrong. @param honest what it shows when nothing is wrong */
export async function found(honest: string, read: () => Promise<string>): Promise<Found> {
  try {
    const shown = await read();
    return shown === honest ? { kind: 'unchanged' } : { kind: 'wrong', what: 'something else was shown' };
  } catch (error) {
    if (isRogatoryError(error)) return { kind: 'detected', code: error.code };
    return { kind: 'wrong', what: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** Lines for a report, and the flips that count against the claim. */
export function summaryOf(all: readonly Flipped[]): {
  readonly detected: number;
  readonly unchanged: readonly Flip[];
  readonly wrong: readonly string[];
  readonly codes: string;
} {
  const detected = all.flatMap(({ found: { kind, ...more } }) =>
    kind === 'detected' && 'code' in more ? [more.code] : [],
  );
  const wrong = all.flatMap(({ flip, found: outcome }) =>
    outcome.kind === 'wrong' ? [`${flip.place} ${flip.offset}.${flip.bit}: ${outcome.what}`] : [],
  );
  const unchanged = all.filter(({ found: { kind } }) => kind === 'unchanged').map(({ flip }) => flip);
  return { detected: detected.length, unchanged, wrong, codes: [...new Set(detected)].sort().join(', ') };
}
