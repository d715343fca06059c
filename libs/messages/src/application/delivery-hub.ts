import type { CompartmentId } from '@rogatory/kernel';
import { accessRefused, type Principal } from '@rogatory/access';
import { caseTopics, type ContentEntry } from '@rogatory/cases';
import type { Bus, Subscription, Wake } from '@rogatory/platform-bus';
import { interrupted, stopped } from '../domain/message.errors.js';
import { CompartmentFeed, type FeedParts, type Subscriber } from './compartment-feed.js';
import type { CutOffs } from './cut-offs.js';
import { EventQueue } from './event-queue.js';

export interface DeliveryHubParts extends FeedParts {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly hub: CutOffs;
}

/** Who wants to follow, and from where. */
export interface Following {
  readonly principal: Principal;
  readonly compartmentId: CompartmentId;
  /** Events come with positions after this one, without a gap. */
  readonly after: number;
}

/** Live delivery in this process: one feed per compartment that somebody follows. */
export class DeliveryHub {
  readonly #parts: DeliveryHubParts;
  readonly #feeds = new Map<CompartmentId, CompartmentFeed>();
  /** Feeds that nobody follows any more and that are not done with their last round. */
  readonly #ending = new Set<CompartmentFeed>();
  #wakes: Subscription[] = [];

  constructor(parts: DeliveryHubParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#wakes.length > 0) return;
    const topics = [caseTopics.grown, caseTopics.members];
    this.#wakes = topics.map((topic) => this.#parts.bus.subscribe(topic, (wake) => this.#wake(wake)));
  }

  async stop(): Promise<void> {
    for (const wake of this.#wakes) wake.close();
    this.#wakes = [];
    const feeds = [...this.#feeds.values()];
    for (const feed of feeds) for (const { queue } of feed.subscribers) queue.end(stopped());
    await this.idle();
    await Promise.all(feeds.map((feed) => feed.idle()));
  }

  /** Subscribers of all compartments. */
  get size(): number {
    return [...this.#feeds.values()].reduce((sum, { subscribers }) => sum + subscribers.size, 0);
  }

  follow({ principal, compartmentId, after }: Following): EventQueue<ContentEntry> {
    const watch = { stop: (): void => undefined };
    const feed = this.#feeds.get(compartmentId) ?? new CompartmentFeed(this.#parts, compartmentId);
    this.#feeds.set(compartmentId, feed);
    const queue = new EventQueue<ContentEntry>({
      after,
      onDrained: () => feed.drained(subscriber),
      onEnd: () => {
        watch.stop();
        this.#forget(compartmentId, feed, subscriber);
      },
    });
    const subscriber: Subscriber = { principal, queue };
    feed.add(subscriber);
    watch.stop = this.#parts.hub.watch(principal, compartmentId, (isSure) =>
      queue.end(isSure ? accessRefused('not-a-member') : interrupted()),
    );
    if (queue.isEnded) watch.stop();
    return queue;
  }

  /** Resolves when every feed has nothing to do. */
  async idle(): Promise<void> {
    await Promise.all([...this.#feeds.values(), ...this.#ending].map((feed) => feed.idle()));
  }

  #forget(id: CompartmentId, feed: CompartmentFeed, subscriber: Subscriber): void {
    feed.remove(subscriber);
    if (!feed.isEmpty || this.#feeds.get(id) !== feed) return;
    this.#feeds.delete(id);
    this.#ending.add(feed);
    void feed.idle().finally(() => this.#ending.delete(feed));
  }

  #wake(wake: Wake): void {
    if (wake.kind === 'look') for (const feed of this.#feeds.values()) feed.wake();
    else for (const id of wake.ids) this.#feeds.get(id as CompartmentId)?.wake();
  }
}
