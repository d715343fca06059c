import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({
  description: 'Where a task stands, as its newest change has it. Whoever replays the changes comes to the same.',
})
export class Task {
  @Field(() => IdScalar, { description: 'The case.' })
  readonly caseId!: string;

  @Field(() => IdScalar, { description: 'The compartment that the task is in.' })
  readonly compartmentId!: string;

  @Field(() => IdScalar, { description: 'The task; the object id of its changes.' })
  readonly taskId!: string;

  @Field(() => SafeIntScalar, { description: 'Counts the changes, from 1.' })
  readonly version!: number;

  @Field(() => Int, {
    description: '1 proposed, 2 accepted, 3 declined, 4 in progress, 5 blocked, 6 done, 7 verified, 8 cancelled.',
  })
  readonly state!: number;

  @Field(() => BytesScalar, { description: 'Item hash of the newest change.' })
  readonly lastHash!: Uint8Array;

  @Field({ description: 'The state that the task belongs to, ISO 3166-1 alpha-2 or EU.' })
  readonly owner!: string;

  @Field({ description: 'State of the authority that it is assigned to.' })
  readonly assigneeState!: string;

  @Field(() => IdScalar, { description: 'The authority that it is assigned to.' })
  readonly assigneeAuthorityId!: string;

  @Field(() => IdScalar, { nullable: true, description: 'Its post; null while the authority has not said which.' })
  readonly assigneePostId!: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'When it has to be done.' })
  readonly dueAtMs!: number | null;

  @Field(() => String, { nullable: true, description: 'IANA name of the zone by whose clocks the due time was meant.' })
  readonly dueZone!: string | null;

  @Field(() => [IdScalar], { description: 'Tasks of the compartment that come first.' })
  readonly dependencies!: readonly string[];

  @Field(() => SafeIntScalar, { description: 'Index of the newest change in the content log.' })
  readonly position!: number;

  @Field(() => SafeIntScalar, {
    description: "Since when it is in its state with its assignee, by the server's clock.",
  })
  readonly sinceMs!: number;
}

@ObjectType({ description: 'Tasks, page by page.' })
export class TaskPage {
  @Field(() => [Task], { description: 'In the order of the list.' })
  readonly tasks!: readonly Task[];

  @Field(() => String, { nullable: true, description: 'Where the next page goes on; null for an empty page.' })
  readonly endCursor!: string | null;

  @Field({ description: 'Whether there are more.' })
  readonly hasMore!: boolean;
}

/** What `tasks` takes. */
@ArgsType()
export class TasksArgs {
  @Field(() => IdScalar, { description: 'A compartment that the asker is a member of.' })
  readonly compartmentId!: string;

  @Field(() => Int, { nullable: true, description: 'Tasks to a page.' })
  readonly first!: number | null;

  @Field(() => IdScalar, { nullable: true, description: 'End cursor of the page before.' })
  readonly after!: string | null;
}

/** What `ownTasks` takes. */
@ArgsType()
export class OwnTasksArgs {
  @Field(() => Int, {
    description:
      '1 open with the own post, 2 of these overdue, 3 of the own state and open with others, 4 of the own state and reported done.',
  })
  readonly view!: number;

  @Field(() => Int, { nullable: true, description: 'Tasks to a page.' })
  readonly first!: number | null;

  @Field(() => String, { nullable: true, description: 'End cursor of the page before.' })
  readonly after!: string | null;
}
