import type { CompartmentId } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { ContentEntry } from '../domain/content-entry.js';
import type { Answered } from './acted.js';
import { bytesOf, type CompartmentRead, pageSize, requireFrom } from './compartment-read.js';
import type { CompartmentReader } from './compartment.store.js';

export interface ContentPage {
  readonly events: readonly ContentEntry[];
  /** The whole log. */
  readonly size: number;
  readonly root: Uint8Array;
  readonly hasMore: boolean;
}

/** A member reads links and items in the order of the log, from a position on. */
export class ReadContentLog {
  readonly #read: CompartmentRead;
  readonly #compartments: Pick<CompartmentReader, 'entries'>;

  constructor(read: CompartmentRead, compartments: Pick<CompartmentReader, 'entries'>) {
    this.#read = read;
    this.#compartments = compartments;
  }

  /** @throws UsageError `cases/page`; what `CompartmentRead.run` throws. */
  async run(
    ctx: RequestContext,
    query: { readonly compartmentId: CompartmentId; readonly from: number; readonly first?: number | undefined },
  ): Promise<Answered<ContentPage>> {
    const { compartmentId } = query;
    const page = { from: requireFrom(query.from), first: pageSize(query.first) };
    return this.#read.run(ctx, compartmentId, {
      operation: 'query.contentLog',
      subject: actSubjects.readCompartment(compartmentId),
      read: async (reader, { head }) => {
        const read = await this.#compartments.entries(reader, compartmentId, page);
        // What came after the head was read belongs to a later page.
        const events = read.filter(({ position }) => position < head.contentSize);
        const hasMore = (events.at(-1)?.position ?? head.contentSize) < head.contentSize - 1;
        const detail = `content from=${page.from}`;
        const what = { objectKind: auditObjectKinds.item, count: events.length, bytes: bytesOf(events), detail };
        return { result: { events, size: head.contentSize, root: head.contentRoot, hasMore }, what };
      },
    });
  }
}
