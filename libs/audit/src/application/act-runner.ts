import {
  type ActId,
  type AuthorityId,
  type Clock,
  newActId,
  type RandomBytes,
  type RogatoryError,
} from '@rogatory/kernel';
import {
  type AccessFacts,
  accessRefused,
  demand,
  type Operation,
  refusalReason,
  type RequestContext,
} from '@rogatory/access';
import { type ActSubject, auditEvents, type AuditGate, type AuditWhat } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import type { Database, JobPrincipal, Reader, TransactionOptions, Writer } from '@rogatory/platform-database';
import { type Failure, failureOf, isTaken, isUndecided } from '../domain/attempt.js';
import { auditUnavailable, wrongAct } from '../domain/audit.errors.js';
import { type AuditEntry, nothingConcerned, type VerifiedAct } from '../domain/audit-entry.js';
import { commitBehind } from './commit-behind.js';
import type { AuditRecordReader } from './audit-record.store.js';
import type { AuditRecorder, RecordedAct } from './audit-recorder.js';
import { type CaseOwners, refusalPrincipal } from './case-owners.js';
import type { PromiseSigner } from './promise-signer.js';
import type { ReleaseGate } from './release-gate.js';
import { databasePrincipalOf, sourceOf, whoOf } from './request-facts.js';
import type { UnprovenRefusals } from './unproven-refusals.js';
import { verifyAct } from './verify-act.js';

/** The event with the objects it is about, which the device's statement names exactly. */
export type ActTopic = Omit<ActSubject, 'payload'>;

/** What the decision rests on, read in the act's own transaction. */
export interface DecisionFacts extends AccessFacts {
  /** The authority that owns the case or object; its oversight body may review the record. */
  readonly ownerAuthorityId?: AuthorityId;
}

/** What an act gives, and what its record says of it besides its place. */
export interface Performed<Result> {
  readonly result: Result;
  readonly what?: Partial<AuditWhat>;
  /** Nothing was changed: the act is recorded as refused for this reason, and answered with `result` all the same. */
  readonly refusal?: RogatoryError;
}

/** One act of a device, one read, or one attempt of a caller without proof. Spread its subject from `actSubjects`. */
export interface ActPlan<Result> extends ActTopic {
  /** The bytes that the request submits; none where left out. */
  readonly payload?: readonly Uint8Array[];
  /** Left out where the policy asks for none. Whatever it throws refuses the act. */
  readonly facts?: (reader: Reader) => Promise<DecisionFacts>;
  /** Carries the act out; runs after the decision, in the transaction that commits with the record. */
  readonly perform: (writer: Writer, act: VerifiedAct | undefined) => Promise<Performed<Result>>;
  readonly transaction?: TransactionOptions;
  /** The job that carries the act out, where devices have no rights of their own on what it changes. */
  readonly principal?: JobPrincipal;
}

/** A record's id with the server's word for it. */
export interface PromisedRecord {
  readonly recordId: ActId;
  /** The server's signed promise that the record will be in the log. */
  readonly promise: Uint8Array;
}

/** A committed act whose answer may leave. */
export interface Acted<Result> extends PromisedRecord {
  readonly result: Result;
}

export interface ActRunnerParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly gate: Pick<ReleaseGate, 'admitted' | 'released' | 'vouched'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly records: Pick<AuditRecordReader, 'findLeaf'>;
  readonly refusals: Pick<UnprovenRefusals, 'isRecorded'>;
  /** Left out where there are no cases. */
  readonly owners?: CaseOwners;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

interface Committed<Result> {
  readonly result: Result;
  readonly recorded: RecordedAct;
  readonly level: AuditGate;
}

/** What is known of an attempt so far, for the record of its failure. */
interface Attempt {
  readonly id: ActId;
  readonly operation: Operation;
  plan?: ActTopic;
  act?: VerifiedAct | undefined;
}

/**
 * The way of every act, in the order that is safe: verify the statement, read the facts, decide, carry out, record, all
 * in one transaction; then hold the answer until its record is as strong as the event demands. A refusal or failure is
 * recorded exactly once, durably, before it is told.
 */
export class ActRunner {
  readonly #parts: ActRunnerParts;
  /** Errors whose record is durable; the edge asks before it records what no use case saw. */
  readonly #recorded = new WeakSet<object>();

  constructor(parts: ActRunnerParts) {
    this.#parts = parts;
  }

