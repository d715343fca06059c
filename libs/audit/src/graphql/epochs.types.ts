import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { AuditRecord, SHARD } from './audit.types.js';

@ObjectType({ description: 'Epochs, newest first: records that commit to the counts of the log.' })
export class AuditEpochPage {
  @Field(() => [AuditRecord], { description: 'The records of the epochs, with the group `what`.' })
  readonly records!: readonly AuditRecord[];

  @Field(() => SafeIntScalar, { nullable: true, description: 'Give it as `below` for the next page; null at the end.' })
  readonly endCursor!: number | null;
}

@ObjectType({ description: 'What an epoch counts of one case or authority, and what shows that its map holds that.' })
export class AuditCount {
  @Field(() => IdScalar, { description: 'The authority: the owner of the case, or the one that was asked for.' })
  readonly authorityId!: string;

  @Field(() => BytesScalar, { description: 'The 32-byte opening of the commitment in the map.' })
  readonly opening!: Uint8Array;

  @Field(() => BytesScalar, { description: 'The entry: subject, count, last index, digest.' })
  readonly entry!: Uint8Array;

  @Field(() => [BytesScalar], { description: 'Hashes beside its path, from the end of the map up to the root.' })
  readonly siblings!: readonly Uint8Array[];
}

@ObjectType({ description: 'Counts of a case or an authority by the newest epoch.' })
export class AuditCounts {
  @Field(() => AuditRecord, { description: 'The record of the epoch, with its proof.' })
  readonly epoch!: AuditRecord;

  @Field(() => [AuditCount], {
    description:
      'For a case one per authority that the asker reviews, else one; of a log that ended those that its last epoch has.',
  })
  readonly counts!: readonly AuditCount[];
}

const PURPOSE = 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.';

/** What `auditEpochs` takes. */
@ArgsType()
export class AuditEpochsArgs {
  @Field({ description: PURPOSE })
  readonly purpose!: string;

  @Field(() => Int, { nullable: true, description: 'Epochs to a page.' })
  readonly first?: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'endCursor of the page before.' })
  readonly below?: number | null;

  @Field(() => String, { nullable: true, description: SHARD })
  readonly shard?: string | null;
}

/** What `auditCounts` takes. */
@ArgsType()
export class AuditCountsArgs {
  @Field({ description: 'case, actorAuthority or ownerAuthority.' })
  readonly counted!: string;

  @Field(() => IdScalar, { description: 'Id of the case or authority.' })
  readonly id!: string;

  @Field({ description: PURPOSE })
  readonly purpose!: string;

  @Field(() => String, { nullable: true, description: SHARD })
  readonly shard?: string | null;
}
