import { concatBytes, type RandomBytes, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  cosignCheckpoint,
  addCosignatures,
  encodeTlogProof,
  Frontier,
  inclusionProof,
  keyTypes,
  leafHash,
  openCheckpoint,
  perfectSubtrees,
  signCheckpoint,
  TileHashReader,
  TreeTail,
  type VerifierKey,
  verifierKey,
} from '@rogatory/tlog';
import { encodeExportedRecord, encodeExportHeader, encodeExportTrailer } from '../export/export-file.js';
import type { LogSource } from '../log/log-source.js';
import type { TestRecord } from './test-records.js';

const COSIGNED_AT_SECONDS = 1_795_424_400;

export interface ExportRange {
  readonly first?: number;
  readonly end?: number;
  /** Records below are opened for the asker; all where left out. */
  readonly isOpen?: (index: number) => boolean;
  readonly scope?: Parameters<typeof encodeExportHeader>[0]['scope'];
}

/** A signed and witnessed log in memory, as its files, its exports and its receipts. */
export class TestLog {
  readonly origin: string;
  readonly logKey: VerifierKey;
  readonly witnessKeys: readonly VerifierKey[];
  readonly files = new Map<string, Uint8Array>();
  readonly records: TestRecord[] = [];
  readonly heads: Uint8Array[] = [];
  readonly #log: SigningKey;
  readonly #witnesses: readonly SigningKey[];
  #tail = TreeTail.empty;

  constructor(random: RandomBytes, origin = 'rogatory.test/audit/log/2026h2', witnesses = 3) {
    this.origin = origin;
    this.#log = SigningKey.generate(random);
    this.#witnesses = Array.from({ length: witnesses }, () => SigningKey.generate(random));
    this.logKey = verifierKey({ name: origin, type: keyTypes.log, publicKey: this.#log.publicKey });
    this.witnessKeys = this.#witnesses.map(({ publicKey }, i) =>
      verifierKey({ name: `witness.test/${i}`, type: keyTypes.cosignature, publicKey }),
    );
  }

  get source(): LogSource {
    return { readCheckpoint: async () => this.heads.at(-1), readTile: async (path) => this.files.get(path) };
  }

  get head(): Uint8Array {
    return this.heads.at(-1) ?? new Uint8Array(0);
  }

  /** Appends records and signs the head, with every witness. */
  async append(records: readonly TestRecord[]): Promise<this> {
    const extension = this.#tail.extend(records.map(({ leaf }) => leaf));
    this.#tail = extension.tail;
    for (const { path, bytes } of extension.files) this.files.set(path, bytes);
    this.records.push(...records);
    this.heads.push(await this.#signed());
    return this;
  }

  /** The NDJSON of a range, line by line. */
  async exportLines({ first = 0, end, isOpen = () => true, scope = [] }: ExportRange = {}): Promise<Uint8Array[]> {
    const to = end ?? this.records.length;
    const [left, right] = [await this.#subtrees(0, first), await this.#subtrees(to, this.records.length)];
    const lines = this.records.slice(first, to).map(({ leaf, open }, i) => {
      const index = first + i;
      const exported = { index, leaf, hash: leafHash(leaf), open: isOpen(index) ? open : undefined };
      return utf8(encodeExportedRecord(exported));
    });
    const header = encodeExportHeader({ origin: this.origin, first, scope, left });
    return [header, ...lines, encodeExportTrailer({ end: to, right, checkpoint: this.head })];
  }

  async receipt(index: number): Promise<{ readonly leaf: Uint8Array; readonly proof: Uint8Array }> {
    const reader = new TileHashReader(this.source, this.records.length);
    const hashes = await inclusionProof(index, this.records.length, reader);
    const proof = encodeTlogProof({ index, hashes, checkpoint: this.head, extra: undefined });
    return { leaf: this.records[index]?.leaf ?? new Uint8Array(0), proof };
  }

  #subtrees(begin: number, end: number): Promise<readonly Uint8Array[]> {
    const nodes = perfectSubtrees(begin, end);
    const hashes = this.records.map(({ leaf }) => leafHash(leaf));
    return Promise.resolve(
      nodes.map(({ level, index }) => {
        const frontier = new Frontier();
        const width = 2 ** level;
        for (const hash of hashes.slice(index * width, (index + 1) * width)) frontier.append(hash);
        return frontier.root();
      }),
    );
  }

  async #signed(): Promise<Uint8Array> {
    const signer = { key: this.logKey, sign: async (bytes: Uint8Array) => this.#log.signRaw(bytes) };
    const note = await signCheckpoint({ origin: this.origin, size: this.#tail.size, root: this.#tail.root() }, [
      signer,
    ]);
    const open = openCheckpoint(note, { origin: this.origin, logKeys: [this.logKey] });
    const lines = await Promise.all(
      this.#witnesses.map((witness, i) =>
        cosignCheckpoint(
          open,
          { key: this.witnessKeys[i] ?? this.logKey, sign: async (bytes) => witness.signRaw(bytes) },
          COSIGNED_AT_SECONDS,
        ),
      ),
    );
    return lines.length === 0 ? note : addCosignatures(open, lines, this.witnessKeys);
  }
}

export function joined(lines: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...lines);
}
