import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType('AuditReport', { description: 'A review report (docs/spec/review.md 5).' })
export class AuditReportView {
  @Field(() => IdScalar, { description: 'The record of the act that signs it.' })
  readonly recordId!: string;

  @Field(() => BytesScalar, { description: 'The exact bytes: canonical JSON.' })
  readonly report!: Uint8Array;

  @Field(() => SafeIntScalar, { description: 'When it came, by the clock of the server.' })
  readonly atMs!: number;
}

@ObjectType({ description: 'Where the next report of a body has to begin, and when it is due.' })
export class ReviewPeriod {
  @Field({ description: 'Name of the log that it is about, such as 2026h2.' })
  readonly shard!: string;

  @Field(() => SafeIntScalar, { description: 'The first record that no report is about.' })
  readonly firstIndex!: number;

  @Field(() => SafeIntScalar, { description: 'When the last period ended, or the first record came.' })
  readonly fromMs!: number;

  @Field(() => IdScalar, { nullable: true, description: 'The record of the last report; null before the first.' })
  readonly previous!: string | null;

  @Field(() => SafeIntScalar, { description: 'When the next report is due.' })
  readonly dueMs!: number;
}

@ObjectType({ description: 'Review reports, newest first.' })
export class AuditReportPage {
  @Field(() => [AuditReportView], { description: 'The reports.' })
  readonly reports!: readonly AuditReportView[];

  @Field({ description: 'Whether there may be older ones.' })
  readonly hasMore!: boolean;

  @Field(() => ReviewPeriod, { nullable: true, description: 'Null while there is nothing to review.' })
  readonly next!: ReviewPeriod | null;
}

const PURPOSE = 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.';

/** What `auditReports` takes. */
@ArgsType()
export class AuditReportsArgs {
  @Field({ description: PURPOSE })
  readonly purpose!: string;

  @Field(() => Int, { nullable: true, description: 'Reports to a page, at most 10.' })
  readonly first?: number | null;

  @Field(() => IdScalar, { nullable: true, description: 'The record of the last report of the page before.' })
  readonly before?: string | null;
}

/** What `submitAuditReport` takes. */
@ArgsType()
export class SubmitReportArgs {
  @Field(() => BytesScalar, { description: 'The report: canonical JSON.' })
  readonly report!: Uint8Array;

  @Field({ description: PURPOSE })
  readonly purpose!: string;
}
