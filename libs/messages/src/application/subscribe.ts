import type { CompartmentId } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActRunner } from '@rogatory/audit';
import { type Answered, answered, type CompartmentRead, type ContentEntry, requireFrom } from '@rogatory/cases';
import { actSubjects } from '@rogatory/protocol';
import { wrongPosition } from '../domain/message.errors.js';
import type { DeliveryHub } from './delivery-hub.js';
import type { Notice, NoticeHub } from './notice-hub.js';

export interface SubscribeParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly compartmentRead: CompartmentRead;
  readonly delivery: Pick<DeliveryHub, 'follow'>;
  readonly notices: Pick<NoticeHub, 'follow'>;
}

export interface CompartmentSubscription {
  readonly compartmentId: CompartmentId;
  /** Events come with positions after this one; the last position that the subscriber has. */
  readonly after: number;
}

/** Live subscriptions: decided and recorded when they begin, judged again at each delivery. */
export class Subscribe {
  readonly #parts: SubscribeParts;

  constructor(parts: SubscribeParts) {
    this.#parts = parts;
  }

  /**
   * What is appended to a compartment from a position on: no gap, no duplicate. The iterator throws RefusedError
   * `access/refused` when the right is gone and `messages/resume` when the subscriber is too slow, UnavailableError
   * `messages/stopped` when the server goes down.
   * @throws UsageError `messages/position`; what `CompartmentRead.run` throws.
   */
  async toCompartment(
    ctx: RequestContext,
    { compartmentId, after }: CompartmentSubscription,
  ): Promise<Answered<AsyncIterableIterator<ContentEntry, undefined>>> {
    requireFrom(after);
    const begun = await this.#parts.compartmentRead.run(ctx, compartmentId, {
      operation: 'subscription.compartmentEvents',
      subject: actSubjects.subscribe(compartmentId),
      read: async (_, { head }) => {
        if (after >= head.contentSize) throw wrongPosition();
        return { result: true, what: { detail: `after=${after}` } };
      },
    });
    const principal = principalOf(ctx);
    return { ...begun, result: this.#parts.delivery.follow({ principal, compartmentId, after }) };
  }

  /** That the own list of cases or invitations changed. @throws what `ActRunner.run` throws. */
  async toNotices(ctx: RequestContext): Promise<Answered<AsyncIterableIterator<Notice, undefined>>> {
    const acted = await this.#parts.acts.run(ctx, 'subscription.notices', () => ({
      ...actSubjects.subscribeNotices(),
      perform: async () => ({ result: true, what: { detail: 'notices' } }),
    }));
    return { ...answered(acted), result: this.#parts.notices.follow(principalOf(ctx)) };
  }
}

function principalOf({ principal }: RequestContext) {
  if (principal === undefined) throw accessRefused('no-session');
  return principal;
}
