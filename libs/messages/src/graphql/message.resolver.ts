import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { answer, CompartmentEvent, type ItemPosted, PostResult, type StaleHead, staleView } from '@rogatory/cases';
import { parseCompartmentId } from '@rogatory/kernel';
import {
  BytesScalar,
  CurrentRequest,
  IdScalar,
  Receipts,
  type ReceiptSink,
  SafeIntScalar,
} from '@rogatory/platform-graphql';
import { Args, Mutation, Resolver, Subscription } from '@nestjs/graphql';
import type { PostItem } from '../application/post-item.js';
import type { Subscribe } from '../application/subscribe.js';
import { Notice } from './message.types.js';

export interface MessageUses {
  readonly postItem: Pick<PostItem, 'run'>;
  readonly subscribe: Pick<Subscribe, 'toCompartment' | 'toNotices'>;
}

/** The event objects are those that all subscribers share: nothing is made per subscriber. */
const itself = { resolve: (event: object): object => event };

/** What members say, and how they hear it. */
@Resolver()
export class MessageResolver {
  readonly #use: MessageUses;

  constructor(use: MessageUses) {
    this.#use = use;
  }

  @Mutation(() => PostResult, { description: 'Posts a sealed item: a message, an answer, a title, a withdrawal.' })
  @Access('mutation.postItem')
  async postItem(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('item', { type: () => BytesScalar, description: 'The signed item.' }) item: Uint8Array,
  ): Promise<ItemPosted | StaleHead> {
    const outcome = answer(receipts, await this.#use.postItem.run(ctx, item));
    if (outcome.kind === 'stale') return staleView(outcome.head);
    const { position, contentSize, contentRoot, receivedAtMs } = outcome;
    return { position, contentSize, contentRoot, receivedAtMs };
  }

  @Subscription(() => CompartmentEvent, {
    ...itself,
    description: 'Links and items of a compartment as they land, from a position on: no gap and no duplicate.',
  })
  @Access('subscription.compartmentEvents')
  async compartmentEvents(
    @CurrentRequest() ctx: RequestContext,
    @Args('compartmentId', { type: () => IdScalar, description: 'A compartment that the asker is a member of.' })
    compartmentId: string,
    @Args('after', { type: () => SafeIntScalar, description: 'The last position that the asker has.' }) after: number,
  ): Promise<AsyncIterableIterator<CompartmentEvent, undefined>> {
    const place = { compartmentId: parseCompartmentId(compartmentId), after };
    return (await this.#use.subscribe.toCompartment(ctx, place)).result;
  }

  @Subscription(() => Notice, { ...itself, description: "Changes of the asker's own lists." })
  @Access('subscription.notices')
  async notices(@CurrentRequest() ctx: RequestContext): Promise<AsyncIterableIterator<object, undefined>> {
    return (await this.#use.subscribe.toNotices(ctx)).result;
  }
}
