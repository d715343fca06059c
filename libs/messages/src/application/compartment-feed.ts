import { type Clock, type CompartmentId, limits, newActId, type RandomBytes, UsageError } from '@rogatory/kernel';
import { accessRefused, type Principal } from '@rogatory/access';
import { type AuditEntry, type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import type { CompartmentReader, ContentEntry, ContentLogs, LockedLogs } from '@rogatory/cases';
import { type AuditRecipient, auditObjectKinds, roleMay } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import type { EventQueue } from './event-queue.js';

export interface FeedParts {
  readonly database: Pick<Database, 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly logs: Pick<ContentLogs, 'look'>;
  readonly compartments: Pick<CompartmentReader, 'entries'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly onFault: (error: unknown) => void;
}

/** Somebody who follows a compartment. */
export interface Subscriber {
  readonly principal: Principal;
  readonly queue: EventQueue<ContentEntry>;
}

/** Subscribers who lack the same events, and those events. */
interface Batch {
  readonly events: readonly ContentEntry[];
  readonly recipients: readonly Subscriber[];
  /** Whether the log goes on after these events. */
  readonly hasMore: boolean;
}

/** Rolls a transaction back that found nobody to deliver to. */
const NOBODY = new UsageError('messages/nobody', 'nothing to deliver');
const principal: JobPrincipal = { kind: 'job', job: 'case-delivery' };
const snapshot = { isolation: 'repeatable read' } as const;
const PAGE_BYTES = limits.maxBufferedBytesPerSubscriber / 2;

/**
 * The one reader of a compartment's log in this process. Reads what is new once for all who follow, judges everybody's
 * right in the same transaction, commits one record that names the recipients, and only then hands the events out.
 */
export class CompartmentFeed {
  readonly #parts: FeedParts;
  readonly #id: CompartmentId;
  readonly #subscribers = new Set<Subscriber>();
  /** The last position that was handed out to anybody. */
  #newest = -1;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: FeedParts, id: CompartmentId) {
    this.#parts = parts;
    this.#id = id;
  }

  get isEmpty(): boolean {
    return this.#subscribers.size === 0;
  }

  get subscribers(): ReadonlySet<Subscriber> {
    return this.#subscribers;
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.wake();
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.isEmpty) clearTimeout(this.#retry);
  }

  /** Something may have happened: looks for new events and judges everybody again. */
  wake(): void {
    this.#isWoken = true;
    clearTimeout(this.#retry);
    this.#running ??= this.#work();
  }

  /** A subscriber took all that it had: there may be more that it lacks. */
  drained({ queue }: Subscriber): void {
    if (queue.cursor < this.#newest) this.wake();
  }

  /** Resolves when there is nothing to do. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #work(): Promise<void> {
    // Wakes of the same turn of the event loop are one.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isWoken && this.#subscribers.size > 0) {
      this.#isWoken = false;
      try {
        await this.#round();
      } catch (error) {
        this.#parts.onFault(error);
        this.#retry = setTimeout(() => this.wake(), limits.deliveryRetryMs);
      }
    }
    this.#running = undefined;
  }

  /** First those who are nearly there, so that nobody's catching up holds the others up; then one page for the rest. */
  async #round(): Promise<void> {
    const newest = Math.max(...[...this.#subscribers].map(({ queue }) => queue.cursor));
    await this.#deliverAfter(newest, () => true);
    const behind = [...this.#subscribers].filter(({ queue }) => queue.cursor < newest && queue.isDrained);
    if (behind.length === 0) return;
    const oldest = Math.min(...behind.map(({ queue }) => queue.cursor));
    await this.#deliverAfter(oldest, ({ queue }) => queue.isDrained);
  }

  /** One transaction: judge, read, record. Without a recipient there is nothing to record, and it is rolled back. */
  async #deliverAfter(after: number, takes: (subscriber: Subscriber) => boolean): Promise<void> {
    const asked = [...this.#subscribers];
    let refused: readonly Subscriber[] = [];
    const batch = await this.#parts.database
      .write(
        principal,
        async (writer): Promise<Batch> => {
          const seen = await this.#look(writer, asked);
          refused = seen.refused;
          const page = { from: after + 1, first: limits.maxPageItems, maxBytes: PAGE_BYTES };
          const events = await this.#parts.compartments.entries(writer, this.#id, page);
          const recipients = asked.filter(
            (subscriber) => !seen.refused.includes(subscriber) && isWithin(subscriber, events) && takes(subscriber),
          );
          if (recipients.length === 0) throw NOBODY;
          await this.#parts.recorder.record(writer, this.#entry(seen.logs, { events, recipients }));
          return { events, recipients, hasMore: (events.at(-1)?.position ?? 0) + 1 < seen.size };
        },
        snapshot,
      )
      .catch((error: unknown) => {
        if (error === NOBODY) return undefined;
        throw error;
      });
    for (const { queue } of refused) queue.end(accessRefused('not-a-member'));
    if (batch !== undefined) this.#handOut(batch);
  }

  /** Who may still read, by the chain as it stands in this very transaction. */
  async #look(reader: Reader, asked: readonly Subscriber[]) {
    const logs = await this.#parts.logs.look(reader, { compartmentIds: [this.#id] });
    const refused = asked.filter(({ principal: { deviceId } }) => {
      const membership = logs.membership(this.#id, deviceId);
      return membership === undefined || !roleMay(membership.role, 'read');
    });
    return { logs, refused, size: logs.find(this.#id)?.head?.contentSize ?? 0 };
  }

  #handOut({ events, recipients, hasMore }: Batch): void {
    for (const { queue } of recipients) for (const event of events) queue.put(event);
    this.#newest = Math.max(this.#newest, events.at(-1)?.position ?? 0);
    if (hasMore || [...this.#subscribers].some(({ queue }) => queue.cursor < this.#newest && queue.isDrained)) {
      this.#isWoken = true;
    }
  }

  #entry(logs: LockedLogs, { events, recipients }: Omit<Batch, 'hasMore'>): AuditEntry {
    const { clock, random } = this.#parts;
    const head = logs.find(this.#id)?.head;
    const owner = head && { caseId: head.caseId, ownerAuthorityId: head.ownerAuthorityId };
    const place = { compartmentId: this.#id, ...owner };
    const named = new Map(recipients.map((subscriber) => [subscriber.principal.deviceId, recipientOf(subscriber)]));
    const what = {
      ...{ ...nothingConcerned, ...place, objectKind: auditObjectKinds.item, count: events.length },
      bytes: events.reduce((sum, { bytes }) => sum + bytes.length, 0),
      recipients: [...named.values()],
      detail: `positions=${events[0]?.position ?? 0}-${events.at(-1)?.position ?? 0}`,
    };
    const id = newActId(clock, random);
    return { id, event: 'compartment.deliver', outcome: 'allowed', reasonCode: 'ok', who: systemActor, what };
  }
}

function isWithin({ queue }: Subscriber, events: readonly ContentEntry[]): boolean {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return false;
  return queue.cursor >= first.position - 1 && queue.cursor < last.position;
}

function recipientOf({ principal: { authorityId, personId, deviceId } }: Subscriber): AuditRecipient {
  return { authorityId, personId, deviceId };
}
