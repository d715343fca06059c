import { accessRefused, type RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { parseObjectId } from '@rogatory/kernel';
import { CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { AuditOrders, OrderCommand } from '../application/retention/audit-orders.js';
import type { OrderSigner as StoredSigner, StoredOrder } from '../application/retention/order.store.js';
import { parsePurpose } from './audit.mapping.js';
import type { ReviewedAuthorities } from './review-request.js';
import { AuditOrder, OrderEffect, type OrderSigner } from './order.types.js';

export interface OrderUses {
  readonly orders: Pick<AuditOrders, 'propose' | 'approve' | 'list'>;
  readonly authorities: ReviewedAuthorities;
}

/** What two auditors of one oversight body order together. */
@Resolver()
export class OrderResolver {
  readonly #use: OrderUses;

  constructor(use: OrderUses) {
    this.#use = use;
  }

  @Mutation(() => Boolean, { description: 'Proposes an order; nothing happens before a second person approves it.' })
  @Access('mutation.proposeAuditOrder')
  async proposeAuditOrder(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('orderId', { type: () => IdScalar, description: 'Drawn by the proposer.' }) orderId: string,
    @Args('text', { description: 'The order, as docs/spec/retention.md 1 writes it.' }) text: string,
  ): Promise<boolean> {
    receipts.put(await this.#use.orders.propose(ctx, this.#command(ctx, orderId, text)));
    return true;
  }

  @Mutation(() => OrderEffect, { description: 'Approves an order of another person, which carries it out.' })
  @Access('mutation.approveAuditOrder')
  async approveAuditOrder(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('orderId', { type: () => IdScalar, description: 'Id of the order.' }) orderId: string,
    @Args('text', { description: 'The order as the approver read and signed it.' }) text: string,
  ): Promise<OrderEffect> {
    const acted = await this.#use.orders.approve(ctx, this.#command(ctx, orderId, text));
    receipts.put(acted);
    const { records, erasure } = acted.result;
    return { records, erasureId: erasure ?? null };
  }

  @Query(() => [AuditOrder], { description: "Orders of the asker's oversight body, newest first; at most 500." })
  @Access('query.auditOrders')
  async auditOrders(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('purpose', { description: 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.' })
    purpose: string,
  ): Promise<readonly AuditOrder[]> {
    const acted = await this.#use.orders.list(ctx, parsePurpose(purpose));
    receipts.put(acted);
    return acted.result.map(orderOf);
  }

  #command({ principal }: RequestContext, orderId: string, text: string): OrderCommand {
    if (principal === undefined) throw accessRefused('no-session');
    return { id: parseObjectId(orderId), text, authorities: this.#use.authorities.reviewedBy(principal.authorityId) };
  }
}

function orderOf({ id, text, proposed, approved, isLifted }: StoredOrder): AuditOrder {
  const signed = approved === undefined ? null : signerOf(approved);
  return { orderId: id, text, proposed: signerOf(proposed), approved: signed, lifted: isLifted };
}

function signerOf({ record, person, timeMs }: StoredSigner): OrderSigner {
  return { recordId: record, personId: person, atMs: timeMs };
}
