import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'What a device puts into the statement that it signs to log in.' })
export class Challenge {
  @Field(() => BytesScalar, { description: '32 bytes; good for one login of the device asked for.' })
  readonly challenge!: Uint8Array;

  @Field(() => SafeIntScalar, { description: 'When it expires.' })
  readonly expiresAtMs!: number;
}

@ObjectType({ description: 'What a client holds of a session.' })
export class Session {
  @Field(() => String, { description: 'For the Authorization header: "Bearer" and this token.' })
  readonly accessToken!: string;

  @Field(() => SafeIntScalar, { description: 'When the access token expires.' })
  readonly accessExpiresAtMs!: number;

  @Field(() => String, { description: 'For refreshSession, once.' })
  readonly refreshToken!: string;

  @Field(() => SafeIntScalar, { description: 'When the session ends for good; refreshing does not prolong it.' })
  readonly refreshExpiresAtMs!: number;
}

@ObjectType({ description: 'The asker, as the server sees it.' })
export class Me {
  @Field(() => IdScalar, { description: 'Device that logged in.' })
  readonly deviceId!: string;

  @Field(() => IdScalar, { description: 'Person whose device it is.' })
  readonly personId!: string;

  @Field(() => IdScalar, { description: 'Post that the person holds.' })
  readonly postId!: string;

  @Field(() => IdScalar, { description: 'Authority of the post.' })
  readonly authorityId!: string;

  @Field(() => String, { description: 'ISO 3166 code of the state of the authority.' })
  readonly state!: string;

  @Field(() => String, { description: 'Kind of the post: prosecutor, judge, liaisonOfficer, registrar or auditor.' })
  readonly postKind!: string;

  @Field(() => SafeIntScalar, { description: 'When the session ends for good.' })
  readonly sessionEndsAtMs!: number;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: "When the next review report of an auditor's body is due; null for others, and without any record.",
  })
  readonly reviewDueMs!: number | null;
}
