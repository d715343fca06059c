import { type CaseId, type CompartmentId, isRogatoryError, limits } from '@rogatory/kernel';
import { isInView, type WorkPost } from '@rogatory/coordination';
import { actSubjects, type TaskView } from '@rogatory/protocol';
import type { CaseParts } from '../cases/case-parts.js';
import type { Cases } from '../cases/cases.js';
import type { Compartment } from '../cases/compartment.js';
import type { OpenCase } from '../cases/open-case.js';
import { refusedError, usageError, verificationError } from '../client.errors.js';
import { ownTasksOperation } from '../operations.generated.js';
import { type OpenTask, openTask } from './open-task.js';
import { eventsOf, type TaskReplay } from './task-replay.js';
import { readUpTo, requireTrue, type ToldPage, toldPage, type ToldTask } from './told-tasks.js';

/** A task of the own work, from its verified changes. */
export interface OwnTask extends OpenTask {
  readonly caseId: CaseId;
  /** Since when it is in its state with its assignee, by the server's clock. */
  readonly sinceMs: number;
}

/** Where work is that could not be read now. */
export interface UnopenedWork {
  readonly caseId: CaseId;
  /** Undefined where the case as a whole could not be opened. */
  readonly compartmentId?: CompartmentId;
  /** Why: the code of the failure; `client/not-a-member` for whoever was removed since it was listed. */
  readonly code: string;
}

export interface OwnWork {
  /** By due time, those without one last. */
  readonly tasks: readonly OwnTask[];
  readonly unopened: readonly UnopenedWork[];
  /** Goes on behind the last that was listed; undefined at the end. */
  readonly next: string | undefined;
}

/** Which part of a list of the own work. */
export interface OwnWorkRange {
  /** `next` of the part before. */
  readonly after?: string | undefined;
  /** At most so many are listed; `limits.maxOwnTasksRead` at once. */
  readonly most?: number | undefined;
}

interface Found {
  readonly task: OwnTask;
  readonly unopened?: undefined;
}
type Read = Found | { readonly unopened: UnopenedWork } | undefined;

/** One reading of the own work: every case is opened once, and every compartment replayed once. */
export class OwnWorkReading {
  readonly #parts: CaseParts;
  readonly #cases: Cases;
  readonly #view: TaskView;
  readonly #opened = new Map<CaseId, OpenCase | string>();
  readonly #replays = new Map<CompartmentId, TaskReplay | string>();
  /** Compartments that are not among those of their case: whoever was removed, or a lie. */
  readonly #gone = new Map<CompartmentId, CaseId>();

  constructor(parts: CaseParts, cases: Cases, view: TaskView) {
    this.#parts = parts;
    this.#cases = cases;
    this.#view = view;
  }

  /** @throws UsageError `client/input`; VerificationError `client/task-state`, `client/answer`; UnavailableError. */
  async read({ after, most = limits.maxOwnTasksRead }: OwnWorkRange): Promise<OwnWork> {
    if (!Number.isSafeInteger(most) || most < 1 || most > limits.maxOwnTasksRead) throw usageError('client/input');
    await this.#parts.directory.syncWhenOld();
    // Whoever changed post meanwhile is shown what either post has to do.
    const posts = [this.#post()];
    const { told, next } = await this.#listed(after, most);
    for (const { caseId } of told) await this.#open(caseId);
    const tasks: OwnTask[] = [];
    const unopened = new Map<string, UnopenedWork>();
    for (const each of told) {
      const read = await this.#taskOf(each, posts);
      if (read?.unopened !== undefined) unopened.set(read.unopened.compartmentId ?? each.caseId, read.unopened);
      else if (read !== undefined) tasks.push(read.task);
    }
    await this.#requireGone(after, most);
    return { tasks, unopened: [...unopened.values()], next };
  }

  async #listed(after: string | undefined, most: number) {
    const told: ToldTask[] = [];
    let next = after;
    for (let hasMore = true; hasMore && told.length < most; ) {
      const first = Math.min(limits.maxPageItems, most - told.length);
      const variables = { view: this.#view, first, ...(next === undefined ? {} : { after: next }) };
      const call = { variables, subject: actSubjects.listOwnTasks() };
      const page: ToldPage = await this.#parts.gateway.call(ownTasksOperation, call, ({ ownTasks }) =>
        toldPage(ownTasks),
      );
      // An order that rises leaves no place for a task twice, and none for pages without end.
      if (page.tasks.length > first || !isRising([...told.slice(-1), ...page.tasks]))
        throw verificationError('client/answer');
      told.push(...page.tasks);
      hasMore = page.hasMore && page.tasks.length > 0;
      next = hasMore ? page.endCursor : undefined;
      if (hasMore && next === undefined) throw verificationError('client/answer');
    }
    return { told, next };
  }

