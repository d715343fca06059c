import { type Clock, type CompartmentId, limits } from '@rogatory/kernel';
import { accessRefused, type Operation, type RequestContext } from '@rogatory/access';
import type { ActPlan, ActRunner, Performed } from '@rogatory/audit';
import type { ActSubject } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import { wrongPage } from '../domain/case.errors.js';
import type { CompartmentOfMember } from '../domain/compartment.js';
import { type Answered, answered } from './acted.js';
import type { JudgedMembership, Memberships } from './memberships.js';

export interface CompartmentReadParts {
  readonly acts: Pick<ActRunner, 'run' | 'accounted'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly clock: Clock;
}

/** One kind of read: its line in the policy and what the device's statement says. */
export interface CompartmentReadPlan<Result> {
  readonly operation: Operation;
  readonly subject: ActSubject;
  /** Reads what was asked for; runs only for a member who may. */
  readonly read: (reader: Reader, own: CompartmentOfMember) => Promise<Performed<Result>>;
}

/** Reads of one compartment by a member: decided, read and recorded in one transaction, then held until released. */
export class CompartmentRead {
  readonly #parts: CompartmentReadParts;

  constructor(parts: CompartmentReadParts) {
    this.#parts = parts;
  }

  /** @throws what `ActRunner.run` throws. */
  async run<Result>(
    ctx: RequestContext,
    id: CompartmentId,
    { operation, subject, read }: CompartmentReadPlan<Result>,
  ): Promise<Answered<Result>> {
    let own: JudgedMembership | undefined;
    const plan: ActPlan<Result> = {
      ...subject,
      facts: async (reader) => {
        own = await this.#ownMembership(reader, ctx, id);
        return own === undefined ? {} : factsOf(own);
      },
      perform: async (writer) => {
        if (own === undefined) throw accessRefused('not-a-member');
        const { result, what } = await read(writer, own);
        return { result, what: { caseId: own.head.caseId, compartmentId: id, ...what } };
      },
    };
    return answered(await this.#parts.acts.run(ctx, operation, () => plan));
  }

  /** The record of a read that was run covers what failed after it. */
  accounted(error: unknown): void {
    this.#parts.acts.accounted(error);
  }

  async #ownMembership(reader: Reader, { principal }: RequestContext, id: CompartmentId) {
    if (principal === undefined) return undefined;
    const { memberships, clock } = this.#parts;
    return memberships.own(reader, id, { device: principal.deviceId, nowMs: clock.nowMs() });
  }
}

/** What the decision on a member rests on. */
export function factsOf({ head, facts }: JudgedMembership) {
  return { membership: facts, ownerAuthorityId: head.ownerAuthorityId };
}

/** Items per page as asked for, within the limits. @throws UsageError `cases/page`. */
export function pageSize(first: number | undefined): number {
  const size = first ?? limits.defaultPageItems;
  if (!Number.isSafeInteger(size) || size < 1 || size > limits.maxPageItems) throw wrongPage();
  return size;
}

export function requireFrom(from: number): number {
  if (!Number.isSafeInteger(from) || from < 0) throw wrongPage();
  return from;
}

/** Bytes handed out together. */
export function bytesOf(entries: readonly { readonly bytes: Uint8Array }[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
