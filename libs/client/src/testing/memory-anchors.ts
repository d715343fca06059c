import { newActId, parseUtf8, type RandomBytes, toBase64, toBase64Url, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { commitGroup, epochCommitment, epochHeadsDigest, epochPosition, sha256 } from '@rogatory/crypto/verify';
import type { ChainState } from '@rogatory/chain';
import {
  auditObjectKinds,
  auditEvents,
  encodeAuditLeaf,
  encodeAuditWhat,
  encodeEpochEntry,
  encodeEpochSubject,
  epochDetail,
  type EpochEntry,
  epochSubjectKinds,
} from '@rogatory/protocol';
import {
  encodeTlogProof,
  encodeVerifierKey,
  Frontier,
  keyTypes,
  leafHash,
  PositionMap,
  signCheckpoint,
  verifierKey,
} from '@rogatory/tlog';

/** What an epoch says, before it is signed. */
export interface ToldEpoch {
  readonly origin: string;
  readonly epochMs: number;
  readonly entry: EpochEntry;
}

/** The entry of a compartment that stands there. */
export function entryOfState({ compartmentId, head, content }: ChainState): EpochEntry {
  return {
    subject: { kind: epochSubjectKinds.compartment, compartmentId },
    ...{ count: head.seq + 1, lastIndex: content.size - 1, digest: epochHeadsDigest(head.linkHash, content.root) },
  };
}

/** An audit log that consists of one epoch, made whenever it is asked for. */
export class MemoryAnchors {
  readonly #random: RandomBytes;
  readonly #key: SigningKey;

  constructor(random: RandomBytes) {
    this.#random = random;
    this.#key = SigningKey.generate(random);
  }

  /** In its text form. */
  verifierKeyOf(origin: string): string {
    return encodeVerifierKey(this.#verifier(origin));
  }

  async show({ origin, epochMs, entry }: ToldEpoch) {
    const [opening, whatOpening] = [this.#random(32), this.#random(32)];
    const position = epochPosition(utf8(origin), encodeEpochSubject(entry.subject));
    const encoded = encodeEpochEntry(entry);
    const map = await PositionMap.build([{ position, commitment: epochCommitment(opening, encoded) }], {
      fill: (depth, path) => sha256(Uint8Array.of(depth, ...path)),
      pause: async () => undefined,
    });
    const what = encodeAuditWhat({
      ...{ objectKind: auditObjectKinds.none, version: 0, bytes: 0, count: 1, recipients: [] },
      ...{ objectHash: map.root, detail: epochDetail(1) },
    });
    const clock = { nowMs: () => epochMs, monotonicMs: () => epochMs };
    const leaf = encodeAuditLeaf({
      ...{ v: 1, id: newActId(clock, this.#random), t: epochMs, cls: auditEvents['log.epoch'].class, ev: 'log.epoch' },
      ...{ out: 'allowed', rc: 'ok', ms: 'EU' },
      com: { what: toBase64Url(commitGroup({ label: 'what', opening: whatOpening, bytes: what })) },
    });
    return {
      ...{ leaf: toBase64(leaf), whatOpening: toBase64(whatOpening), what: toBase64(what) },
      proof: parseUtf8(await this.#proof(origin, leaf)),
      ...{ opening: toBase64(opening), entry: toBase64(encoded) },
      siblings: (map.prove(position)?.siblings ?? []).map(toBase64),
    };
  }

  async #proof(origin: string, leaf: Uint8Array): Promise<Uint8Array> {
    const frontier = new Frontier();
    frontier.append(leafHash(leaf));
    const signer = { key: this.#verifier(origin), sign: async (bytes: Uint8Array) => this.#key.signRaw(bytes) };
    const checkpoint = await signCheckpoint({ origin, size: 1, root: frontier.root() }, [signer]);
    return encodeTlogProof({ index: 0, hashes: [], checkpoint, extra: undefined });
  }

  #verifier(origin: string) {
    return verifierKey({ name: origin, type: keyTypes.log, publicKey: this.#key.publicKey });
  }
}
