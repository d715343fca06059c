import type { Client, ItemTimes, UnreadableItem } from '@rogatory/client';
import { personName } from './names.js';
import { isoTime } from './outcome.js';

/** The author's time; the server's beside it where clocks alone cannot explain the difference. */
export function timeText({ saidAtMs, receivedAtMs, isLate, isBackdated }: ItemTimes, shorten = isoTime): string {
  const received = isLate || isBackdated ? `, received ${shorten(receivedAtMs)}` : '';
  return `${shorten(saidAtMs)}${received}${isBackdated ? ', BACKDATED' : ''}`;
}

/** What is known of an item that cannot be read: who signed it, and where it stands. */
export function unreadableDocument(client: Client, { objectId, position, author, receivedAtMs, code }: UnreadableItem) {
  const { personId, deviceId } = author;
  return {
    objectId,
    position,
    author: { personId, deviceId, name: personName(client, personId) },
    receivedAt: isoTime(receivedAtMs),
    code,
  };
}

export function unreadableLine(client: Client, { position, author, receivedAtMs, code }: UnreadableItem): string {
  return `${isoTime(receivedAtMs)}  ${personName(client, author.personId)}  unreadable, at place ${position} (${code})`;
}
