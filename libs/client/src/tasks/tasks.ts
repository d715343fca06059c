import { type CompartmentId, limits, type ObjectId } from '@rogatory/kernel';
import { changeTask, checkTaskContent, planTasks, type TaskActor, type TaskPlan } from '@rogatory/coordination';
import {
  actSubjects,
  encodeTaskContent,
  itemClasses,
  sizes,
  type TaskContent,
  type TaskFacts,
  type TaskView,
} from '@rogatory/protocol';
import type { CaseParts } from '../cases/case-parts.js';
import type { Cases } from '../cases/cases.js';
import type { Compartment } from '../cases/compartment.js';
import { newObjectId } from '../cases/item-posting.js';
import type { OpenCase } from '../cases/open-case.js';
import { refusedError, usageError, verificationError } from '../client.errors.js';
import { tasksOperation } from '../operations.generated.js';
import { type OpenTask, openTask, plannedTask } from './open-task.js';
import { type OwnWork, type OwnWorkRange, OwnWorkReading } from './own-work.js';
import { type ChangeDraft, draftChange, type DraftedChange, draftProposal, type ProposalDraft } from './task-drafts.js';
import { eventsOf, replayTasks, type TaskEvent, type TaskReplay } from './task-replay.js';
import { readUpTo, requireTrue, type ToldPage, toldPage, type ToldTask, versionsKnown } from './told-tasks.js';

export interface TasksParts {
  readonly cases: Cases;
  readonly caseParts: CaseParts;
}

/**
 * Tasks of compartments. What a task is follows from its signed changes, replayed here by the rule that the server follows;
 * what the server lists is held against it. Read from the replica that `OpenCase.sync` or `follow` feeds.
 */
export class Tasks {
  readonly #parts: TasksParts;

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /** Every task of a compartment, in the order in which they were proposed. */
  list(compartment: Compartment): OpenTask[] {
    const replay = replayTasks(compartment);
    return replay.board.tasks.map((task) =>
      openTask(compartment.compartmentId, task, eventsOf(compartment, replay, task.taskId)),
    );
  }

  /** @throws RefusedError `client/not-found`. */
  find(compartment: Compartment, taskId: ObjectId): OpenTask {
    const replay = replayTasks(compartment);
    const task = replay.board.find(taskId);
    if (task === undefined) throw refusedError('client/not-found');
    return openTask(compartment.compartmentId, task, eventsOf(compartment, replay, taskId));
  }

  /** The signed changes of a task in the order of the log, those that the rules refuse marked as such. */
  history(compartment: Compartment, taskId: ObjectId): TaskEvent[] {
    return eventsOf(compartment, replayTasks(compartment), taskId);
  }

