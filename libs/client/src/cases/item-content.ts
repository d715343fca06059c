import { type ErrorFamily, isRogatoryError, type ObjectId } from '@rogatory/kernel';
import type { ItemClass, Member } from '@rogatory/protocol';
import type { Compartment } from './compartment.js';
import type { VerifiedItem } from './replica.js';

/** An item that its author signed and posted, and that nobody can make sense of. */
export interface UnreadableItem {
  readonly objectId: ObjectId;
  readonly position: number;
  /** Who signed it, as a member at that moment: verified, whatever the content is. */
  readonly author: Member;
  readonly receivedAtMs: number;
  /** What is wrong with it. */
  readonly code: string;
}

/** What an item holds for this device: `sealed` without a key to it, `unreadable` where the author made it so. */
export type ItemContent<Content> =
  | { readonly kind: 'open'; readonly content: Content }
  | { readonly kind: 'sealed' }
  | { readonly kind: 'unreadable'; readonly code: string };

/** What only the bytes of the author can cause. All else is a fault of this device and is thrown. */
const authorFaults: ReadonlySet<ErrorFamily> = new Set(['codec', 'verification', 'usage']);

/**
 * Opens and decodes an item. The one place that does, because a member may seal whatever they like: an item that cannot be
 * read stands alone, raises one concern that names it, and keeps nobody from reading the others.
 */
export function contentOf<Content>(
  compartment: Compartment,
  item: VerifiedItem,
  decode: (content: Uint8Array) => Content,
): ItemContent<Content> {
  try {
    const content = compartment.open(item);
    return content === undefined ? { kind: 'sealed' } : { kind: 'open', content: decode(content) };
  } catch (error) {
    if (!isRogatoryError(error) || !authorFaults.has(error.family)) throw error;
    compartment.tellBadItem(item, error.code);
    return { kind: 'unreadable', code: error.code };
  }
}

/** The decoded content of every item of a class that this device can read, in the order of the log. */
export function readItems<Content>(
  compartment: Compartment,
  itemClass: ItemClass,
  decode: (content: Uint8Array, item: VerifiedItem) => Content,
): { readonly item: VerifiedItem; readonly content: Content }[] {
  return itemsOf(compartment, itemClass).flatMap((item) => {
    const read = contentOf(compartment, item, (content) => decode(content, item));
    return read.kind === 'open' ? [{ item, content: read.content }] : [];
  });
}

/** The items of a class that cannot be read, in the order of the log. */
export function unreadableItems(
  compartment: Compartment,
  itemClass: ItemClass,
  decode: (content: Uint8Array, item: VerifiedItem) => unknown,
): UnreadableItem[] {
  return itemsOf(compartment, itemClass).flatMap((item) => {
    const read = contentOf(compartment, item, (content) => decode(content, item));
    return read.kind === 'unreadable' ? [unreadableItem(item, read.code)] : [];
  });
}

export function unreadableItem(item: VerifiedItem, code: string): UnreadableItem {
  const { signed, position, receivedAtMs, sender } = item;
  return { objectId: signed.header.objectId, position, author: sender, receivedAtMs, code };
}

export function itemsOf(compartment: Compartment, itemClass: ItemClass): VerifiedItem[] {
  return compartment.replica.items.filter(({ signed }) => signed.header.itemClass === itemClass);
}