  /**
   * `prepare` parses what was submitted and says what is to happen; what it throws is recorded as well.
   * @throws RefusedError `access/refused`, `audit/duplicate-act`, `audit/counter-reused`, `audit/act-time`,
   * `audit/reason-missing`; VerificationError `audit/act`; UnavailableError `audit/unavailable`; whatever the plan throws.
   */
  async run<Result>(ctx: RequestContext, operation: Operation, prepare: () => ActPlan<Result>): Promise<Acted<Result>> {
    const attempt: Attempt = { id: this.#freshId(), operation };
    let committed: Committed<Result>;
    try {
      committed = await this.#commit(ctx, attempt, prepare());
    } catch (error) {
      await this.#recordFailure(ctx, attempt, error);
      throw error;
    }
    return this.#release(committed);
  }

  /**
   * The caller's own statement about this plan; undefined where the event asks for none. For those who batch acts.
   * @throws as `verifyAct`; RefusedError `access/refused` without a session.
   */
  verify(ctx: RequestContext, plan: ActTopic & Pick<ActPlan<unknown>, 'payload'>): VerifiedAct | undefined {
    if (!(auditEvents[plan.event].groups as readonly string[]).includes('act')) return undefined;
    const { principal } = ctx;
    if (principal === undefined) throw accessRefused('no-session');
    const { actBytes, whyBytes, whyOpening } = ctx.claim;
    if (actBytes === undefined) throw wrongAct();
    const why = whyBytes && whyOpening && { bytes: whyBytes, opening: whyOpening };
    return verifyAct(
      { signedAct: actBytes, ...(why === undefined ? {} : { why }) },
      {
        ...placeOf(plan),
        device: { id: principal.deviceId, signingKey: principal.signingKey },
        operation: plan.event,
        payload: plan.payload ?? [],
        nowMs: this.#parts.clock.nowMs(),
      },
    );
  }

  /**
   * Records a refusal that no plan has recorded: an answer of the guard, of the parser or of the transport. Does nothing
   * for an error whose record is durable. @throws UnavailableError `audit/unavailable`: then nothing may be told.
   */
  async recordRefusal(ctx: RequestContext, error: unknown, detail = ''): Promise<void> {
    if (this.#isRecorded(error) || this.#isCounted(ctx, error)) return;
    await this.#record(ctx, this.#denial(ctx, { id: this.#freshId(), failure: failureOf(error), detail }));
    this.accounted(error);
  }

  /**
   * The promise of an act that came before, made again: its bytes are the same. For an act that is answered again, or
   * whose refusal is an answer; `reader` shows a device its own records alone.
   */
  async promisedBefore(reader: Reader, recordId: ActId): Promise<PromisedRecord | undefined> {
    const found = await this.#parts.records.findLeaf(reader, recordId);
    if (found === undefined) return undefined;
    const { leaf, timeMs } = found;
    const recorded = { id: recordId, leaf, leafHash: leafHash(leaf), timeMs };
    return { recordId, promise: this.#parts.promises.promise(recorded) };
  }

  /** Says that this error stands in a record already, by itself or in a count: nobody records it again. */
  accounted(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#recorded.add(error);
  }

  async #commit<Result>(ctx: RequestContext, attempt: Attempt, plan: ActPlan<Result>): Promise<Committed<Result>> {
    const { database, recorder, gate } = this.#parts;
    attempt.plan = plan;
    attempt.act = this.verify(ctx, plan);
    await gate.vouched(auditEvents[plan.event].gate);
    await gate.admitted();
    return database.write(
      plan.principal ?? databasePrincipalOf(ctx.principal),
      async (writer) => {
        const facts = plan.facts === undefined ? {} : await plan.facts(writer);
        demand(ctx.principal, attempt.operation, facts);
        const done = await plan.perform(writer, attempt.act);
        const recording = recorder.record(writer, answeredEntry(ctx, { attempt, plan, facts, done }));
        const [recorded] = await commitBehind(writer, recording);
        return { result: done.result, recorded, level: auditEvents[plan.event].gate };
      },
      plan.transaction,
    );
  }

  /** What is committed stands in the log as allowed, also when its answer has to stay. */
  async #release<Result>({ result, recorded, level }: Committed<Result>): Promise<Acted<Result>> {
    try {
      await this.#parts.gate.released(recorded.id, level);
    } catch (error) {
      this.accounted(error);
      throw error;
    }
    return { result, recordId: recorded.id, promise: this.#parts.promises.promise(recorded) };
  }

  async #recordFailure(ctx: RequestContext, attempt: Attempt, error: unknown): Promise<void> {
    if (this.#isRecorded(error) || this.#isCounted(ctx, error)) return;
    const failure = failureOf(error);
    const detail = [`operation=${attempt.operation}`, ...reasonOf(error)].join(' ');
    const named = attempt.act === undefined ? undefined : ofAct(ctx, attempt, { failure, detail });
    const place = attempt.plan === undefined ? {} : placeOf(attempt.plan);
    const nameless = () => this.#denial(ctx, { id: this.#freshId(), failure, detail, place });
    try {
      if (isTaken(error)) await this.#record(ctx, nameless());
      else await this.#record(ctx, named ?? this.#denial(ctx, { id: attempt.id, failure, detail, place }));
    } catch (fault) {
      // The id is taken: the transaction that nobody knew of did commit, and its record stands.
      if (isUndecided(error) && isTakenBehind(fault)) return;
      if (!isTakenBehind(fault)) throw fault;
      await this.#record(ctx, nameless());
    }
    this.accounted(error);
  }

  async #record(ctx: RequestContext, entry: AuditEntry): Promise<void> {
    try {
      const { caseId, compartmentId } = entry.what;
      const isPlaced = caseId !== undefined || compartmentId !== undefined;
      const principal = isPlaced ? refusalPrincipal : databasePrincipalOf(ctx.principal);
      await this.#parts.database.write(principal, async (writer) => {
        const what = isPlaced ? await this.#owned(writer, entry.what) : entry.what;
        await commitBehind(writer, this.#parts.recorder.record(writer, { ...entry, what }));
      });
    } catch (cause) {
      throw auditUnavailable('not-recorded', cause);
    }
  }

