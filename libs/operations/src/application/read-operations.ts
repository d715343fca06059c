import type { CompartmentId, ObjectId } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { type Answered, type CompartmentRead, pageSize } from '@rogatory/cases';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { StoredOperation } from '../domain/stored-operation.js';
import type { OperationStore } from './operation.store.js';

export interface OperationPage {
  readonly operations: readonly StoredOperation[];
  readonly endCursor: ObjectId | undefined;
  readonly hasMore: boolean;
}

export interface ReadOperationsParts {
  readonly compartmentRead: Pick<CompartmentRead, 'run'>;
  readonly operations: Pick<OperationStore, 'list'>;
}

/** The operations of one compartment. */
export class ReadOperations {
  readonly #parts: ReadOperationsParts;

  constructor(parts: ReadOperationsParts) {
    this.#parts = parts;
  }

  /** Keyset page in the order of the ids. @throws UsageError `cases/page`; what `CompartmentRead.run` throws. */
  list(
    ctx: RequestContext,
    query: {
      readonly compartmentId: CompartmentId;
      readonly after?: ObjectId | undefined;
      readonly first?: number | undefined;
    },
  ): Promise<Answered<OperationPage>> {
    const { compartmentId, after } = query;
    const first = pageSize(query.first);
    return this.#parts.compartmentRead.run(ctx, compartmentId, {
      operation: 'query.operations',
      subject: actSubjects.listOperations(compartmentId),
      read: async (reader) => {
        const page = { first: first + 1, ...(after === undefined ? {} : { after }) };
        const found = await this.#parts.operations.list(reader, compartmentId, page);
        const operations = found.slice(0, first);
        const result = {
          ...{ operations, endCursor: operations.at(-1)?.status.operationId },
          hasMore: found.length > first,
        };
        return { result, what: { objectKind: auditObjectKinds.item, count: operations.length, detail: 'operations' } };
      },
    });
  }
}
