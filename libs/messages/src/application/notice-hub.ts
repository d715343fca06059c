import type { Clock } from '@rogatory/kernel';
import { accessRefused, type Principal } from '@rogatory/access';
import { caseTopics } from '@rogatory/cases';
import type { Bus, Subscription, Wake } from '@rogatory/platform-bus';
import type { CutOffs } from './cut-offs.js';
import { stopped } from '../domain/message.errors.js';

export const noticeKinds = ['cases', 'invitations'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Says that a list of the person's own changed; what changed is read, and recorded, by the list itself. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly atMs: number;
}

export interface NoticeHubParts {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly hub: CutOffs;
}

/** Notices for the persons who are connected to this process. */
export class NoticeHub {
  readonly #parts: NoticeHubParts;
  readonly #byId = new Map<string, Set<Follower>>();
  #wakes: Subscription[] = [];

  constructor(parts: NoticeHubParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#wakes.length > 0) return;
    const { bus } = this.#parts;
    this.#wakes = [
      bus.subscribe(caseTopics.listed, (wake) => this.#notify('cases', wake)),
      bus.subscribe(caseTopics.invited, (wake) => this.#notify('invitations', wake)),
    ];
  }

  stop(): void {
    for (const wake of this.#wakes) wake.close();
    this.#wakes = [];
    for (const followers of [...this.#byId.values()]) for (const { queue } of [...followers]) queue.end(stopped());
  }

  /** Notices for the person, the post and the authority of a principal. */
  follow(principal: Principal): AsyncIterableIterator<Notice, undefined> {
    const ids = [principal.personId, principal.postId, principal.authorityId];
    const watch = { stop: (): void => undefined };
    const queue: NoticeQueue = new NoticeQueue(() => {
      watch.stop();
      this.#forget(ids, follower);
    });
    const follower: Follower = { principal, queue };
    for (const id of ids) this.#byId.set(id, (this.#byId.get(id) ?? new Set()).add(follower));
    watch.stop = this.#parts.hub.watch(principal, undefined, () => queue.end(accessRefused('no-session')));
    if (queue.isEnded) watch.stop();
    return queue;
  }

  #forget(ids: readonly string[], follower: Follower): void {
    for (const id of ids) {
      const followers = this.#byId.get(id);
      followers?.delete(follower);
      if (followers?.size === 0) this.#byId.delete(id);
    }
  }

  #notify(kind: NoticeKind, wake: Wake): void {
    // One object for all, so that its result is made once.
    const notice = { kind, atMs: this.#parts.clock.nowMs() };
    const sets = wake.kind === 'look' ? [...this.#byId.values()] : wake.ids.flatMap((id) => this.#byId.get(id) ?? []);
    for (const { principal, queue } of new Set(sets.flatMap((set) => [...set]))) {
      // What cut it off may not have been heard of here.
      if (this.#parts.hub.stands(principal)) queue.put(notice);
      else queue.end(accessRefused('no-session'));
    }
  }
}

interface Follower {
  readonly principal: Principal;
  readonly queue: NoticeQueue;
}

/** At most one waiting notice of each kind: a second one says nothing new. */
class NoticeQueue implements AsyncIterableIterator<Notice, undefined> {
  readonly #onEnd: () => void;
  readonly #waiting = new Map<NoticeKind, Notice>();
  #waiter:
    | { resolve: (result: IteratorResult<Notice, undefined>) => void; reject: (error: unknown) => void }
    | undefined;
  #isEnded = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  put(notice: Notice): void {
    if (this.#isEnded) return;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) this.#waiting.set(notice.kind, notice);
    else waiter.resolve({ value: notice, done: false });
  }

  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#waiting.clear();
    this.#onEnd();
    if (error === undefined) this.#waiter?.resolve({ value: undefined, done: true });
    else this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  async next(): Promise<IteratorResult<Notice, undefined>> {
    const [first] = this.#waiting.values();
    if (first !== undefined) {
      this.#waiting.delete(first.kind);
      return { value: first, done: false };
    }
    if (this.#isEnded) return { value: undefined, done: true };
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<Notice, undefined>> {
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
