import { SigningKey } from '@rogatory/crypto/sign';
import type { RandomBytes } from '@rogatory/kernel';
import {
  addCosignatures,
  type Checkpoint,
  cosignCheckpoint,
  encodeVerifierKey,
  type KeyType,
  keyTypes,
  type NoteSigner,
  openCheckpoint,
  signCheckpoint,
  TreeTail,
  verifierKey,
} from '@rogatory/tlog';

/** The time at which every verifier is told to judge, POSIX seconds. */
export const JUDGED_AT_SECONDS = 1_795_600_000;
const COSIGNED_AT_SECONDS = 1_795_424_400;

/** Draws a whole number below a bound; the same ones for the same seed. */
export type Draw = (below: number) => number;

export function drawing(random: RandomBytes): Draw {
  return (below) => {
    const { buffer, byteOffset } = random(4);
    return new DataView(buffer, byteOffset, 4).getUint32(0) % below;
  };
}

export function oneOf<Value>(draw: Draw, values: readonly Value[]): Value {
  const value = values[draw(values.length)];
  if (value === undefined) throw new RangeError('nothing to choose from');
  return value;
}

/** Everything that a verifier is given about one log. A checkpoint that is missing is no file. */
export interface Evidence {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly checkpoint: Uint8Array | undefined;
  readonly earlier: readonly Uint8Array[];
  readonly policy: string;
}

export interface CosigningOptions {
  /** Which witnesses cosign; all where left out. */
  readonly witnesses?: readonly number[];
  readonly atSeconds?: number;
}

function signerOf(random: RandomBytes, name: string, type: KeyType): NoteSigner {
  const key = SigningKey.generate(random);
  return { key: verifierKey({ name, type, publicKey: key.publicKey }), sign: (message) => key.signRaw(message) };
}

/** Whoever signs a log's heads: the log and its witnesses, with fresh keys. */
export class Signers {
  readonly origin: string;
  readonly log: NoteSigner;
  readonly witnesses: readonly NoteSigner[];

  constructor(random: RandomBytes, origin: string, witnesses: number) {
    this.origin = origin;
    this.log = signerOf(random, origin, keyTypes.log);
    this.witnesses = Array.from({ length: witnesses }, (_, i) =>
      signerOf(random, `witness.test/${i}`, keyTypes.cosignature),
    );
  }

  async head(checkpoint: Omit<Checkpoint, 'origin'>, options: CosigningOptions = {}): Promise<Uint8Array> {
    const note = await signCheckpoint({ origin: this.origin, ...checkpoint }, [this.log]);
    return this.cosigned(note, options);
  }

  async cosigned(note: Uint8Array, { witnesses, atSeconds = COSIGNED_AT_SECONDS }: CosigningOptions = {}) {
    const chosen = this.witnesses.filter((_, i) => witnesses?.includes(i) ?? true);
    const head = openCheckpoint(note, { origin: this.origin, logKeys: [this.log.key] });
    const lines = await Promise.all(chosen.map((witness) => cosignCheckpoint(head, witness, atSeconds)));
    const keys = chosen.map(({ key }) => key);
    return lines.length === 0 ? note : addCosignatures(head, lines, keys);
  }

  /** A policy of one of the shapes that the format knows; `demanded` cosignatures are needed where it counts them. */
  policy(draw: Draw): string {
    const names = this.witnesses.map((_, i) => `w${i}`);
    const lines = [`# ${this.origin}`, `log ${encodeVerifierKey(this.log.key)}`];
    lines.push(...this.witnesses.map(({ key }, i) => `witness w${i} ${encodeVerifierKey(key)}`));
    const [first = 'w0', ...rest] = names;
    const shapes = [
      ['quorum none'],
      [`quorum ${first}`],
      [`group most ${Math.ceil((2 * names.length) / 3)} ${names.join(' ')}`, 'quorum most'],
      [`group every all ${names.join(' ')}`, 'quorum every'],
      [`group some any ${rest.join(' ')}`, `group both all ${first} some`, 'quorum both'],
    ];
    const common = shapes[2] ?? [];
    return [...lines, ...(draw(2) === 0 ? common : oneOf(draw, shapes)), ''].join('\n');
  }
}

/** Sizes at which tiles become full, and their neighbours. */
const edges = [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 769];

export interface LogParts {
  readonly random: RandomBytes;
  /** Entries to take from, again and again. */
  readonly leaves: readonly Uint8Array[];
  readonly size?: number;
}

/** An honest log of a random size with heads of several sizes, and whoever may sign more of it. */
export class RandomLog {
  readonly draw: Draw;
  readonly signers: Signers;
  readonly entries: readonly Uint8Array[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly tail: TreeTail;
  readonly policy: string;
  /** Signed heads of growing size; the last one is the log's own. */
  readonly heads: readonly Uint8Array[];
  readonly #parts: LogParts;

  private constructor(parts: LogParts, made: Pick<RandomLog, 'draw' | 'signers' | 'entries'> & Grown) {
    this.#parts = parts;
    ({ draw: this.draw, signers: this.signers, entries: this.entries } = made);
    ({ tail: this.tail, files: this.files, heads: this.heads } = made);
    this.policy = made.signers.policy(made.draw);
  }

  static async make(parts: LogParts): Promise<RandomLog> {
    const draw = drawing(parts.random);
    const size = parts.size ?? (draw(2) === 0 ? oneOf(draw, edges) : draw(300));
    const from = draw(parts.leaves.length);
    const entries = Array.from({ length: size }, (_, i) => entryOf(parts.leaves, from + i));
    const signers = new Signers(parts.random, `log.test/${draw(1_000_000)}`, 3 + draw(3));
    const older = Array.from({ length: draw(3) }, () => draw(size + 1));
    const grown = await grow(entries, signers, [...new Set([...older, size])].toSorted(ascending));
    return new RandomLog(parts, { draw, signers, entries, ...grown });
  }

  get size(): number {
    return this.entries.length;
  }

  get evidence(): Evidence {
    const { files, policy, heads } = this;
    return { files, policy, checkpoint: heads.at(-1), earlier: heads.slice(0, -1) };
  }

  /** The log as it would be with other entries, under the same keys. */
  rewritten(entries: readonly Uint8Array[]): Promise<Grown> {
    return grow(entries, this.signers, [entries.length]);
  }

  /** An entry of the right form that stands somewhere else, or nowhere. */
  otherEntry(index: number): Uint8Array {
    const { leaves } = this.#parts;
    const now = this.entries[index];
    return leaves.find((leaf) => leaf !== now) ?? entryOf(leaves, 0);
  }

  stranger(): Signers {
    return new Signers(this.#parts.random, this.signers.origin, this.signers.witnesses.length);
  }
}

interface Grown {
  readonly tail: TreeTail;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly heads: readonly Uint8Array[];
}

async function grow(entries: readonly Uint8Array[], signers: Signers, sizes: readonly number[]): Promise<Grown> {
  const files = new Map<string, Uint8Array>();
  const heads: Uint8Array[] = [];
  let tail = TreeTail.empty;
  for (const size of sizes) {
    const extension = tail.extend(entries.slice(tail.size, size));
    for (const { path, bytes } of extension.files) files.set(path, bytes);
    tail = extension.tail;
    heads.push(await signers.head({ size, root: tail.root() }));
  }
  return { tail, files, heads };
}

function entryOf(leaves: readonly Uint8Array[], index: number): Uint8Array {
  const leaf = leaves[index % leaves.length];
  if (leaf === undefined) throw new RangeError('no entries to take from');
  return leaf;
}

function ascending(a: number, b: number): number {
  return a - b;
}
