import { equalBytes, limits, type ObjectId } from '@rogatory/kernel';
import {
  type AcknowledgementContent,
  decodeAcknowledgement,
  decodeMessageContent,
  type DocumentReference,
  encodeAcknowledgement,
  encodeMessageContent,
  itemClasses,
  type Member,
  type MessageContent,
} from '@rogatory/protocol';
import type { CompartmentId } from '@rogatory/kernel';
import { refusedError, usageError } from '../client.errors.js';
import type { Cases } from '../cases/cases.js';
import type { Compartment } from '../cases/compartment.js';
import {
  contentOf,
  itemsOf,
  readItems,
  type UnreadableItem,
  unreadableItem,
  unreadableItems,
} from '../cases/item-content.js';
import { type ItemTimes, timesOf } from '../cases/item-times.js';
import { newObjectId } from '../cases/item-posting.js';
import type { OpenCase } from '../cases/open-case.js';
import type { VerifiedItem } from '../cases/replica.js';

/** A message that was verified and opened on this device. Its text is content: show it, never log it. */
export interface OpenMessage extends MessageContent {
  readonly objectId: ObjectId;
  readonly itemHash: Uint8Array;
  readonly position: number;
  /** The author's own time, UTC milliseconds. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly times: ItemTimes;
  /** Who signed it, as a member at that moment. */
  readonly author: Member;
}

/** A message whose content this device was given no key to. */
export interface SealedMessage {
  readonly objectId: ObjectId;
  readonly position: number;
  readonly author: Member;
}

/** A message as it came, readable or not. */
export type ReadMessage =
  | { readonly kind: 'open'; readonly message: OpenMessage }
  | { readonly kind: 'unreadable'; readonly item: UnreadableItem };

export interface Acknowledgement extends AcknowledgementContent {
  readonly by: Member;
  readonly sentAtMs: number;
}

export interface MessageThread {
  readonly threadId: ObjectId;
  readonly subject: string;
  readonly messages: readonly OpenMessage[];
}

export interface MessageDraft {
  readonly text: string;
  readonly references?: readonly DocumentReference[];
  readonly wantsAcknowledgement?: boolean;
}

/** Threads of messages in a compartment. Everything is read from the replica that `OpenCase.sync` or `follow` feeds. */
export class Messages {
  readonly #cases: Cases;
  readonly #random: (length: number) => Uint8Array;

  constructor(cases: Cases, random: (length: number) => Uint8Array) {
    this.#cases = cases;
    this.#random = random;
  }