  async #open(caseId: CaseId): Promise<void> {
    if (this.#opened.has(caseId)) return;
    this.#opened.set(caseId, await orCode(() => this.#cases.open(caseId)));
  }

  async #taskOf(told: ToldTask, posts: WorkPost[]): Promise<Read> {
    const { caseId, compartmentId } = told;
    const open = this.#opened.get(caseId);
    if (open === undefined || typeof open === 'string')
      return { unopened: { caseId, code: open ?? 'client/not-found' } };
    if (!open.has(compartmentId)) {
      this.#gone.set(compartmentId, caseId);
      return { unopened: { caseId, compartmentId, code: 'client/not-a-member' } };
    }
    const compartment = open.compartment(compartmentId);
    const replay = await this.#replay(compartment, told);
    if (typeof replay === 'string') return { unopened: { caseId, compartmentId, code: replay } };
    const check = async (): Promise<void> => {
      requireTrue(told, replay, 0);
      if (!(await this.#isApt(told, posts)))
        throw verificationError('client/task-state', { details: { taskId: told.taskId } });
    };
    await this.#parts.alarms.guard(check, { compartmentId });
    const task = replay.board.find(told.taskId);
    // What others did since it was listed may have taken it out of this view.
    if (task === undefined || !posts.some((post) => this.#fits(task, post))) return undefined;
    const events = eventsOf(compartment, replay, told.taskId);
    return { task: { ...openTask(compartmentId, task, events), caseId, sinceMs: told.sinceMs } };
  }

  /** What is newer than this device's log is read before it is judged. The code of a refusal where that cannot be. */
  async #replay(compartment: Compartment, told: ToldTask): Promise<TaskReplay | string> {
    const known = this.#replays.get(compartment.compartmentId);
    if (typeof known === 'string') return known;
    const replay = await orCode(() => readUpTo(compartment, [told], known));
    this.#replays.set(compartment.compartmentId, replay);
    return replay;
  }

  async #isApt(told: ToldTask, posts: WorkPost[]): Promise<boolean> {
    if (posts.some((post) => this.#fits(told, post))) return true;
    await this.#parts.directory.sync();
    const post = this.#post();
    posts.push(post);
    return this.#fits(told, post);
  }

  #fits(task: Parameters<typeof isInView>[0], post: WorkPost): boolean {
    const nowMs = this.#parts.gateway.clock.nowMs() + limits.maxClockSkewMs;
    return isInView(task, this.#view, { post, nowMs });
  }

  #post(): WorkPost {
    const { directory, keys } = this.#parts;
    const person = directory.view.person(keys.personId);
    const authority = person && directory.view.authority(person.authorityId);
    if (person === undefined || authority === undefined) throw refusedError('client/not-found');
    const { authorityId, certificate } = person;
    return { state: authority.record.state, authorityId, postId: certificate.postId };
  }

  /**
   * Somebody who was removed after the list was made is told so; a server that still lists what it does not open has lied.
   * Asked only where something is missing.
   */
  async #requireGone(after: string | undefined, most: number): Promise<void> {
    if (this.#gone.size === 0) return;
    const { told } = await this.#listed(after, most);
    for (const compartmentId of new Set(told.map((task) => task.compartmentId))) {
      const caseId = this.#gone.get(compartmentId);
      if (caseId === undefined) continue;
      const check = async (): Promise<void> => {
        const open = await this.#cases.open(caseId);
        if (!open.has(compartmentId)) throw verificationError('client/task-state');
      };
      await this.#parts.alarms.guard(check, { compartmentId });
    }
  }
}

/** The result, or the code of what a server refused or what does not hold; a failure of the way there fails it all. */
async function orCode<Result extends object>(work: () => Promise<Result>): Promise<Result | string> {
  try {
    return await work();
  } catch (error) {
    if (!isRogatoryError(error) || error.family === 'unavailable' || error.family === 'internal') throw error;
    return error.code;
  }
}

function isRising(told: readonly ToldTask[]): boolean {
  return told.every((task, i) => {
    const before = told[i - 1];
    return before === undefined || compare(before, task) < 0;
  });
}

function compare(a: ToldTask, b: ToldTask): number {
  const [first, second] = [a, b].map(({ due }) => due?.timeMs ?? Number.MAX_SAFE_INTEGER) as [number, number];
  if (first !== second) return first - second;
  return compareIds(a.compartmentId + a.taskId, b.compartmentId + b.taskId);
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
