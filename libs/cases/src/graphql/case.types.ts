import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { createUnionType, Field, InputType, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Where a compartment stands, as one of its members sees it.' })
export class Compartment {
  @Field(() => IdScalar, { description: "Equals the case's id for its root." })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'Number of the newest link of its chain.' })
  readonly chainSeq!: number;

  @Field(() => BytesScalar, { description: 'Hash of that link.' })
  readonly linkHash!: Uint8Array;

  @Field(() => Int, { description: 'The key epoch in force.' })
  readonly epoch!: number;

  @Field(() => SafeIntScalar, { description: 'Links and items in its content log.' })
  readonly contentSize!: number;

  @Field(() => BytesScalar, { description: 'RFC 6962 root of that log.' })
  readonly contentRoot!: Uint8Array;

  @Field({ description: "The asker's role." })
  readonly role!: string;
}

@ObjectType({ description: 'A device that a row of the database lets into a compartment, while no signed link does.' })
export class Stranger {
  @Field(() => IdScalar, { description: 'The compartment; it refuses the device all the same.' })
  readonly compartmentId!: string;

  @Field(() => IdScalar, { description: 'Nobody signed that this device takes part.' })
  readonly deviceId!: string;
}

@ObjectType({ description: 'A case with those of its compartments that the asker is a member of, the root first.' })
export class Case {
  @Field(() => IdScalar, { description: 'Hash of the genesis.' })
  readonly caseId!: string;

  @Field({ description: 'Closed cases are read and nothing is added.' })
  readonly isClosed!: boolean;

  @Field(() => SafeIntScalar, { description: "The server's time of receipt of the genesis." })
  readonly createdAtMs!: number;

  @Field(() => [Compartment], { description: 'Only those that the asker is a member of.' })
  readonly compartments!: readonly Compartment[];

  @Field(() => [Stranger], {
    description:
      'Whoever only rows let in: then somebody edited the database, and every member is told. Looked for when one case is opened; empty in a list.',
  })
  readonly strangers!: readonly Stranger[];
}

@ObjectType({ description: "A page of the asker's cases, in order of their ids." })
export class CasePage {
  @Field(() => [Case], { description: 'Cases of the asker.' })
  readonly cases!: readonly Case[];

  @Field(() => IdScalar, {
    nullable: true,
    description: 'Give it as `after` for the next page; null on an empty page.',
  })
  readonly endCursor!: string | null;

  @Field({ description: 'Whether there are cases after this page.' })
  readonly hasMore!: boolean;
}

@ObjectType({ description: 'A signed link with its place in the content log.' })
export class LinkEntry {
  @Field(() => SafeIntScalar, { description: 'Number in the chain, from 0.' })
  readonly seq!: number;

  @Field(() => SafeIntScalar, { description: 'Index in the content log.' })
  readonly position!: number;

  @Field(() => BytesScalar, { description: 'The exact bytes; they prove themselves.' })
  readonly bytes!: Uint8Array;

  @Field(() => SafeIntScalar, { description: "The server's time of receipt." })
  readonly receivedAtMs!: number;
}

@ObjectType({ description: 'A page of a chain, in order and without a gap.' })
export class LinkPage {
  @Field(() => [LinkEntry], { description: 'Links from the number asked for on.' })
  readonly links!: readonly LinkEntry[];

  @Field({ description: 'Whether there are links after this page.' })
  readonly hasMore!: boolean;
}

@ObjectType({ description: "Keys sealed to the asker's device by a link." })
export class BoxEntry {
  @Field(() => SafeIntScalar, { description: 'Number of the link.' })
  readonly seq!: number;

  @Field(() => BytesScalar, { description: 'The sealed box.' })
  readonly bytes!: Uint8Array;

  @Field(() => [BytesScalar], { description: "RFC 6962 inclusion proof under the link's boxRoot." })
  readonly proof!: readonly Uint8Array[];
}

@ObjectType({ description: "A page of the boxes of the asker's device, in order of their links." })
export class BoxPage {
  @Field(() => [BoxEntry], { description: 'Boxes from the link asked for on.' })
  readonly boxes!: readonly BoxEntry[];

  @Field({ description: 'Whether there may be boxes after this page.' })
  readonly hasMore!: boolean;
}

@ObjectType({ description: 'An offer of membership.' })
export class InvitationEntry {
  @Field(() => BytesScalar, { description: 'The signed invitation.' })
  readonly invitation!: Uint8Array;

  @Field(() => [BytesScalar], { description: "Signed answers: all for those who lead the case, else the asker's own." })
  readonly acceptances!: readonly Uint8Array[];

  @Field({ description: 'Whether a lead took it back.' })
  readonly isRevoked!: boolean;

  @Field(() => Int, { description: 'How many persons may still accept.' })
  readonly usesLeft!: number;
}

