import type { CompartmentId } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import type { CompartmentAnchor, EpochAnchors } from '@rogatory/audit';
import { actSubjects } from '@rogatory/protocol';
import type { Answered } from './acted.js';
import type { CompartmentRead } from './compartment-read.js';

/** A member reads what the newest epoch of the audit log says of the heads of a compartment. */
export class ReadAnchor {
  readonly #read: CompartmentRead;
  readonly #anchors: Pick<EpochAnchors, 'of'>;

  constructor(read: CompartmentRead, anchors: Pick<EpochAnchors, 'of'>) {
    this.#read = read;
    this.#anchors = anchors;
  }

  /**
   * undefined for a compartment that began after the newest epoch.
   * @throws what `CompartmentRead.run` and `EpochAnchors.of` throw.
   */
  async run(ctx: RequestContext, compartmentId: CompartmentId): Promise<Answered<CompartmentAnchor | undefined>> {
    // Decided and recorded first: nobody else makes the server seek an epoch, which is made in transactions of its own.
    const { result: begunMs, ...answered } = await this.#read.run(ctx, compartmentId, {
      operation: 'query.compartmentAnchor',
      subject: actSubjects.readCompartment(compartmentId),
      read: async (_, { head }) => ({ result: head.createdAtMs, what: { count: 1, detail: 'anchor' } }),
    });
    // The look is on record, whatever comes of it: no second record calls the same act refused.
    const anchor = await this.#anchors.of(compartmentId, begunMs).catch((error: unknown) => {
      this.#read.accounted(error);
      throw error;
    });
    return { ...answered, result: anchor };
  }
}
