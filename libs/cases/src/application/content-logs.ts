import type { CaseId, Clock, CompartmentId } from '@rogatory/kernel';
import type { ChainState } from '@rogatory/chain';
import type { Bus } from '@rogatory/platform-bus';
import type { Reader, Writer } from '@rogatory/platform-database';
import { type CompartmentHead, isRoot } from '../domain/compartment.js';
import { caseTopics } from './case-topics.js';
import type { ChainStates } from './chain-states.js';
import type { CompartmentReader, CompartmentWriter, PastHead } from './compartment.store.js';
import type { DirectorySource } from './directory-source.js';
import { KnownHeads } from './known-heads.js';
import { type LockedLog, LockedLogs } from './locked-logs.js';
import { headOf } from './membership.js';
import { RecentRoots } from './recent-roots.js';

export interface ContentLogsParts {
  readonly compartments: Pick<CompartmentReader, 'pastRoots'> &
    Pick<CompartmentReader, 'heads'> &
    Pick<CompartmentWriter, 'lockHeads' | 'confirmHeads' | 'addEntries' | 'moveHeads'>;
  readonly states: ChainStates;
  readonly directory: DirectorySource;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
}

/** Logs that a transaction needs, and the heads that its items cite. */
export interface LogsWanted {
  readonly compartmentIds: readonly CompartmentId[];
  readonly cited?: readonly PastHead[];
}

interface Opening {
  readonly heads: Promise<readonly CompartmentHead[]>;
  readonly stateAt: (head: CompartmentHead, root: ChainState | undefined) => Promise<ChainState>;
}

/** The way of every link and item into a content log. */
export class ContentLogs {
  readonly #parts: ContentLogsParts;
  readonly #recent = new RecentRoots();
  readonly #known = new KnownHeads();

  constructor(parts: ContentLogsParts) {
    this.#parts = parts;
  }

  /**
   * Locks the heads of these compartments and of their root chains, in the one order of all callers, and verifies that
   * the chains at hand are theirs. Compartments that do not exist, or that the transaction's principal may not see, are
   * simply not there.
   */
  async lock(writer: Reader, wanted: LogsWanted): Promise<LockedLogs> {
    const { compartments, states } = this.#parts;
    const heads = compartments.lockHeads(writer, wanted.compartmentIds);
    return this.#open(writer, wanted, { heads, stateAt: (head, root) => states.at(writer, head, root) });
  }

  /**
   * What `lock` would most likely give, without asking: the logs as this server last left them; undefined when it cannot
   * tell. Nothing that rests on it may be committed unless `confirm` resolved in the same transaction.
   */
  guess({ compartmentIds, cited = [] }: LogsWanted): LockedLogs | undefined {
    const isKnown = cited.every(({ compartmentId, size }) => size === 0 || this.#recent.get(compartmentId, size));
    const heads = isKnown ? this.#known.of(compartmentIds) : undefined;
    const logs = new Map<CompartmentId, LockedLog>();
    for (const head of heads ?? []) {
      const state = this.#parts.states.known(head);
      if (state !== undefined) logs.set(head.compartmentId, { head, before: state, state });
    }
    return heads !== undefined && logs.size === heads.length ? this.#locked(logs) : undefined;
  }

  /**
   * Locks the heads that a guess rests on. Send it before whatever else goes by the guess.
   * @throws InternalError `cases/log-moved` when any of them is not what was guessed: the transaction MUST be given up.
   */
  async confirm(writer: Reader, guessed: LockedLogs): Promise<void> {
    const heads = guessed.all.flatMap(({ head }) => head ?? []);
    try {
      await this.#parts.compartments.confirmHeads(writer, heads);
    } catch (error) {
      for (const { compartmentId } of heads) this.#known.forget(compartmentId);
      throw error;
    }
  }

  /**
   * As `lock`, without holding anybody up: for judging members and their statements, not for taking links or items. MUST
   * run in a transaction that sees one moment (repeatable read).
   */
  async look(reader: Reader, wanted: LogsWanted): Promise<LockedLogs> {
    const { compartments, states } = this.#parts;
    const heads = compartments.heads(reader, wanted.compartmentIds);
    return this.#open(reader, wanted, { heads, stateAt: (head, root) => states.seen(reader, head, root) });
  }

  async #open(reader: Reader, { cited = [] }: LogsWanted, opening: Opening): Promise<LockedLogs> {
    const { compartments } = this.#parts;
    const missing = cited.filter(({ compartmentId, size }) => size > 0 && !this.#recent.get(compartmentId, size));
    const [heads, roots] = await Promise.all([opening.heads, compartments.pastRoots(reader, missing)]);
    missing.forEach(({ compartmentId, size }, i) => {
      const root = roots[i];
      if (root !== undefined) this.#recent.put(compartmentId, size, root);
    });
    const logs = new Map<CompartmentId, LockedLog>();
    for (const head of heads) {
      const root = isRoot(head) ? undefined : logs.get(head.caseId as string as CompartmentId)?.state;
      const state = await opening.stateAt(head, root);
      logs.set(head.compartmentId, { head, before: state, state });
    }
    return this.#locked(logs);
  }

  #locked(logs: Map<CompartmentId, LockedLog>): LockedLogs {
    const { directory, clock } = this.#parts;
    const pastRoot = (id: CompartmentId, size: number) => this.#recent.get(id, size);
    return new LockedLogs({ logs, directory, receivedAtMs: clock.nowMs(), pastRoot });
  }

