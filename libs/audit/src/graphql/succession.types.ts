import { BytesScalar } from '@rogatory/platform-graphql';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({
  description: 'A record that the log makes of itself, opened for everybody, with the proof of its place.',
})
export class LogWord {
  @Field(() => BytesScalar, { description: 'The exact bytes of the leaf.' })
  readonly leaf!: Uint8Array;

  @Field(() => BytesScalar, { description: 'The 32-byte opening of the commitment to `what`.' })
  readonly opening!: Uint8Array;

  @Field(() => BytesScalar, { description: 'The bytes of `what`.' })
  readonly bytes!: Uint8Array;

  @Field({ description: 'Proof in tlog-proof form.' })
  readonly proof!: string;
}

@ObjectType({ description: 'How one audit log follows another.' })
export class LogSuccession {
  @Field({ description: 'turn, command or abandoned.' })
  readonly reason!: string;

  @Field({ description: 'Verifier key of the log that ended; bound by the first record of the log that follows.' })
  readonly key!: string;

  @Field({ description: 'The last head of the log that ended, as a signed note with its cosignatures.' })
  readonly checkpoint!: string;

  @Field(() => [BytesScalar], {
    description: 'Consistency proof from the head of `knownSize` to it; empty without one, and of an abandoned log.',
  })
  readonly consistency!: readonly Uint8Array[];

  @Field(() => LogWord, { nullable: true, description: 'The last record of a log that was closed.' })
  readonly closing!: LogWord | null;

  @Field(() => String, { nullable: true, description: 'What the signer of an abandoned log says, as a signed note.' })
  readonly abandonment!: string | null;

  @Field(() => LogWord, { description: 'The first record of the log that follows.' })
  readonly genesis!: LogWord;
}
