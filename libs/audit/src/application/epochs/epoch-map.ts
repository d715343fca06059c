import { limits, utf8 } from '@rogatory/kernel';
import { epochCommitment, epochDraw, epochPosition } from '@rogatory/crypto/verify';
import { type EpochEntry, type EpochSubject, encodeEpochEntry, encodeEpochSubject } from '@rogatory/protocol';
import { type MapEnd, PositionMap } from '@rogatory/tlog';
import { subjectKey } from './epoch-counting.js';

/** What an auditor is shown of one subject: the entry, and what shows that the map of the epoch holds it. */
export interface ShownEntry {
  readonly opening: Uint8Array;
  readonly entry: Uint8Array;
  readonly siblings: readonly Uint8Array[];
}

/** The map of one epoch. Without its secret nobody can tell what lies beside a path. */
export class EpochMap {
  readonly #origin: Uint8Array;
  readonly #secret: Uint8Array;
  readonly #entries: ReadonlyMap<string, EpochEntry>;
  readonly #map: PositionMap;

  private constructor(place: EpochPlace, entries: ReadonlyMap<string, EpochEntry>, map: PositionMap) {
    this.#origin = place.origin;
    this.#secret = place.secret;
    this.#entries = entries;
    this.#map = map;
  }

  /** The same entries and secret give the same map. */
  static async build(place: EpochPlace, entries: readonly EpochEntry[], pause: () => Promise<void>): Promise<EpochMap> {
    const { origin, secret } = place;
    const ends: MapEnd[] = [];
    for (const entry of entries) {
      const position = epochPosition(origin, encodeEpochSubject(entry.subject));
      const opening = epochDraw(secret, 'opening', 0, position);
      ends.push({ position, commitment: epochCommitment(opening, encodeEpochEntry(entry)) });
      if (ends.length % limits.epochMapTurn === 0) await pause();
    }
    const fill = (depth: number, path: Uint8Array) => epochDraw(secret, 'fill', depth, path);
    const map = await PositionMap.build(ends, { fill, pause });
    return new EpochMap(place, new Map(entries.map((entry) => [subjectKey(entry.subject), entry])), map);
  }

  get root(): Uint8Array {
    return this.#map.root;
  }

  has(subject: EpochSubject): boolean {
    return this.#entries.has(subjectKey(subject));
  }

  /** undefined for a subject that is not in the map. */
  show(subject: EpochSubject): ShownEntry | undefined {
    const entry = this.#entries.get(subjectKey(subject));
    const position = epochPosition(this.#origin, encodeEpochSubject(subject));
    const proof = entry && this.#map.prove(position);
    if (entry === undefined || proof === undefined) return undefined;
    const opening = epochDraw(this.#secret, 'opening', 0, position);
    return { opening, entry: encodeEpochEntry(entry), siblings: proof.siblings };
  }
}

export interface EpochPlace {
  /** Origin of the log, as bytes. */
  readonly origin: Uint8Array;
  /** 32 random bytes of this epoch alone. */
  readonly secret: Uint8Array;
}

/** @param origin such as "rogatory.example/audit/log/2026h2" */
export function epochPlace(origin: string, secret: Uint8Array): EpochPlace {
  return { origin: utf8(origin), secret };
}