  /** Writes what was accepted into existing logs and moves their heads, in one round trip; the commit makes it known. */
  async write(writer: Writer, locked: LockedLogs): Promise<void> {
    const { compartments } = this.#parts;
    const moves = locked.all.flatMap(({ head, before, state }) =>
      head === undefined || before === undefined || before === state
        ? []
        : [{ head: headOf(state, thawed(head, { before, state }, locked)), previousContentSize: before.content.size }],
    );
    if (locked.entries.length === 0) return;
    writer.afterCommit(() => {
      this.announce(locked);
      // What did not move was locked, so it is as it was.
      const moved = new Map(moves.map(({ head }) => [head.compartmentId, head]));
      for (const { head } of locked.all) if (head !== undefined) this.#known.put(moved.get(head.compartmentId) ?? head);
    });
    await Promise.all([
      compartments.addEntries(writer, locked.entries),
      moves.length === 0 ? undefined : compartments.moveHeads(writer, moves),
    ]);
  }

  /** After the commit: keeps the new states and wakes the readers. */
  announce(locked: LockedLogs): void {
    const { states, bus } = this.#parts;
    for (const { compartmentId, position, root } of locked.entries) this.#recent.put(compartmentId, position + 1, root);
    const grown = new Set(locked.entries.map(({ compartmentId }) => compartmentId));
    for (const id of grown) this.#known.forget(id);
    for (const { state } of locked.all) if (grown.has(state.compartmentId)) states.keep(state);
    bus.publish(caseTopics.grown, [...grown]);
  }
}

/** What a freeze held off for has landed: whoever waited may go on. */
function thawed(
  head: CompartmentHead,
  { before, state }: { readonly before: ChainState; readonly state: ChainState },
  { receivedAtMs }: LockedLogs,
): CompartmentHead {
  if (before.epoch === state.epoch || head.frozenUntilMs <= receivedAtMs) return head;
  return { ...head, frozenUntilMs: receivedAtMs };
}

/** What items ask for before they can be judged. */
export function wantedFor(
  headers: readonly {
    readonly caseId: CaseId;
    readonly compartmentId: CompartmentId;
    readonly logHead: { readonly size: number };
  }[],
): LogsWanted {
  return {
    compartmentIds: [...new Set(headers.map(({ compartmentId }) => compartmentId))],
    cited: headers.map(({ compartmentId, logHead }) => ({ compartmentId, size: logHead.size })),
  };
}
