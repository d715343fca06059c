import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, InputType, Int, ObjectType } from '@nestjs/graphql';

/** Said of every argument that names a log. */
export const SHARD = 'Name of the log, such as 2026h2; the one that takes records where left out.';

@ObjectType({ description: 'One group of facts of a record, with what opens its commitment in the leaf.' })
export class AuditGroup {
  @Field({ description: 'who, what, why, src or act.' })
  readonly name!: string;

  @Field(() => BytesScalar, { description: 'The 32-byte opening of the commitment.' })
  readonly opening!: Uint8Array;

  @Field(() => BytesScalar, { description: 'The bytes of the group.' })
  readonly bytes!: Uint8Array;
}

@ObjectType({ description: 'Groups of a record that were erased.' })
export class ErasedGroups {
  @Field(() => [String], { description: 'who, what, why, src or act.' })
  readonly groups!: readonly string[];

  @Field(() => IdScalar, { description: 'The record of the erasure, which names order and groups.' })
  readonly erasureId!: string;
}

@ObjectType({ description: 'An audit record: its leaf, and the groups that the asker may see.' })
export class AuditRecord {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Place in the log; null while it waits for its number.' })
  readonly index!: number | null;

  @Field(() => IdScalar, { description: 'Id of the record and of the act.' })
  readonly recordId!: string;

  @Field(() => BytesScalar, { description: 'The exact bytes of the leaf.' })
  readonly leaf!: Uint8Array;

  @Field(() => [AuditGroup], { description: 'None outside the scope of the asker, or where they were erased.' })
  readonly groups!: readonly AuditGroup[];

  @Field(() => [ErasedGroups], { description: 'What was erased of it, and by which erasure.' })
  readonly erased!: readonly ErasedGroups[];

  @Field(() => String, {
    nullable: true,
    description: 'While it is restricted: the one purpose for which a look-up of this record alone opens it.',
  })
  readonly restrictedTo!: string | null;

  @Field(() => String, { nullable: true, description: 'Proof under the newest signed head, in tlog-proof form.' })
  readonly proof!: string | null;

  @Field(() => [AuditRecord], {
    nullable: true,
    description: 'What auditors of the own body noted on it, newest first; null where several records are shown.',
  })
  readonly notes!: readonly AuditRecord[] | null;
}

@ObjectType({ description: 'A page of records, newest first.' })
export class AuditPage {
  @Field(() => [AuditRecord], { description: 'The records.' })
  readonly records!: readonly AuditRecord[];

  @Field(() => SafeIntScalar, { nullable: true, description: 'Give it as `after` for the next page; null at the end.' })
  readonly endCursor!: number | null;

  @Field({ description: 'Whether older records fit the filter.' })
  readonly hasMore!: boolean;
}

@ObjectType({ description: 'The receipt of an act of the asker.' })
export class Receipt {
  @Field(() => IdScalar, { description: 'Id of the record.' })
  readonly recordId!: string;

  @Field(() => BytesScalar, { description: 'The exact bytes of the leaf.' })
  readonly leaf!: Uint8Array;

  @Field(() => String, {
    nullable: true,
    description: 'Proof in tlog-proof form; null while no signed head covers it.',
  })
  readonly proof!: string | null;

  @Field(() => [BytesScalar], {
    description: 'Consistency proof from the head of `knownSize` to that of the proof; empty without either.',
  })
  readonly consistency!: readonly Uint8Array[];
}

@InputType({ description: 'Every field given must fit; none given means all records.' })
export class AuditFilter {
  @Field(() => SafeIntScalar, { nullable: true, description: 'From this time on.' })
  readonly fromMs?: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Before this time.' })
  readonly beforeMs?: number | null;

  @Field(() => String, { nullable: true, description: 'Event code.' })
  readonly event?: string | null;

  @Field(() => String, { nullable: true, description: 'Class of the event.' })
  readonly eventClass?: string | null;

  @Field(() => String, { nullable: true, description: 'allowed, denied, error or aborted.' })
  readonly outcome?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The person who acted.' })
  readonly personId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The device that acted.' })
  readonly deviceId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The authority of the person who acted.' })
  readonly authorityId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The authority that owns the case or object concerned.' })
  readonly ownerAuthorityId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The case concerned.' })
  readonly caseId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The object concerned.' })
  readonly objectId?: string | null;

  @Field(() => Int, { nullable: true, description: 'Code of the legal basis that was given.' })
  readonly legalBasis?: number | null;

  @Field(() => String, { nullable: true, description: 'IANA time zone of `hours` and `days`.' })
  readonly zone?: string | null;

  @Field(() => String, { nullable: true, description: 'Hours by the clocks of the zone, such as 22:00-06:00.' })
  readonly hours?: string | null;

  @Field(() => String, { nullable: true, description: 'Days of the week there, such as sat,sun.' })
  readonly days?: string | null;

  @Field(() => String, { nullable: true, description: SHARD })
  readonly shard?: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'From this index on.' })
  readonly firstIndex?: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Up to and with this index.' })
  readonly lastIndex?: number | null;
}

/** What `auditRecords` takes. */
@ArgsType()
export class AuditRecordsArgs {
  @Field(() => AuditFilter, { description: 'What to look for.' })
  readonly filter!: AuditFilter;

  @Field({ description: 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.' })
  readonly purpose!: string;

  @Field(() => Int, { nullable: true, description: 'Records to a page.' })
  readonly first?: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'endCursor of the page before.' })
  readonly after?: number | null;
}
