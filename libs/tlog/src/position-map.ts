import { concatBytes, equalBytes, limits, VerificationError } from '@rogatory/kernel';
import { leafHash, nodeHash, requireHash } from './hashing.js';

/**
 * A map from 32-byte positions to 32-byte commitments, as a binary tree in which the bits of a position, first bit first,
 * lead from the root to its end: left for 0, right for 1. A root and a position lead to one end only, so nobody can be
 * shown two values of one position. Ends that nobody uses hold random bytes and look like all others: a path tells
 * nothing about other positions (docs/spec/review.md 2).
 */
export interface MapEnd {
  readonly position: Uint8Array;
  readonly commitment: Uint8Array;
}

/** What shows the commitment at a position: the hashes beside its path, from the end up to the root. */
export interface MapProof {
  readonly commitment: Uint8Array;
  readonly siblings: readonly Uint8Array[];
}

export interface MapOptions {
  /** 32 random-looking bytes for the branch at this depth that nothing is in; `path` leads there, zeros behind. */
  readonly fill: (depth: number, path: Uint8Array) => Uint8Array;
  /** Lets others run between two slices of the work. */
  readonly pause: () => Promise<void>;
}

/** The top of the tree is kept; what is below is computed when it is asked for. */
const TOP_DEPTH = 8;
/** Ends lie this many levels deeper than a tree of their number needs, so that a depth tells little about neighbours. */
const SPARE_DEPTH = 4;

/** @throws VerificationError `tlog/position` unless the proof shows that the map has this commitment at the position. */
export function verifyPosition(root: Uint8Array, position: Uint8Array, { commitment, siblings }: MapProof): void {
  const isShaped = [root, position, commitment, ...siblings].every((hash) => hash.length === 32);
  if (!isShaped || siblings.length > limits.maxPositionDepth) throw notShown();
  let hash = leafHash(commitment);
  for (const [step, sibling] of siblings.entries()) {
    const isRight = bitAt(position, siblings.length - 1 - step) === 1;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  if (!equalBytes(hash, root)) throw notShown();
}

/** Builds the map and shows its positions. The same ends and fills give the same root. */
export class PositionMap {
  readonly #ends: readonly MapEnd[];
  readonly #depth: number;
  readonly #fill: MapOptions['fill'];
  /** Hashes at `TOP_DEPTH`, then those of each level above, the root last. */
  readonly #top: readonly (readonly Uint8Array[])[];

  private constructor(ends: readonly MapEnd[], fill: MapOptions['fill'], top: readonly (readonly Uint8Array[])[]) {
    this.#ends = ends;
    this.#depth = Math.max(TOP_DEPTH, Math.ceil(Math.log2(ends.length + 1)) + SPARE_DEPTH);
    this.#fill = fill;
    this.#top = top;
  }

  /** @throws UsageError `tlog/hash-length`; VerificationError `tlog/position` for a position given twice. */
  static async build(ends: readonly MapEnd[], { fill, pause }: MapOptions): Promise<PositionMap> {
    for (const { position, commitment } of ends) [position, commitment].forEach(requireHash);
    const sorted = [...ends].sort((a, b) => compare(a.position, b.position));
    sorted.forEach(({ position }, place) => {
      if (place > 0 && equalBytes(position, sorted[place - 1]?.position ?? position)) throw notShown();
    });
    const map = new PositionMap(sorted, fill, []);
    const slices: Uint8Array[] = [];
    for (let slice = 0; slice < 2 ** TOP_DEPTH; slice++) {
      slices.push(map.#branch(map.#slice(slice), TOP_DEPTH, Uint8Array.of(slice, ...new Uint8Array(31))));
      await pause();
    }
    return new PositionMap(sorted, fill, levelsOver(slices));
  }

  get root(): Uint8Array {
    return (this.#top.at(-1)?.[0] ?? new Uint8Array(32)).slice();
  }

  /** The proof of a position in the map; undefined for any other. */
  prove(position: Uint8Array): MapProof | undefined {
    const end = this.#slice(position[0] ?? 0).find((one) => equalBytes(one.position, position));
    if (end === undefined) return undefined;
    const siblings: Uint8Array[] = [];
    let ends = this.#slice(position[0] ?? 0);
    for (let depth = TOP_DEPTH; !this.#isEnd(ends, depth); depth++) {
      const isRight = bitAt(position, depth) === 1;
      const own = ends.filter((one) => (bitAt(one.position, depth) === 1) === isRight);
      const others = ends.filter((one) => (bitAt(one.position, depth) === 1) !== isRight);
      siblings.unshift(this.#branch(others, depth + 1, flipped(position, depth)));
      ends = own;
    }
    const top = this.#top.slice(0, -1).map((level, climbed) => {
      const sibling = level[((position[0] ?? 0) >> climbed) ^ 1];
      return sibling ?? new Uint8Array(32);
    });
    return { commitment: end.commitment, siblings: [...siblings, ...top] };
  }

  /** Ends are sorted: those with one first byte stand together. */
  #slice(first: number): readonly MapEnd[] {
    return this.#ends.slice(this.#begin(first), this.#begin(first + 1));
  }

  /** Place of the first end whose first byte is not below this. */
  #begin(first: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle]?.position[0] ?? 0) < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isEnd(ends: readonly MapEnd[], depth: number): boolean {
    return ends.length === 1 && depth >= this.#depth;
  }

  /** Hash of the branch at a depth with these ends. */
  #branch(ends: readonly MapEnd[], depth: number, path: Uint8Array): Uint8Array {
    const [only] = ends;
    if (only === undefined) return leafHash(this.#fill(depth, firstBits(path, depth)));
    if (this.#isEnd(ends, depth)) return leafHash(only.commitment);
    const side = (bit: 0 | 1) => {
      const below = withBit(path, depth, bit);
      return this.#branch(
        ends.filter(({ position }) => bitAt(position, depth) === bit),
        depth + 1,
        below,
      );
    };
    return nodeHash(side(0), side(1));
  }
}

function levelsOver(slices: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const levels: (readonly Uint8Array[])[] = [slices];
  for (let below = slices; below.length > 1; ) {
    const above: Uint8Array[] = [];
    for (let place = 0; place < below.length; place += 2) {
      above.push(nodeHash(below[place] ?? new Uint8Array(0), below[place + 1] ?? new Uint8Array(0)));
    }
    levels.push(above);
    below = above;
  }
  return levels;
}

function bitAt(position: Uint8Array, depth: number): 0 | 1 {
  return (((position[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) as 0 | 1;
}

function withBit(path: Uint8Array, depth: number, bit: 0 | 1): Uint8Array {
  return bitAt(path, depth) === bit ? path : flipped(path, depth);
}

/** The path that leaves this one at a depth; what follows is as it was. */
function flipped(path: Uint8Array, depth: number): Uint8Array {
  const out = concatBytes(path);
  out[depth >> 3] = (out[depth >> 3] ?? 0) ^ (0x80 >> (depth & 7));
  return out;
}

function firstBits(path: Uint8Array, depth: number): Uint8Array {
  return path.map((byte, place) => {
    const bits = Math.min(8, Math.max(0, depth - 8 * place));
    return byte & (0xff00 >> bits);
  });
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, place) => byte !== b[place]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function notShown(): VerificationError<'tlog/position'> {
  return new VerificationError('tlog/position', 'the commitment is not shown to be in the map at this position');
}