  /** Who refuses a foreign member does not know the case; its owner's oversight body must see the attempt nonetheless. */
  async #owned(reader: Reader, what: AuditWhat): Promise<AuditWhat> {
    const owned = await this.#parts.owners?.ownerOf(reader, what);
    return owned === undefined ? what : { ...owned, ...what };
  }

  /** Beyond their bound, refusals of callers without proof are recorded in a sum. */
  #isCounted({ principal, source }: RequestContext, error: unknown): boolean {
    if (principal !== undefined) return false;
    if (this.#parts.refusals.isRecorded(source.address, failureOf(error).reasonCode)) return false;
    this.accounted(error);
    return true;
  }

  #denial(
    ctx: RequestContext,
    attempt: {
      readonly id: ActId;
      readonly failure: Failure;
      readonly detail: string;
      readonly place?: Partial<AuditWhat>;
    },
  ): AuditEntry {
    const what = { ...nothingConcerned, ...attempt.place, detail: attempt.detail };
    const facts = { who: whoOf(ctx.principal), what, source: sourceOf(ctx) };
    return { id: attempt.id, event: 'authz.denied', ...attempt.failure, ...facts };
  }

  #freshId(): ActId {
    return newActId(this.#parts.clock, this.#parts.random);
  }

  #isRecorded(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#recorded.has(error);
  }
}

/** The record of an act that is answered: as allowed, or as refused where the answer is that nothing was done. */
function answeredEntry<Result>(
  ctx: RequestContext,
  acted: {
    readonly attempt: Attempt;
    readonly plan: ActTopic;
    readonly facts: DecisionFacts;
    readonly done: Performed<Result>;
  },
): AuditEntry {
  const { attempt, plan, facts } = acted;
  const { what, refusal } = acted.done;
  const owner = facts.ownerAuthorityId === undefined ? {} : { ownerAuthorityId: facts.ownerAuthorityId };
  const told = refusal === undefined ? {} : { detail: `operation=${attempt.operation}` };
  return {
    id: attempt.act?.act.actId ?? attempt.id,
    event: plan.event,
    ...(refusal === undefined ? { outcome: 'allowed', reasonCode: 'ok' } : failureOf(refusal)),
    who: whoOf(ctx.principal, facts.membership?.role ?? 0),
    what: { ...nothingConcerned, ...placeOf(plan), ...owner, ...what, ...told },
    source: sourceOf(ctx),
    ...(attempt.act === undefined ? {} : { act: attempt.act }),
  };
}

/** The record of a failed act whose statement held: under its own event and id, so that id and counter are used up. */
function ofAct(
  ctx: RequestContext,
  { act, plan }: Attempt,
  { failure, detail }: { readonly failure: Failure; readonly detail: string },
): AuditEntry | undefined {
  if (act === undefined || plan === undefined) return undefined;
  const what = { ...nothingConcerned, ...placeOf(plan), detail };
  return {
    id: act.act.actId,
    event: plan.event,
    ...failure,
    who: whoOf(ctx.principal),
    what,
    source: sourceOf(ctx),
    act,
  };
}

function placeOf({ caseId, compartmentId, objectId, version }: ActTopic): Omit<ActTopic, 'event'> {
  return {
    ...(caseId === undefined ? {} : { caseId }),
    ...(compartmentId === undefined ? {} : { compartmentId }),
    ...(objectId === undefined ? {} : { objectId }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Why access was refused goes into the record and nowhere else. */
function reasonOf(error: unknown): readonly string[] {
  const reason = refusalReason(error);
  return reason === undefined ? [] : [`reason=${reason}`];
}

function isTakenBehind(fault: unknown): boolean {
  return fault instanceof Error && isTaken(fault.cause);
}
