import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { SHARD } from './audit.types.js';

@ObjectType({ description: 'What an auditor said of a finding last; the reason stands in the record.' })
export class FindingVerdictView {
  @Field({ description: 'dismiss or reopen.' })
  readonly verdict!: string;

  @Field(() => SafeIntScalar, { description: 'With how many records the finding was judged.' })
  readonly recordCount!: number;

  @Field(() => SafeIntScalar, { description: 'When, by the clock of the server.' })
  readonly atMs!: number;

  @Field(() => IdScalar, { description: 'Id of the record of the verdict.' })
  readonly recordId!: string;
}

@ObjectType({ description: 'Records that somebody should look at, as the server proposes it.' })
export class AuditFinding {
  @Field(() => IdScalar, { description: 'Follows from the rule and the records.' })
  readonly findingId!: string;

  @Field({ description: 'Name of the rule (docs/spec/findings.md 3).' })
  readonly rule!: string;

  @Field(() => BytesScalar, {
    nullable: true,
    description: 'The finding as canonical JSON; null where it was erased with the records that it rests on.',
  })
  readonly body!: Uint8Array | null;

  @Field({ description: 'Whether the settings and calendars in force show it; else only earlier ones did.' })
  readonly isCurrent!: boolean;

  @Field({ description: 'open or dismissed; one that grew since it was dismissed is open.' })
  readonly state!: string;

  @Field(() => FindingVerdictView, { nullable: true, description: 'The newest verdict.' })
  readonly verdict!: FindingVerdictView | null;
}

@ObjectType({ description: 'A page of findings, newest first.' })
export class AuditFindingPage {
  @Field(() => [AuditFinding], { description: 'The findings.' })
  readonly findings!: readonly AuditFinding[];

  @Field({ description: 'Whether older findings fit.' })
  readonly hasMore!: boolean;

  @Field(() => SafeIntScalar, { description: 'Number of records over which findings are computed.' })
  readonly computedTo!: number;

  @Field(() => [BytesScalar], { description: 'Calendars that the server used, of the authorities in scope.' })
  readonly calendars!: readonly Uint8Array[];
}

const PURPOSE = 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.';

/** What `auditFindings` takes. */
@ArgsType()
export class AuditFindingsArgs {
  @Field({ description: PURPOSE })
  readonly purpose!: string;

  @Field(() => String, { nullable: true, description: 'Of this rule only.' })
  readonly rule?: string | null;

  @Field(() => String, { nullable: true, description: 'open or dismissed; both where left out.' })
  readonly state?: string | null;

  @Field(() => Int, { nullable: true, description: 'Findings to a page.' })
  readonly first?: number | null;

  @Field(() => IdScalar, { nullable: true, description: 'The last finding of the page before.' })
  readonly after?: string | null;

  @Field(() => String, { nullable: true, description: SHARD })
  readonly shard?: string | null;
}

/** What `dismissFinding` and `reopenFinding` take. */
@ArgsType()
export class JudgeFindingArgs {
  @Field(() => IdScalar, { description: 'The finding.' })
  readonly findingId!: string;

  @Field({ description: PURPOSE })
  readonly purpose!: string;

  @Field(() => SafeIntScalar, { description: 'With how many records the auditor saw it.' })
  readonly recordCount!: number;
}
