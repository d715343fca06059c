import { limits } from '@rogatory/kernel';
import { assertIds, assertTopic } from './bus.js';
import type { AddressedWake } from './pending-wakes.js';

/** One notification between servers, and who sent it. */
export interface WakePayload {
  readonly sender: string;
  readonly addressed: AddressedWake;
}

/**
 * Text form `sender topic id,id,…`, `sender topic *` for a `look`, `sender * *` for everywhere; as many texts as the
 * bound of one notification needs.
 */
export function encodeWake(sender: string, addressed: AddressedWake): string[] {
  if (addressed === 'everywhere') return [`${sender} * *`];
  const { topic, wake } = addressed;
  const head = `${sender} ${topic} `;
  if (wake.kind === 'look') return [`${head}*`];
  const texts: string[] = [];
  let text = head;
  for (const id of wake.ids) {
    if (text.length + 1 + id.length > limits.busPayloadBytes) {
      texts.push(text);
      text = head;
    }
    text += text === head ? id : `,${id}`;
  }
  return text === head ? texts : [...texts, text];
}

/** The payload, or undefined when the text is not one: anything may be sent on a channel. */
export function parseWake(text: string): WakePayload | undefined {
  const [sender = '', topic = '', list = '', ...rest] = text.split(' ');
  if (rest.length > 0 || sender === '' || list === '' || text.length > limits.busPayloadBytes) return undefined;
  if (topic === '*') return list === '*' ? { sender, addressed: 'everywhere' } : undefined;
  try {
    assertTopic(topic);
    if (list === '*') return { sender, addressed: { topic, wake: { kind: 'look' } } };
    const ids = list.split(',');
    assertIds(ids);
    return { sender, addressed: { topic, wake: { kind: 'ids', ids } } };
  } catch {
    return undefined;
  }
}
