import { Secret, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  consistencyProof,
  encodeAddCheckpoint,
  keyTypes,
  type NoteSigner,
  signCheckpoint,
  TileHashReader,
  TreeTail,
  verifierKey,
} from '@rogatory/tlog';

/** A log that a test grows, and that keeps every head it ever had. */
export class GrowingLog {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly #files = new Map<string, Uint8Array>();
  #tail = TreeTail.empty;
  readonly #heads = new Map<number, Uint8Array>();

  constructor(origin: string, seed = 1) {
    const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(seed)));
    this.origin = origin;
    this.signer = {
      key: verifierKey({ name: origin, type: keyTypes.log, publicKey: key.publicKey }),
      sign: (message) => key.signRaw(message),
    };
  }

  get size(): number {
    return this.#tail.size;
  }

  /** Grows to this size; entries differ by `kind`, so that two kinds make a fork. */
  async grow(size: number, kind = 'entry'): Promise<void> {
    while (this.#tail.size < size) await this.add([utf8(`${kind} ${this.#tail.size}`)]);
  }

  /** Grows by these entries, with a head for each. */
  async add(entries: readonly Uint8Array[]): Promise<void> {
    for (const entry of entries) {
      const { tail, files } = this.#tail.extend([entry]);
      for (const { path, bytes } of files) this.#files.set(path, bytes);
      this.#tail = tail;
      const head = { origin: this.origin, size: tail.size, root: tail.root() };
      this.#heads.set(tail.size, await signCheckpoint(head, [this.signer]));
    }
  }

  head(size: number): Uint8Array {
    const head = this.#heads.get(size);
    if (head === undefined) throw new Error(`the log has no size ${size}`);
    return head;
  }

  /** A file of the log; undefined for none. */
  file(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  /** Body of `add-checkpoint` for a growth. */
  async request(oldSize: number, newSize: number): Promise<Uint8Array> {
    const readTile = (path: string) => Promise.resolve(this.#files.get(path));
    const reader = new TileHashReader({ readTile }, newSize);
    const proof = oldSize === 0 || oldSize === newSize ? [] : await consistencyProof(oldSize, newSize, reader);
    return encodeAddCheckpoint({ oldSize, proof, checkpoint: this.head(newSize) });
  }
}
