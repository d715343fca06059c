import {
  type CaseId,
  type CompartmentId,
  isRogatoryError,
  limits,
  parseCaseId,
  parseCompartmentId,
} from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import { compartmentEventsOperation, noticesOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import { asText, asWhole } from '../transport/answer.js';
import type { Compartment } from './compartment.js';
import type { VerifiedEvent } from './replica.js';
import { toldEvent } from './told-content.js';

const RETRY_MS = [200, 500, 1_000, 2_000, 5_000];
const NOTICE = /^[a-z-]{1,40}$/;

export interface Following {
  readonly signal: AbortSignal;
  /** First position wanted; by default what comes next. */
  readonly from?: number;
  /** Told when the connection is lost and when it stands again. */
  readonly onLink?: (isLive: boolean) => void;
}

/**
 * Everything that happens in a compartment, verified, in order, from a position on: no gap and no duplicate, whatever the
 * connection does, because each event has its place in a log and comes from the replica, not from the socket.
 * Ends when the signal aborts. @throws what the server refuses with (a removal ends it), and what the verifier finds.
 */
export async function* follow(
  gateway: Gateway,
  compartment: Compartment,
  following: Following,
): AsyncGenerator<VerifiedEvent, void, undefined> {
  const { signal } = following;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  const feed = feedReplica(gateway, compartment, { ...following, signal: stop.signal });
  beatWhile(compartment, stop.signal);
  let failure: Error | undefined;
  let isOver = false;
  const wake = new Wake();
  const stopListening = compartment.onChange(() => wake.ring());
  feed
    .catch((error: unknown) => {
      failure = error instanceof Error || isRogatoryError(error) ? error : new Error('not an error', { cause: error });
    })
    .finally(() => {
      isOver = true;
      wake.ring();
    });
  try {
    for (let at = following.from ?? compartment.replica.size; ; ) {
      const event = compartment.replica.events[at];
      if (event !== undefined && !signal.aborted) {
        at++;
        yield event;
        continue;
      }
      if (signal.aborted) return;
      if (isOver) break;
      await wake.wait();
    }
    if (failure !== undefined) throw failure;
  } finally {
    stopListening();
    signal.removeEventListener('abort', end);
    stop.abort();
    wake.ring();
  }
}

/**
 * Whoever watches for days states what they saw, or the others could not write on after a day. A beat that fails is tried
 * at the next look; that this device may not any more ends the stream itself.
 */
function beatWhile(compartment: Compartment, signal: AbortSignal): void {
  const timer = setInterval(() => void compartment.beat().catch(() => false), limits.heartbeatLookMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function feedReplica(gateway: Gateway, compartment: Compartment, following: Following): Promise<void> {
  const { signal, onLink } = following;
  let failures = 0;
  // A stream that brought something was a good one, however it ended: the next try need not wait long.
  const onEvent = (): void => {
    failures = 0;
  };
  while (!signal.aborted) {
    try {
      await compartment.sync();
      onLink?.(true);
      await listen(gateway, compartment, { signal, onEvent });
      failures = 0;
    } catch (error) {
      // Who was too slow for what came, or missed a part of it, resumes from what it has.
      const isPassing = isRogatoryError(error) && (error.family === 'unavailable' || error.retryable);
      if (signal.aborted) return;
      if (!isPassing) throw error;
    }
    if (signal.aborted) return;
    onLink?.(false);
    await pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] as number, signal);
  }
}

async function listen(
  gateway: Gateway,
  compartment: Compartment,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: () => void },
): Promise<void> {
  const { compartmentId } = compartment;
  const after = compartment.replica.size - 1;
  const call = { variables: { compartmentId, after }, subject: actSubjects.subscribe(compartmentId), signal };
  const events = gateway.listen(compartmentEventsOperation, call, ({ compartmentEvents }) =>
    toldEvent(compartmentEvents),
  );
  for await (const event of events) {
    onEvent();
    // A gap is no error of the reader: it reads what lies between and goes on.
    if (event.position > compartment.replica.size) await compartment.sync();
    else await compartment.receive(event);
  }
}

/** What the server says changed for this device; a reason to look, never a fact. */
export interface Notice {
  readonly kind: string;
  readonly caseId: CaseId | undefined;
  readonly compartmentId: CompartmentId | undefined;
  readonly atMs: number;
}

/** Hints on the own case list, invitations and session. */
export function notices(gateway: Gateway, signal: AbortSignal): AsyncIterable<Notice> {
  const call = { variables: {}, subject: actSubjects.subscribeNotices(), signal };
  return gateway.listen(noticesOperation, call, ({ notices: notice }) => {
    const kind = asText(notice.kind);
    if (!NOTICE.test(kind)) throw verificationError('client/answer');
    return {
      kind,
      caseId: notice.caseId === null ? undefined : parseCaseId(notice.caseId),
      compartmentId: notice.compartmentId === null ? undefined : parseCompartmentId(notice.compartmentId),
      atMs: asWhole(notice.atMs),
    };
  });
}

/** Lets one waiter sleep until it is rung; a ring while nobody waits is kept. */
class Wake {
  #isRung = false;
  #waiter: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#waiter?.();
  }

  async wait(): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
    this.#isRung = false;
    this.#waiter = undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
