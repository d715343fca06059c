import { type CompartmentId, limits } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { StoredBox } from '../domain/content-entry.js';
import type { Answered } from './acted.js';
import { bytesOf, type CompartmentRead, pageSize, requireFrom } from './compartment-read.js';
import type { CompartmentReader } from './compartment.store.js';

export interface BoxPage {
  readonly boxes: readonly StoredBox[];
  readonly hasMore: boolean;
}

/** A member's device reads the boxes that were sealed to it; nobody reads another device's. */
export class ReadBoxes {
  readonly #read: CompartmentRead;
  readonly #compartments: Pick<CompartmentReader, 'boxes'>;

  constructor(read: CompartmentRead, compartments: Pick<CompartmentReader, 'boxes'>) {
    this.#read = read;
    this.#compartments = compartments;
  }

  /** The answer leaves when its record is in the signed log. @throws as `ReadChain.run`. */
  async run(
    ctx: RequestContext,
    query: { readonly compartmentId: CompartmentId; readonly fromSeq: number; readonly first?: number | undefined },
  ): Promise<Answered<BoxPage>> {
    const { compartmentId } = query;
    const first = pageSize(query.first);
    const from = requireFrom(query.fromSeq);
    return this.#read.run(ctx, compartmentId, {
      operation: 'query.boxes',
      subject: actSubjects.readBoxes(compartmentId),
      read: async (reader, { member }) => {
        const found = await this.#compartments.boxes(reader, compartmentId, member.deviceId, {
          from,
          first: first + 1,
        });
        const boxes = found.slice(0, first);
        const hasMore = found.length > first || bytesOf(found) >= limits.maxPageBytes;
        const what = { objectKind: auditObjectKinds.box, count: boxes.length, bytes: bytesOf(boxes) };
        return { result: { boxes, hasMore }, what: { ...what, detail: `boxes from=${from}` } };
      },
    });
  }
}
