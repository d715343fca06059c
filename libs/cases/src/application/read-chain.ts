import type { CompartmentId } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { LinkEntry } from '../domain/content-entry.js';
import type { Answered } from './acted.js';
import { bytesOf, type CompartmentRead, pageSize, requireFrom } from './compartment-read.js';
import type { CompartmentReader } from './compartment.store.js';

export interface LinkPage {
  readonly links: readonly LinkEntry[];
  readonly hasMore: boolean;
}

/** A member reads the links of a chain, from a number on. */
export class ReadChain {
  readonly #read: CompartmentRead;
  readonly #compartments: Pick<CompartmentReader, 'links'>;

  constructor(read: CompartmentRead, compartments: Pick<CompartmentReader, 'links'>) {
    this.#read = read;
    this.#compartments = compartments;
  }

  /** @throws UsageError `cases/page`; what `CompartmentRead.run` throws. */
  async run(
    ctx: RequestContext,
    query: { readonly compartmentId: CompartmentId; readonly fromSeq: number; readonly first?: number | undefined },
  ): Promise<Answered<LinkPage>> {
    const { compartmentId } = query;
    const page = { from: requireFrom(query.fromSeq), first: pageSize(query.first) };
    return this.#read.run(ctx, compartmentId, {
      operation: 'query.chain',
      subject: actSubjects.readCompartment(compartmentId),
      read: async (reader, { head }) => {
        const links = await this.#compartments.links(reader, compartmentId, page);
        const hasMore = (links.at(-1)?.seq ?? head.chainSeq) < head.chainSeq;
        const detail = `links from=${page.from}`;
        const what = { objectKind: auditObjectKinds.link, count: links.length, bytes: bytesOf(links), detail };
        return { result: { links, hasMore }, what };
      },
    });
  }
}
