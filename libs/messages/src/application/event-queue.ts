import { limits } from '@rogatory/kernel';
import { resume } from '../domain/message.errors.js';

/** An event with its place, and what it costs while it waits. */
export interface QueuedEvent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface EventQueueOptions {
  /** The last position that the subscriber has. */
  readonly after: number;
  /** Called when everything was taken, to fetch more. */
  readonly onDrained: () => void;
  readonly onEnd: () => void;
}

interface Waiter<Event> {
  readonly resolve: (result: IteratorResult<Event, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What waits for one subscriber: events in order without a gap, at most `limits.maxBufferedBytesPerSubscriber` and
 * `limits.maxDeliveryLagEvents` of them. Whoever does not take them in time is told to resume. Yields the very objects
 * that were put in, so that they can be shared by all subscribers.
 */
export class EventQueue<Event extends QueuedEvent> implements AsyncIterableIterator<Event, undefined> {
  readonly #options: EventQueueOptions;
  readonly #events: Event[] = [];
  #waiter: Waiter<Event> | undefined;
  #bytes = 0;
  #put: number;
  #taken: number;
  #isEnded = false;
  #error: Error | undefined;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    this.#put = options.after;
    this.#taken = options.after;
  }

  /** The last position that was put in. */
  get cursor(): number {
    return this.#put;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isDrained(): boolean {
    return this.#events.length === 0;
  }

  /** Puts the next event in; anything but the next position is left out, so that nothing comes twice or early. */
  put(event: Event): void {
    if (this.#isEnded || event.position !== this.#put + 1) return;
    this.#put = event.position;
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      this.#taken = event.position;
      waiter.resolve({ value: event, done: false });
      return;
    }
    this.#events.push(event);
    this.#bytes += event.bytes.length;
    const isOver =
      this.#bytes > limits.maxBufferedBytesPerSubscriber || this.#events.length > limits.maxDeliveryLagEvents;
    // One event alone may be larger than the bound: a link of a thousand members.
    if (isOver && this.#events.length > 1) this.end(resume(this.#taken));
  }

  /** Ends at once; what still waits is dropped. With an error, the subscriber is told that. */
  end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    this.#events.length = 0;
    this.#bytes = 0;
    this.#options.onEnd();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) return;
    if (error === undefined) waiter.resolve({ value: undefined, done: true });
    else waiter.reject(this.#takeError());
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    const event = this.#events.shift();
    if (event !== undefined) return this.#take(event);
    if (this.#isEnded) {
      const error = this.#takeError();
      if (error !== undefined) throw error;
      return { value: undefined, done: true };
    }
    const next = new Promise<IteratorResult<Event, undefined>>((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
    this.#options.onDrained();
    return next;
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(event: Event): IteratorResult<Event, undefined> {
    this.#bytes -= event.bytes.length;
    this.#taken = event.position;
    return { value: event, done: false };
  }

  /** Told once; then the subscription is simply over. */
  #takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }
}
