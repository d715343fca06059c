import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { answer, type ItemPosted, PostResult, type StaleHead, staleView } from '@rogatory/cases';
import { parseCompartmentId, parseObjectId } from '@rogatory/kernel';
import { BytesScalar, CurrentRequest, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ChangeOperation } from '../application/change-operation.js';
import type { ReadOperations } from '../application/read-operations.js';
import type { StoredOperation } from '../domain/stored-operation.js';
import { JointOperation, JointOperationPage, OperationsArgs } from './operation.types.js';

export interface OperationUses {
  readonly changeOperation: Pick<ChangeOperation, 'run'>;
  readonly readOperations: Pick<ReadOperations, 'list'>;
}

/** Joint operations: changed by signed items, listed by where they stand. */
@Resolver()
export class OperationResolver {
  readonly #use: OperationUses;

  constructor(use: OperationUses) {
    this.#use = use;
  }

  @Query(() => JointOperationPage, { description: 'The operations of a compartment, in the order of their ids.' })
  @Access('query.operations')
  async operations(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, first, after }: OperationsArgs,
  ): Promise<JointOperationPage> {
    const query = {
      ...{ compartmentId: parseCompartmentId(compartmentId), first: first ?? undefined },
      after: after === null || after === undefined ? undefined : parseObjectId(after),
    };
    const found = answer(receipts, await this.#use.readOperations.list(ctx, query));
    return {
      operations: found.operations.map(operationView),
      endCursor: found.endCursor ?? null,
      hasMore: found.hasMore,
    };
  }

  @Mutation(() => PostResult, { description: 'Posts a record of an operation.' })
  @Access('mutation.changeOperation')
  async changeOperation(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('item', { type: () => BytesScalar, description: 'The signed item of the record.' }) item: Uint8Array,
  ): Promise<ItemPosted | StaleHead> {
    const outcome = answer(receipts, await this.#use.changeOperation.run(ctx, item));
    if (outcome.kind === 'stale') return staleView(outcome.head);
    const { position, contentSize, contentRoot, receivedAtMs } = outcome;
    return { position, contentSize, contentRoot, receivedAtMs };
  }
}

function operationView({ caseId, compartmentId, status, position, sinceMs }: StoredOperation): JointOperation {
  const { operationId, version, plan, stage, suspendedBy, held, records, planHash } = status;
  return {
    ...{ caseId, compartmentId, operationId, version, kind: plan.kind, stage },
    ...{ startAtMs: plan.start.time.timeMs, startZone: plan.start.zone },
    ...{ parties: plan.parties.map(({ state }) => state), needed: plan.needed },
    ...{ suspendedBy: [...suspendedBy].toSorted(), heldAlerts: [...held.keys()].toSorted() },
    ...{ records, planHash, position, sinceMs },
  };
}