  /** The critical path of a compartment by estimates and due times. */
  plan(compartment: Compartment): TaskPlan {
    return planTasks(this.list(compartment).map(plannedTask), this.#parts.caseParts.gateway.clock.nowMs());
  }

  /**
   * Proposes a task in the name of the own state.
   * @throws UsageError `client/input` for what is out of bounds; VerificationError `task/content`; RefusedError `task/…`.
   */
  async propose(open: OpenCase, id: CompartmentId, draft: ProposalDraft): Promise<OpenTask> {
    const compartment = open.compartment(id);
    const taskId = newObjectId(this.#parts.caseParts.gateway.random);
    const made = draftProposal(draft, this.#actor(compartment).state);
    await this.#post(open, compartment, { taskId, version: 1, ...made });
    return this.find(compartment, taskId);
  }

  /**
   * Makes one change. Nothing is overwritten: whoever was faster makes it `task/stale`, with the version in force.
   * @throws RefusedError `task/stale`, `task/side`, `task/transition` and the others of docs/spec/tasks.md 3; VerificationError
   * `task/content` without the reason that it needs; UsageError `client/input`.
   */
  async change(open: OpenCase, id: CompartmentId, draft: ChangeDraft): Promise<OpenTask> {
    const compartment = open.compartment(id);
    const task = this.find(compartment, draft.taskId);
    const made = draftChange(task, draft, this.#actor(compartment));
    const version = (draft.seenVersion ?? task.version) + 1;
    await this.#post(open, compartment, { taskId: task.taskId, version, ...made });
    return this.find(compartment, task.taskId);
  }

  /**
   * Holds the server's list of a compartment against the signed changes: each task in a state that they made, none left out.
   * A lie is kept as an alarm. @throws VerificationError `client/task-state`.
   */
  async compare(compartment: Compartment): Promise<void> {
    await compartment.sync();
    const { compartmentId } = compartment;
    await this.#parts.caseParts.alarms.guard(
      async () => {
        const before = versionsKnown(replayTasks(compartment));
        const told = await this.#listed(compartmentId);
        const replay = await this.#requireTrue(compartment, told, before);
        const listed = new Set(told.map(({ taskId }) => taskId));
        const isWhole = [...before.keys()].every((taskId) => listed.has(taskId));
        const isOnce = listed.size === told.length && told.every((task) => task.compartmentId === compartmentId);
        if (!isWhole || !isOnce || replay.board.tasks.length < listed.size) {
          throw verificationError('client/task-state');
        }
      },
      { compartmentId },
    );
  }

  /**
   * What concerns the own post in all its cases, by due time, page by page up to a bound. Each case is opened and each task
   * held against its signed changes and the view asked for; what cannot be opened now is named beside the rest. That a task
   * was left out shows in its compartment, by `compare`.
   * @throws VerificationError `client/task-state`, `client/answer`; UsageError `client/input` for a range that there is not;
   * UnavailableError.
   */
  own(view: TaskView, range: OwnWorkRange = {}): Promise<OwnWork> {
    const { cases, caseParts } = this.#parts;
    return new OwnWorkReading(caseParts, cases, view).read(range);
  }

  async #listed(compartmentId: CompartmentId): Promise<readonly ToldTask[]> {
    const found: ToldTask[] = [];
    let after: string | undefined;
    for (let hasMore = true; hasMore && found.length <= limits.maxTasksPerCompartment; ) {
      const variables = { compartmentId, first: limits.maxPageItems, ...(after === undefined ? {} : { after }) };
      const call = { variables, subject: actSubjects.listTasks(compartmentId) };
      const page: ToldPage = await this.#parts.caseParts.gateway.call(tasksOperation, call, ({ tasks }) =>
        toldPage(tasks),
      );
      found.push(...page.tasks);
      after = page.endCursor;
      hasMore = page.hasMore && page.tasks.length > 0;
    }
    return found;
  }

  async #requireTrue(
    compartment: Compartment,
    told: readonly ToldTask[],
    before: ReadonlyMap<ObjectId, number>,
  ): Promise<TaskReplay> {
    const replay = await readUpTo(compartment, told);
    for (const task of told) requireTrue(task, replay, before.get(task.taskId) ?? 0);
    return replay;
  }

  async #post(
    open: OpenCase,
    compartment: Compartment,
    change: DraftedChange & { readonly taskId: ObjectId; readonly version: number },
  ): Promise<void> {
    const { taskId, version, facts, content } = change;
    checkBounds(content, facts);
    checkTaskContent(facts.action, content);
    const plaintext = encodeTaskContent(content);
    const item = { itemClass: itemClasses.task, objectId: taskId, version, task: facts, plaintext };
    await this.#parts.cases.post(open, compartment.compartmentId, () => {
      // Judged by what is known at the moment of sealing: what others did meanwhile is not for this device to step over.
      const { board } = replayTasks(compartment);
      const judged = { taskId, version, itemHash: new Uint8Array(sizes.hash), facts, actor: this.#actor(compartment) };
      changeTask(board.find(taskId), judged, board);
      return item;
    });
  }

  #actor(compartment: Compartment): TaskActor {
    const member = compartment.state.members.device(this.#parts.caseParts.keys.deviceId);
    if (member === undefined) throw refusedError('client/not-a-member');
    return member;
  }
}

function checkBounds({ title, text, steps }: TaskContent, { dependencies }: TaskFacts): void {
  const isBounded =
    [...title].length <= limits.maxNameCharacters &&
    [...text].length <= limits.maxMessageCharacters &&
    steps.length <= limits.maxTaskSteps &&
    steps.every((step) => new TextEncoder().encode(step.text).length <= limits.maxTaskStepBytes) &&
    dependencies.length <= limits.maxTaskDependencies;
  if (!isBounded) throw usageError('client/input');
}
