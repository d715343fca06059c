import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import { caseMigrations } from '@rogatory/cases';
import { type Actor, asksToPost, CaseWorld } from '@rogatory/cases/testing';
import { applyItem, type ChainState, itemHash } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { clockOf } from '@rogatory/directory/testing';
import type { ObjectId } from '@rogatory/kernel';
import {
  actSubjects,
  decodeSignedItem,
  itemClasses,
  type ItemHeader,
  type TaskAction,
  taskActions,
  type TaskFacts,
  type TaskState,
  taskStates,
  type TaskView,
} from '@rogatory/protocol';
import type { Database, Migration } from '@rogatory/platform-database';
import { openTasks, type Tasks } from '../open-tasks.js';
import { taskMigrations } from '../storage/task-migrations.js';

export const taskWorldMigrations: readonly Migration[] = [
  ...auditMigrations,
  ...directoryMigrations,
  ...caseMigrations,
  ...taskMigrations,
];

/** A task as its author last knew it. */
export interface KnownTask {
  readonly taskId: ObjectId;
  readonly version: number;
  readonly facts: TaskFacts;
  readonly itemHash: Uint8Array;
}

/** Tasks in one case of a test: the first person leads it, the others contribute; each acts by signed items. */
export class TaskWorld {
  readonly world: CaseWorld;
  readonly tasks: Tasks;
  state: ChainState;

  private constructor(world: CaseWorld, tasks: Tasks, state: ChainState) {
    this.world = world;
    this.tasks = tasks;
    this.state = state;
  }

  static async open(
    database: Database,
    options: { readonly seed: number; readonly states: readonly string[]; readonly persons: number },
  ): Promise<TaskWorld> {
    const world = await CaseWorld.open(database, options);
    const { acts } = world.server.audit;
    const tasks = openTasks({ database, clock: clockOf(world.chains.federation), acts, cases: world.cases });
    const members = world.actors.slice(1, -1);
    return new TaskWorld(world, tasks, await world.createCase(world.actor(0), members));
  }

  /** Facts of a proposal to somebody's post. */
  proposal(from: Actor, to: Actor, changes: Partial<TaskFacts> = {}): TaskFacts {
    const { person } = to.device;
    const { id: authorityId, record } = person.authority;
    return {
      ...{ action: taskActions.propose, state: taskStates.proposed, previousHash: new Uint8Array(32) },
      owner: from.device.person.authority.record.state,
      assignee: { state: record.state, authorityId, postId: person.postId },
      ...{ dependencies: [], ...changes },
    };
  }

  /** A signed item of class task; not sent. */
  itemOf(
    actor: Actor,
    place: Pick<KnownTask, 'taskId' | 'version'>,
    facts: TaskFacts,
    forged: Partial<ItemHeader> = {},
  ) {
    const { taskId: objectId, version } = place;
    const header = { itemClass: itemClasses.task, objectId, version, task: facts, ...forged };
    return this.world.chains.item(this.state, { sender: actor.device, forged: header });
  }

  async send(actor: Actor, item: Uint8Array): Promise<void> {
    const { result } = await this.tasks.changeTask.run(asksToPost(actor, item), item);
    if (result.kind !== 'posted') throw new RangeError('the head moved');
    this.take(item);
  }

  /** Notes an item that was taken. */
  take(item: Uint8Array): void {
    this.state = applyItem(this.state, item, this.world.chains.facts()).state;
  }

  async propose(from: Actor, to: Actor, changes: Partial<TaskFacts> = {}): Promise<KnownTask> {
    const facts = this.proposal(from, to, changes);
    const place = { taskId: this.world.chains.federation.id<ObjectId>(), version: 1 };
    const item = this.itemOf(from, place, facts);
    await this.send(from, item);
    return { ...place, facts, itemHash: itemHash(decodeSignedItem(item)) };
  }

  /** The next change of a task as its author knew it. */
  next(known: KnownTask, action: TaskAction, state: TaskState, changes: Partial<TaskFacts> = {}) {
    const facts = { ...known.facts, action, state, previousHash: known.itemHash, ...changes };
    return { place: { taskId: known.taskId, version: known.version + 1 }, facts };
  }

  async change(
    actor: Actor,
    known: KnownTask,
    step: { readonly action: TaskAction; readonly state: TaskState; readonly changes?: Partial<TaskFacts> },
  ): Promise<KnownTask> {
    const { place, facts } = this.next(known, step.action, step.state, step.changes);
    const item = this.itemOf(actor, place, facts);
    await this.send(actor, item);
    return { ...place, facts, itemHash: itemHash(decodeSignedItem(item)) };
  }

  async list(actor: Actor, page: { readonly first?: number; readonly after?: ObjectId } = {}) {
    const { compartmentId } = this.state;
    const context = actor.acting.asks(actSubjects.listTasks(compartmentId));
    return (await this.tasks.readTasks.list(context, { compartmentId, ...page })).result;
  }

  async own(actor: Actor, view: TaskView, page: { readonly first?: number; readonly after?: string | undefined } = {}) {
    const context = actor.acting.asks(actSubjects.listOwnTasks());
    return (await this.tasks.readTasks.own(context, { view, ...page })).result;
  }

  /** What a piece of work comes to, and what it adds to the log. */
  added(work: () => Promise<unknown>): Promise<readonly string[]> {
    return addedBy(this.world.database, work);
  }
}
