import { IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'One of the two acts of an order.' })
export class OrderSigner {
  @Field(() => IdScalar, { description: 'The record of the act.' })
  readonly recordId!: string;

  @Field(() => IdScalar, { description: 'Who signed.' })
  readonly personId!: string;

  @Field(() => SafeIntScalar, { description: "The server's time of it." })
  readonly atMs!: number;
}

@ObjectType({
  description: 'An order of an oversight body on records: an erasure, a hold, a restriction, or an end of one.',
})
export class AuditOrder {
  @Field(() => IdScalar, { description: 'Drawn by the proposer.' })
  readonly orderId!: string;

  @Field({ description: 'The text that both persons sign.' })
  readonly text!: string;

  @Field(() => OrderSigner, { description: 'The proposal.' })
  readonly proposed!: OrderSigner;

  @Field(() => OrderSigner, { nullable: true, description: 'The approval, which carried it out; null before it.' })
  readonly approved!: OrderSigner | null;

  @Field({ description: 'For a hold: whether a later order ended it.' })
  readonly lifted!: boolean;
}

@ObjectType({ description: 'What an approved order did.' })
export class OrderEffect {
  @Field(() => SafeIntScalar, { description: 'Records that it erased from, holds by their places, or restricts.' })
  readonly records!: number;

  @Field(() => IdScalar, { nullable: true, description: 'The record of the erasure; null where nothing was erased.' })
  readonly erasureId!: string | null;
}
