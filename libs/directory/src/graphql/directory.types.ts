import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A signed head of the directory log.' })
export class DirectoryHead {
  @Field(() => SafeIntScalar, { description: 'Number of entries that the head covers.' })
  readonly size!: number;

  @Field(() => BytesScalar, { description: 'RFC 6962 root hash at that size.' })
  readonly root!: Uint8Array;

  @Field(() => String, { description: 'The head as a C2SP checkpoint: a signed note.' })
  readonly checkpoint!: string;

  @Field(() => SafeIntScalar, { description: 'When the server vouched that this was its newest signed head.' })
  readonly timeMs!: number;
}

@ObjectType({ description: 'One entry of the directory log.' })
export class DirectoryEntry {
  @Field(() => SafeIntScalar, { description: 'Index in the log.' })
  readonly index!: number;

  @Field(() => BytesScalar, { description: 'The exact bytes of the entry; it proves itself.' })
  readonly bytes!: Uint8Array;

  @Field(() => SafeIntScalar, { description: "The server's time of receipt." })
  readonly receivedAtMs!: number;

  @Field(() => BytesScalar, {
    nullable: true,
    description: 'The card that a person certificate names; null for other entries, and where it was erased.',
  })
  readonly card!: Uint8Array | null;
}

@ObjectType({ description: 'A page of the directory log, in order and without a gap.' })
export class DirectoryPage {
  @Field(() => [DirectoryEntry], { description: 'Entries from the index asked for on.' })
  readonly entries!: readonly DirectoryEntry[];

  @Field(() => DirectoryHead, { description: 'The signed head that the entries belong to.' })
  readonly head!: DirectoryHead;

  @Field(() => String, {
    nullable: true,
    description:
      'The newest head that a quorum of the witnesses cosigned, as a C2SP checkpoint; null before the first.',
  })
  readonly witnessed!: string | null;

  @Field(() => Boolean, { description: 'Whether the head covers entries after this page.' })
  readonly hasMore!: boolean;
}

@ObjectType({ description: 'What boxes for a device are sealed to at present.' })
export class PrekeyEntry {
  @Field(() => IdScalar, { description: 'The device asked for.' })
  readonly deviceId!: string;

  @Field(() => BytesScalar, {
    nullable: true,
    description: 'Its newest valid signed prekey; null for none, and for a device that is not live or not known.',
  })
  readonly prekey!: Uint8Array | null;
}
