import type { Database, JobPrincipal } from '@rogatory/platform-database';
import type { ComputeFindings } from './compute-findings.js';
import type { FindingPlace, FindingReader } from './finding.store.js';

export interface PastFindingsParts {
  readonly database: Pick<Database, 'read'>;
  /** The logs before the one that takes records. */
  readonly shards: readonly string[];
  readonly findingsOf: (shard: string) => Pick<FindingReader, 'place'>;
  /** A computation of its own: what its rules remember is forgotten with it. */
  readonly computeOf: (shard: string) => Pick<ComputeFindings, 'run'>;
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-findings' };

/**
 * Brings the findings of logs that ended to the end of each: the last minutes before a turn were not computed when it came, and an
 * erasure or another calendar has a log begun anew. A log that is at its end costs one short look.
 */
export class PastFindings {
  readonly #parts: PastFindingsParts;
  readonly #done = new Map<string, string>();

  constructor(parts: PastFindingsParts) {
    this.#parts = parts;
  }

  /** One log after the other. @throws as `ComputeFindings.run`. */
  async run(): Promise<void> {
    for (const shard of this.#parts.shards) {
      if (this.#done.get(shard) === (await this.#place(shard))) continue;
      await this.#parts.computeOf(shard).run();
      // Records of the log itself at its end are no progress: what is stored then is as far as it goes.
      this.#done.set(shard, await this.#place(shard));
    }
  }

  async #place(shard: string): Promise<string> {
    const { database, findingsOf } = this.#parts;
    return placeText(await database.read(principal, (reader) => findingsOf(shard).place(reader)));
  }
}

function placeText(place: FindingPlace | undefined): string {
  return place === undefined ? 'nothing' : `${place.pass} ${place.nextIndex} ${place.basis}`;
}
