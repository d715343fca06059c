import { type Clock, type DeviceId, isRogatoryError, limits } from '@rogatory/kernel';
import { actOfItem, demand, refusalReason } from '@rogatory/access';
import {
  type ActRunner,
  type AuditEntry,
  type AuditRecorder,
  commitBehind,
  databasePrincipalOf,
  type DecisionFacts,
  failureOf,
  nothingConcerned,
  type PromiseSigner,
  type RecordedAct,
  type ReleaseGate,
  sourceOf,
  whoOf,
} from '@rogatory/audit';
import {
  type Answered,
  type CompartmentReader,
  type ContentLogs,
  type LockedLogs,
  type PlacedItem,
  postedEarlier,
  wantedFor,
} from '@rogatory/cases';
import { auditObjectKinds, type AuditWhat } from '@rogatory/protocol';
import type { Database, JobPrincipal, Writer } from '@rogatory/platform-database';
import { GroupQueue } from './group-queue.js';
import type { Post, PostOutcome } from './post.js';

export interface PostBatcherParts {
  readonly database: Pick<Database, 'read' | 'write'>;
  readonly acts: Pick<ActRunner, 'accounted' | 'recordRefusal' | 'promisedBefore'>;
  readonly recorder: Pick<AuditRecorder, 'recordMany'>;
  readonly gate: Pick<ReleaseGate, 'admitted'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly logs: Pick<ContentLogs, 'guess' | 'confirm' | 'lock' | 'write'>;
  readonly compartments: Pick<CompartmentReader, 'placedBy'>;
  readonly clock: Clock;
}

