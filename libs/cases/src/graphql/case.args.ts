import { IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int } from '@nestjs/graphql';

@ArgsType()
export class ChainArgs {
  @Field(() => IdScalar, { description: 'A compartment that the asker is a member of.' })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'Number of the first link.' })
  readonly fromSeq!: number;

  @Field(() => Int, { nullable: true, description: 'Entries to a page; fewer when they are large.' })
  readonly first!: number | null;
}

@ArgsType()
export class ContentArgs {
  @Field(() => IdScalar, { description: 'A compartment that the asker is a member of.' })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'First position.' })
  readonly from!: number;

  @Field(() => Int, { nullable: true, description: 'Entries to a page; fewer when they are large.' })
  readonly first!: number | null;
}
