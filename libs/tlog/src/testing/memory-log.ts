import { Secret, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { openCheckpoint, signCheckpoint, type SignedCheckpoint } from '../checkpoint.js';
import { emptyRoot, leafHash, nodeHash } from '../hashing.js';
import type { NoteSigner } from '../note.js';
import type { HashReader } from '../proof-building.js';
import type { TileReader } from '../stored-tiles.js';
import { TreeTail } from '../tree-tail.js';
import { splitPoint } from '../tree-size.js';
import { verifierKey, type KeyType } from '../verifier-key.js';

/** A signer whose key depends on its name alone. */
export function testingSigner(name: string, type: KeyType, seed = 1): NoteSigner {
  const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(seed)));
  return { key: verifierKey({ name, type, publicKey: key.publicKey }), sign: (message) => key.signRaw(message) };
}

/** Definition of RFC 6962 section 2.1, word for word. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return emptyRoot();
  if (leaves.length === 1) return first;
  const split = splitPoint(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

/** Hashes straight from the leaves, without tiles. */
export function naiveReader(leaves: readonly Uint8Array[]): HashReader {
  return {
    readHashes: (nodes) =>
      Promise.resolve(
        nodes.map(({ level, index }) => naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
      ),
  };
}

export function numberedEntries(count: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => utf8(`entry ${from + i}`));
}

export function numberedLeaves(count: number): Uint8Array[] {
  return numberedEntries(count).map(leafHash);
}

/** A whole log in memory; `files` may be tampered with. */
export class MemoryLog implements TileReader {
  readonly files = new Map<string, Uint8Array>();
  readonly signer: NoteSigner;
  tail = TreeTail.empty;

  constructor(signer: NoteSigner) {
    this.signer = signer;
  }

  append(entries: readonly Uint8Array[]): void {
    const { tail, files } = this.tail.extend(entries);
    for (const { path, bytes } of files) this.files.set(path, bytes);
    this.tail = tail;
  }

  readTile(path: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(path));
  }

  checkpoint(): Promise<Uint8Array> {
    const { name: origin } = this.signer.key;
    return signCheckpoint({ origin, size: this.tail.size, root: this.tail.root() }, [this.signer]);
  }

  readonly open = (bytes: Uint8Array): SignedCheckpoint =>
    openCheckpoint(bytes, { origin: this.signer.key.name, logKeys: [this.signer.key] });
}

/** A copy with one bit turned. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  const at = Math.floor(bit / 8);
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8));
  return copy;
}
