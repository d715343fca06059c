import type { RequestContext } from '@rogatory/access';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';

/** What a resolver may know of its request; `receipts` collects what goes back in the response's extensions. */
export interface GraphqlContext {
  readonly request: RequestContext;
  readonly receipts: ReceiptSink;
  /** The newest head of the audit log that the client verified, as it says; size 0 for none. */
  readonly statedHead?: StatedHead;
}

/** Size and root of a log as a client states them. */
export interface StatedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** Sizes of heads that other devices told it, and that it asks about. */
  readonly peerSizes?: readonly number[];
}

/** The receipt of an audited act, as the client stores it. */
export interface ActReceipt {
  readonly recordId: string;
  readonly promise: Uint8Array;
}

/** Where a use case leaves the receipt of its act. */
export class ReceiptSink {
  #receipt: ActReceipt | undefined;

  put(receipt: ActReceipt): void {
    this.#receipt = receipt;
  }

  get receipt(): ActReceipt | undefined {
    return this.#receipt;
  }
}

export function graphqlContextOf(context: ExecutionContext): GraphqlContext {
  return GqlExecutionContext.create(context).getContext<GraphqlContext>();
}

/** Resolver parameter: the request context, first argument of every use case. */
export const CurrentRequest = createParamDecorator((_: unknown, context: ExecutionContext): RequestContext => {
  return graphqlContextOf(context).request;
});

/** Resolver parameter: where the act's receipt goes. */
export const Receipts = createParamDecorator((_: unknown, context: ExecutionContext): ReceiptSink => {
  return graphqlContextOf(context).receipts;
});
