import type { RequestContext } from '@rogatory/access';
import { accessRefused } from '@rogatory/access';
import type { ActRunner } from '@rogatory/audit';
import { type Answered, parseItem } from '@rogatory/cases';
import { type ItemClass, itemClasses } from '@rogatory/protocol';
import { wrongClass } from '../domain/message.errors.js';
import type { Post, PostOutcome } from './post.js';
import type { PostBatcher } from './post-batcher.js';

/** What comes by an operation of its own, which looks at more than the item. */
const postedElsewhere: ReadonlySet<ItemClass> = new Set([
  itemClasses.document,
  itemClasses.task,
  itemClasses.operation,
]);

export interface PostItemParts {
  readonly acts: Pick<ActRunner, 'verify' | 'recordRefusal'>;
  readonly batcher: Pick<PostBatcher, 'post'>;
}

/** A member posts a sealed item: a message, an answer, the title of a case, the withdrawal of a document. */
export class PostItem {
  readonly #parts: PostItemParts;

  constructor(parts: PostItemParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `access/refused`, `messages/item-class`; UnavailableError `messages/busy`; what
   * `LockedLogs.acceptItem` and the audit feature throw. Recorded before it is thrown.
   */
  async run(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<PostOutcome>> {
    try {
      return await this.#parts.batcher.post(this.#prepare(ctx, bytes));
    } catch (error) {
      await this.#parts.acts.recordRefusal(ctx, error, 'operation=mutation.postItem');
      throw error;
    }
  }

  #prepare(ctx: RequestContext, bytes: Uint8Array): Post {
    const item = parseItem(bytes);
    if (postedElsewhere.has(item.header.itemClass)) throw wrongClass();
    const { principal } = ctx;
    const act = this.#parts.acts.verify(ctx, item.subject);
    if (act === undefined || principal === undefined) throw accessRefused('no-session');
    if (item.header.senderDevice !== principal.deviceId) throw accessRefused('not-own');
    return { ctx, principal, item, act };
  }
}
