import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({
  description:
    'Where a joint operation stands, as the facts of its records have it. Whoever replays the records comes to the same.',
})
export class JointOperation {
  @Field(() => IdScalar, { description: 'The case.' })
  readonly caseId!: string;

  @Field(() => IdScalar, { description: 'The compartment that the operation is in.' })
  readonly compartmentId!: string;

  @Field(() => IdScalar, { description: 'The operation; the object id of its commands.' })
  readonly operationId!: string;

  @Field(() => SafeIntScalar, { description: 'Counts the commands, from 1.' })
  readonly version!: number;

  @Field(() => Int, {
    description: '1 joint action day, 2 controlled delivery, 3 asset-tracing action, 4 coordination meeting.',
  })
  readonly kind!: number;

  @Field({ description: 'planned, pending, running, suspended, aborted, finished or frozen.' })
  readonly stage!: string;

  @Field(() => SafeIntScalar, { description: 'When it starts.' })
  readonly startAtMs!: number;

  @Field({ description: 'IANA name of the zone by whose clocks the start was meant.' })
  readonly startZone!: string;

  @Field(() => [String], { description: 'The states that take part, in ascending order.' })
  readonly parties!: readonly string[];

  @Field(() => Int, { description: 'How many of them must say go.' })
  readonly needed!: number;

  @Field(() => [String], { description: 'States that suspend it.' })
  readonly suspendedBy!: readonly string[];

  @Field(() => [IdScalar], { description: 'Alerts on hold, in ascending order.' })
  readonly heldAlerts!: readonly string[];

  @Field(() => SafeIntScalar, { description: 'Records that it has.' })
  readonly records!: number;

  @Field(() => BytesScalar, { description: 'Item hash of the newest plan.' })
  readonly planHash!: Uint8Array;

  @Field(() => SafeIntScalar, { description: 'Index of the newest record in the content log.' })
  readonly position!: number;

  @Field(() => SafeIntScalar, { description: "Since when it is in its stage, by the server's clock." })
  readonly sinceMs!: number;
}

@ObjectType({ description: 'Joint operations, page by page.' })
export class JointOperationPage {
  @Field(() => [JointOperation], { description: 'In the order of their ids.' })
  readonly operations!: readonly JointOperation[];

  @Field(() => IdScalar, { nullable: true, description: 'Where the next page goes on; null for an empty page.' })
  readonly endCursor!: string | null;

  @Field({ description: 'Whether there are more.' })
  readonly hasMore!: boolean;
}

/** What `operations` takes. */
@ArgsType()
export class OperationsArgs {
  @Field(() => IdScalar, { description: 'A compartment that the asker is a member of.' })
  readonly compartmentId!: string;

  @Field(() => Int, { nullable: true, description: 'Operations to a page.' })
  readonly first!: number | null;

  @Field(() => IdScalar, { nullable: true, description: 'End cursor of the page before.' })
  readonly after!: string | null;
}
