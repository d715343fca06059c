import { UsageError } from '@rogatory/kernel';

/** What a reader is told: that rows with these ids were committed, or that it may have missed some and must look. */
export type Wake = { readonly kind: 'ids'; readonly ids: readonly string[] } | { readonly kind: 'look' };

export interface Subscription {
  /** No wake arrives after this. */
  close(): void;
}

/**
 * Wakes readers after a commit. Carries ids, never content, and decides nothing: a reader resumes from its own cursor in
 * the database, so a wake may come late, twice, or as a mere `look`.
 *
 * An implementer MUST deliver each wake to every subscriber of its topic in all servers or tell it to `look`, MUST NOT
 * run a subscriber inside `publish`, and MUST bound what it keeps.
 */
export interface Bus {
  /** Call after the commit. Never throws for a lost connection. @throws UsageError `bus/topic` or `bus/id`. */
  publish(topic: string, ids: readonly string[]): void;
  /** @throws UsageError `bus/topic`. */
  subscribe(topic: string, wake: (wake: Wake) => void): Subscription;
  /** Whether wakes from other servers arrive at present. */
  isConnected(): boolean;
  close(): Promise<void>;
}

const TOPIC = /^[a-z][a-z0-9.-]{0,62}$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function assertTopic(topic: string): void {
  if (!TOPIC.test(topic)) throw new UsageError('bus/topic', 'a topic has a malformed name');
}

export function assertIds(ids: readonly string[]): void {
  if (!ids.every((id) => ID.test(id))) throw new UsageError('bus/id', 'the bus carries ids only');
}