  /** Begins a thread. @throws UsageError `client/input` for a text or subject beyond its bound. */
  post(open: OpenCase, id: CompartmentId, draft: MessageDraft & { readonly subject?: string }): Promise<OpenMessage> {
    const objectId = newObjectId(this.#random);
    return this.#send(open, id, { ...draft, objectId, threadId: objectId, subject: draft.subject ?? '' });
  }

  /** Answers a message in its thread. @throws RefusedError `client/not-found` for a message that is not in the log. */
  reply(open: OpenCase, id: CompartmentId, replyTo: ObjectId, draft: MessageDraft): Promise<OpenMessage> {
    const { threadId } = this.find(open.compartment(id), replyTo);
    return this.#send(open, id, { ...draft, objectId: newObjectId(this.#random), threadId, replyTo, subject: '' });
  }

  /** States that this person read a message. */
  async acknowledge(open: OpenCase, id: CompartmentId, messageId: ObjectId): Promise<void> {
    const { objectId, itemHash } = this.find(open.compartment(id), messageId);
    const plaintext = encodeAcknowledgement({ objectId, itemHash });
    const own = newObjectId(this.#random);
    await this.#cases.post(open, id, () => ({
      itemClass: itemClasses.acknowledgement,
      objectId: own,
      version: 1,
      plaintext,
    }));
  }

  /** All messages that this device can open, in the order of the log. */
  list(compartment: Compartment): OpenMessage[] {
    const read = readItems(compartment, itemClasses.message, decodeMessageContent);
    return read.map(({ item, content }) => openedOf(item, content));
  }

  /** Messages that their author made unreadable. */
  unreadable(compartment: Compartment): UnreadableItem[] {
    return unreadableItems(compartment, itemClasses.message, decodeMessageContent);
  }

  /** Messages that were said before this device was given the keys. */
  sealed(compartment: Compartment): SealedMessage[] {
    const closed = itemsOf(compartment, itemClasses.message).filter(
      (item) => contentOf(compartment, item, decodeMessageContent).kind === 'sealed',
    );
    return closed.map(({ signed, position, sender }) => ({
      objectId: signed.header.objectId,
      position,
      author: sender,
    }));
  }

  /** The messages by thread, threads in the order of their first message that can be opened. */
  threads(compartment: Compartment): MessageThread[] {
    const threads = new Map<ObjectId, OpenMessage[]>();
    for (const message of this.list(compartment)) {
      const known = threads.get(message.threadId);
      if (known === undefined) threads.set(message.threadId, [message]);
      else known.push(message);
    }
    return [...threads].map(([threadId, messages]) => {
      const first = messages.find(({ objectId }) => objectId === threadId);
      return { threadId, subject: first?.subject ?? '', messages };
    });
  }

  /** Who has acknowledged a message, those only who named its very bytes. */
  acknowledgements(compartment: Compartment, message: Pick<OpenMessage, 'objectId' | 'itemHash'>): Acknowledgement[] {
    const read = readItems(compartment, itemClasses.acknowledgement, decodeAcknowledgement);
    return read.flatMap(({ item, content: acknowledged }) => {
      const isIt = acknowledged.objectId === message.objectId && equalBytes(acknowledged.itemHash, message.itemHash);
      return isIt ? [{ ...acknowledged, by: item.sender, sentAtMs: item.signed.header.time.timeMs }] : [];
    });
  }

  /** @throws RefusedError `client/not-found`. */
  find(compartment: Compartment, messageId: ObjectId): OpenMessage {
    const found = this.list(compartment).find(({ objectId }) => objectId === messageId);
    if (found === undefined) throw refusedError('client/not-found');
    return found;
  }

  async #send(
    open: OpenCase,
    id: CompartmentId,
    draft: MessageDraft & {
      readonly objectId: ObjectId;
      readonly threadId: ObjectId;
      readonly replyTo?: ObjectId;
      readonly subject: string;
    },
  ): Promise<OpenMessage> {
    const { objectId, threadId, replyTo, subject, text } = draft;
    const isBounded =
      [...text].length <= limits.maxMessageCharacters && [...subject].length <= limits.maxNameCharacters;
    if (!isBounded) throw usageError('client/input');
    const plaintext = encodeMessageContent({
      threadId,
      ...(replyTo === undefined ? {} : { replyTo }),
      subject,
      text,
      references: draft.references ?? [],
      wantsAcknowledgement: draft.wantsAcknowledgement ?? false,
    });
    const item = await this.#cases.post(open, id, () => ({
      itemClass: itemClasses.message,
      objectId,
      version: 1,
      plaintext,
    }));
    return openedOf(item, decodeMessageContent(plaintext));
  }
}

/** The message of a verified item; undefined for another class, without its key, and where it cannot be read. */
export function openMessage(compartment: Compartment, item: VerifiedItem): OpenMessage | undefined {
  const read = readMessage(compartment, item);
  return read?.kind === 'open' ? read.message : undefined;
}

/** As `openMessage`, and tells of one that its author made unreadable. */
export function readMessage(compartment: Compartment, item: VerifiedItem): ReadMessage | undefined {
  if (item.signed.header.itemClass !== itemClasses.message) return undefined;
  const read = contentOf(compartment, item, decodeMessageContent);
  if (read.kind === 'open') return { kind: 'open', message: openedOf(item, read.content) };
  return read.kind === 'sealed' ? undefined : { kind: 'unreadable', item: unreadableItem(item, read.code) };
}

function openedOf(item: VerifiedItem, content: MessageContent): OpenMessage {
  const { signed, itemHash, position, receivedAtMs, sender } = item;
  const { objectId, time } = signed.header;
  return {
    ...content,
    objectId,
    itemHash,
    position,
    sentAtMs: time.timeMs,
    receivedAtMs,
    times: timesOf(item),
    author: sender,
  };
}