@ObjectType({ description: 'Invitations, newest first.' })
export class InvitationPage {
  @Field(() => [InvitationEntry], { description: 'Of a case that the asker leads, or addressed to the asker.' })
  readonly invitations!: readonly InvitationEntry[];
}

@InputType({ description: 'A signed link and its boxes, as their author made them.' })
export class LinkInput {
  @Field(() => IdScalar, { description: 'The compartment that the link names.' })
  readonly compartmentId!: string;

  @Field(() => BytesScalar, { description: 'The signed link.' })
  readonly link!: Uint8Array;

  @Field(() => [BytesScalar], {
    description: 'One box for each device that must have one, in order of the device ids.',
  })
  readonly boxes!: readonly Uint8Array[];
}

@ObjectType({ description: 'The links landed, all of them.' })
export class LinksAppended {
  @Field(() => [Compartment], { description: 'Where the compartments concerned stand now, for their member.' })
  readonly heads!: readonly Compartment[];

  @Field(() => SafeIntScalar, { description: "The server's time of receipt." })
  readonly receivedAtMs!: number;
}

@ObjectType({ description: 'Nothing landed: it was made for an older head. Rebase on this one and send it again.' })
export class StaleHead {
  @Field(() => IdScalar, { description: 'The compartment whose head moved.' })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'Number of its newest link.' })
  readonly chainSeq!: number;

  @Field(() => BytesScalar, { description: 'Hash of that link.' })
  readonly linkHash!: Uint8Array;
}

export const AppendResult = createUnionType({
  name: 'AppendResult',
  description: 'Links landed, or lost the race for the head.',
  types: () => [LinksAppended, StaleHead] as const,
  resolveType: (value: object) => ('heads' in value ? LinksAppended : StaleHead),
});

@ObjectType({ description: 'A link or item with its place in the content log.' })
export class CompartmentEvent {
  @Field(() => SafeIntScalar, { description: 'Index in the content log.' })
  readonly position!: number;

  @Field({ description: 'A link, else an item.' })
  readonly isLink!: boolean;

  @Field(() => BytesScalar, { description: 'The exact bytes; they prove themselves.' })
  readonly bytes!: Uint8Array;

  @Field(() => SafeIntScalar, { description: "The server's time of receipt." })
  readonly receivedAtMs!: number;
}

@ObjectType({ description: 'A page of a content log, in order and without a gap.' })
export class ContentPage {
  @Field(() => [CompartmentEvent], { description: 'Links and items from the position asked for on.' })
  readonly events!: readonly CompartmentEvent[];

  @Field(() => SafeIntScalar, { description: 'Size of the whole log.' })
  readonly size!: number;

  @Field(() => BytesScalar, { description: 'RFC 6962 root at that size.' })
  readonly root!: Uint8Array;

  @Field({ description: 'Whether there are entries after this page.' })
  readonly hasMore!: boolean;
}

@ObjectType({
  description: 'What an epoch of the audit log says of the heads of a compartment, with all that shows it.',
})
export class CompartmentAnchor {
  @Field(() => BytesScalar, { description: 'The leaf of the record of the epoch.' })
  readonly leaf!: Uint8Array;

  @Field(() => BytesScalar, { description: 'The 32-byte opening of its group `what`.' })
  readonly whatOpening!: Uint8Array;

  @Field(() => BytesScalar, { description: 'Its group `what`: number, size and root of the epoch.' })
  readonly what!: Uint8Array;

  @Field({ description: '.tlog-proof of the record under the published head.' })
  readonly proof!: string;

  @Field(() => BytesScalar, { description: 'The 32-byte opening of the commitment in the map.' })
  readonly opening!: Uint8Array;

  @Field(() => BytesScalar, {
    description: 'The entry: subject, number of links, last position, digest over both heads.',
  })
  readonly entry!: Uint8Array;

  @Field(() => [BytesScalar], { description: 'Hashes beside its path, from the end of the map up to the root.' })
  readonly siblings!: readonly Uint8Array[];
}

@ObjectType({ description: 'The item has its place.' })
export class ItemPosted {
  @Field(() => SafeIntScalar, { description: 'Index in the content log.' })
  readonly position!: number;

  @Field(() => SafeIntScalar, { description: 'Size of the log with the item at its end.' })
  readonly contentSize!: number;

  @Field(() => BytesScalar, { description: 'RFC 6962 root at that size.' })
  readonly contentRoot!: Uint8Array;

  @Field(() => SafeIntScalar, { description: "The server's time of receipt." })
  readonly receivedAtMs!: number;
}

export const PostResult = createUnionType({
  name: 'PostResult',
  description: 'The item has its place, or was made for an older head.',
  types: () => [ItemPosted, StaleHead] as const,
  resolveType: (value: object) => ('position' in value ? ItemPosted : StaleHead),
});
