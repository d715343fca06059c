import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { answer, type ItemPosted, PostResult, type StaleHead, staleView } from '@rogatory/cases';
import { parseCompartmentId, parseObjectId } from '@rogatory/kernel';
import { BytesScalar, CurrentRequest, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ChangeTask } from '../application/change-task.js';
import type { ReadTasks, TaskPage as FoundTasks } from '../application/read-tasks.js';
import type { StoredTask } from '../domain/stored-task.js';
import { OwnTasksArgs, Task, TaskPage, TasksArgs } from './task.types.js';

export interface TaskUses {
  readonly changeTask: Pick<ChangeTask, 'run'>;
  readonly readTasks: Pick<ReadTasks, 'list' | 'own'>;
}

/** Tasks: changed by signed items, listed by where they stand. */
@Resolver()
export class TaskResolver {
  readonly #use: TaskUses;

  constructor(use: TaskUses) {
    this.#use = use;
  }

  @Query(() => TaskPage, { description: 'The tasks of a compartment, in the order of their ids.' })
  @Access('query.tasks')
  async tasks(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, first, after }: TasksArgs,
  ): Promise<TaskPage> {
    const query = {
      ...{ compartmentId: parseCompartmentId(compartmentId), first: first ?? undefined },
      after: after === null || after === undefined ? undefined : parseObjectId(after),
    };
    return pageView(answer(receipts, await this.#use.readTasks.list(ctx, query)));
  }

  @Query(() => TaskPage, { description: 'Tasks of all cases that concern the own post, by due time.' })
  @Access('query.ownTasks')
  async ownTasks(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { view, first, after }: OwnTasksArgs,
  ): Promise<TaskPage> {
    const query = { view, first: first ?? undefined, after: after ?? undefined };
    return pageView(answer(receipts, await this.#use.readTasks.own(ctx, query)));
  }

  @Mutation(() => PostResult, { description: 'Posts the change of a task.' })
  @Access('mutation.changeTask')
  async changeTask(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('item', { type: () => BytesScalar, description: 'The signed item of the change.' }) item: Uint8Array,
  ): Promise<ItemPosted | StaleHead> {
    const outcome = answer(receipts, await this.#use.changeTask.run(ctx, item));
    if (outcome.kind === 'stale') return staleView(outcome.head);
    const { position, contentSize, contentRoot, receivedAtMs } = outcome;
    return { position, contentSize, contentRoot, receivedAtMs };
  }
}

function pageView({ tasks, endCursor, hasMore }: FoundTasks): TaskPage {
  return { tasks: tasks.map(taskView), endCursor: endCursor ?? null, hasMore };
}

function taskView(task: StoredTask): Task {
  const { caseId, compartmentId, taskId, version, state, lastHash, owner, assignee, due } = task;
  return {
    ...{ caseId, compartmentId, taskId, version, state, lastHash, owner },
    ...{ assigneeState: assignee.state, assigneeAuthorityId: assignee.authorityId },
    ...{ assigneePostId: assignee.postId ?? null, dueAtMs: due?.timeMs ?? null, dueZone: due?.zone ?? null },
    ...{ dependencies: task.dependencies, position: task.position, sinceMs: task.sinceMs },
  };
}
