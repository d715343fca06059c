import { IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: "Says that a list of the asker's own changed; the list itself is asked for." })
export class Notice {
  @Field({ description: '`cases` or `invitations`.' })
  readonly kind!: string;

  @Field(() => IdScalar, { nullable: true, description: 'The case concerned, where the notice names one.' })
  readonly caseId!: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The compartment concerned, where the notice names one.' })
  readonly compartmentId!: string | null;

  @Field(() => SafeIntScalar, { description: "The server's time." })
  readonly atMs!: number;
}