interface Task extends Post {
  readonly resolve: (answer: Answered<PostOutcome>) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one post inside its group. */
type Judged = { readonly placed: PlacedItem; readonly hash: Uint8Array } | { readonly error: unknown };

interface Verdict {
  readonly judged: Judged;
  readonly facts: DecisionFacts;
}

const principal: JobPrincipal = { kind: 'job', job: 'case-posts' };

/**
 * Commits the posts of many callers together: one transaction locks the heads, gives each post its place, and writes
 * items and records in one statement each. Every post is still verified, decided, refused and recorded by itself.
 */
export class PostBatcher {
  readonly #parts: PostBatcherParts;
  readonly #queue: GroupQueue<Task>;
  /** Devices whose acts were not new: their posts stand alone for a while, so that they cost nobody else a try. */
  readonly #suspects = new Map<DeviceId, number>();
  #admittedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PostBatcherParts) {
    this.#parts = parts;
    this.#queue = new GroupQueue<Task>({
      run: (group) => this.#run(group),
      bytesOf: ({ item }) => item.bytes.length,
      isAlone: ({ principal: { deviceId } }) => (this.#suspects.get(deviceId) ?? 0) > parts.clock.monotonicMs(),
      maxTasks: limits.maxPostsPerBatch,
      maxBytes: limits.maxPostBatchBytes,
      maxWaiting: limits.maxWaitingPosts,
    });
  }

  /** Resolves when the post is durable, or refused and recorded. */
  post(post: Post): Promise<Answered<PostOutcome>> {
    return new Promise((resolve, reject) => this.#queue.add({ ...post, resolve, reject }));
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #run(group: readonly Task[]): Promise<void> {
    try {
      await this.#admit();
      await this.#commit(group);
    } catch (error) {
      if (group.length === 1) await this.#fail(group[0] as Task, error);
      else if (mayBeOne(error)) await this.#eachAlone(group, error);
      else for (const task of group) await this.#fail(task, error);
    }
  }

  /** Something about one of them made all fail: alone, only that one does. */
  async #eachAlone(group: readonly Task[], cause: unknown): Promise<void> {
    for (const task of group) {
      try {
        await this.#commit([task]);
      } catch (error) {
        if (isTaken(cause)) this.#suspect(task.principal.deviceId);
        await this.#fail(task, error);
      }
    }
  }

  /** Back-pressure by the sequencer, asked at most once per tick. */
  async #admit(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#admittedAtMs < limits.sequencerTickMs) return;
    await this.#parts.gate.admitted();
    this.#admittedAtMs = nowMs;
  }

  /** By the logs as this server left them, which saves a round trip; when another one was there since, by what it finds. */
  async #commit(group: readonly Task[]): Promise<void> {
    const guessed = this.#parts.logs.guess(wantedFor(group.map(({ item }) => item.header)));
    try {
      await this.#commitBy(group, guessed);
    } catch (error) {
      const isWrong = isRogatoryError(error) && error.code === 'cases/log-moved';
      if (guessed === undefined || !isWrong) throw error;
      await this.#commitBy(group, undefined);
    }
  }

  async #commitBy(group: readonly Task[], guessed: LockedLogs | undefined): Promise<void> {
    const { verdicts, recorded, logs } = await this.#parts.database.write(principal, (writer) =>
      this.#write(writer, group, guessed),
    );
    group.forEach((task, i) =>
      this.#settle(task, verdicts[i] as Verdict, { recorded: recorded[i] as RecordedAct, logs }),
    );
  }

  async #write(writer: Writer, group: readonly Task[], guessed: LockedLogs | undefined) {
    const wanted = wantedFor(group.map(({ item }) => item.header));
    const logs = guessed ?? (await this.#parts.logs.lock(writer, wanted));
    const verdicts = group.map((task) => this.#judge(logs, task));
    const entries = group.map((task, i) => entryOf(task, verdicts[i] as Verdict));
    const confirmed = guessed === undefined ? undefined : this.#parts.logs.confirm(writer, guessed);
    const recording = this.#parts.recorder.recordMany(writer, entries);
    const written = this.#parts.logs.write(writer, logs);
    const [, recorded] = await commitBehind(writer, confirmed, recording, written);
    return { verdicts, recorded, logs };
  }

  #judge(logs: LockedLogs, { item, act, principal: asker }: Task): Verdict {
    const { compartmentId, itemClass } = item.header;
    const membership = logs.membership(compartmentId, asker.deviceId);
    const ownerAuthorityId = logs.find(compartmentId)?.head?.ownerAuthorityId;
    const facts: DecisionFacts = {
      act: actOfItem(itemClass),
      ...(membership === undefined ? {} : { membership }),
      ...(ownerAuthorityId === undefined ? {} : { ownerAuthorityId }),
    };
    try {
      demand(asker, 'mutation.postItem', facts);
      const submission = { bytes: item.bytes, auditId: act.act.actId, device: asker.deviceId };
      const { contentIndex, state, itemHash } = logs.acceptItem(compartmentId, submission);
      const { size, root } = state.content;
      const placed = { position: contentIndex, contentSize: size, contentRoot: root, receivedAtMs: logs.receivedAtMs };
      return { judged: { placed, hash: itemHash }, facts };
    } catch (error) {
      return { judged: { error }, facts };
    }
  }

  #settle(
    task: Task,
    { judged }: Verdict,
    { recorded, logs }: { readonly recorded: RecordedAct; readonly logs: LockedLogs },
  ): void {
    const receipt = () => ({ recordId: recorded.id, promise: this.#parts.promises.promise(recorded) });
    if ('placed' in judged) {
      task.resolve({ result: { kind: 'posted', ...judged.placed }, receipt: receipt() });
      return;
    }
    this.#parts.acts.accounted(judged.error);
    const head = logs.find(task.item.header.compartmentId)?.head;
    const isStale = isRogatoryError(judged.error) && judged.error.code === 'chain/stale-head';
    if (isStale && head !== undefined) task.resolve({ result: { kind: 'stale', head }, receipt: receipt() });
    else task.reject(judged.error);
  }

  /** The transaction failed: an act that came before gets its answer again, everything else its record and its error. */
  async #fail(task: Task, error: unknown): Promise<void> {
    try {
      const isUndecided = isRogatoryError(error) && error.code === 'database/commit-unknown';
      const earlier = isTaken(error) || isUndecided ? await this.#postedEarlier(task) : undefined;
      // A commit that did happen stands in the log as allowed, and as nothing else.
      if (earlier !== undefined && isUndecided) return task.resolve(earlier);
      await this.#parts.acts.recordRefusal(task.ctx, error, 'operation=mutation.postItem');
      if (earlier === undefined) task.reject(error);
      else task.resolve(earlier);
    } catch (fault) {
      task.reject(fault);
    }
  }

  async #postedEarlier({ ctx }: Task): Promise<Answered<PostOutcome> | undefined> {
    const reading = databasePrincipalOf(ctx.principal);
    return this.#parts.database.read(reading, (reader) => postedEarlier(reader, ctx, this.#parts));
  }

  #suspect(device: DeviceId): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [known, untilMs] of this.#suspects) if (untilMs <= nowMs) this.#suspects.delete(known);
    if (this.#suspects.size < limits.maxCachedChains) this.#suspects.set(device, nowMs + limits.suspectPostsMs);
  }
}

function isTaken(error: unknown): boolean {
  return isRogatoryError(error) && (error.code === 'audit/duplicate-act' || error.code === 'audit/counter-reused');
}

/** Whether the fault may lie with one post of the group, or passes by itself. */
function mayBeOne(error: unknown): boolean {
  if (!isRogatoryError(error)) return true;
  return error.family !== 'unavailable';
}

function entryOf({ ctx, act, item, principal: asker }: Task, { judged, facts }: Verdict): AuditEntry {
  const { caseId, compartmentId, objectId, version } = item.header;
  const owner = facts.ownerAuthorityId === undefined ? {} : { ownerAuthorityId: facts.ownerAuthorityId };
  const what: AuditWhat = { ...nothingConcerned, caseId, compartmentId, objectId, version, ...owner };
  const who = whoOf(asker, facts.membership?.role ?? 0);
  const entry = { id: act.act.actId, event: item.subject.event, who, source: sourceOf(ctx), act } as const;
  if ('placed' in judged) {
    const posted = { objectKind: auditObjectKinds.item, objectHash: judged.hash, bytes: item.bytes.length, count: 1 };
    return { ...entry, outcome: 'allowed', reasonCode: 'ok', what: { ...what, ...posted } };
  }
  const reason = refusalReason(judged.error);
  const detail = `operation=mutation.postItem${reason === undefined ? '' : ` reason=${reason}`}`;
  return { ...entry, ...failureOf(judged.error), what: { ...what, detail } };
}
