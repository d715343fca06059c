import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A sealed file on its way.' })
export class Upload {
  @Field(() => IdScalar, { description: 'Names the upload in the path of its parts.' })
  readonly uploadId!: string;

  @Field(() => IdScalar, { description: 'The compartment that the file is for.' })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'Size of the sealed file, its header included.' })
  readonly sealedBytes!: number;

  @Field(() => Int, { description: 'Sealed bytes of every part but the first, which has 96 more, and the last.' })
  readonly partBytes!: number;

  @Field(() => Int, { description: 'Number of parts.' })
  readonly parts!: number;

  @Field(() => [Int], { description: 'Parts that arrived whole.' })
  readonly receivedParts!: readonly number[];

  @Field(() => SafeIntScalar, { description: 'When the upload is given up unless it became a document.' })
  readonly expiresAtMs!: number;
}

@ObjectType({ description: 'The right to fetch the sealed bytes of one version, for this session and a minute.' })
export class Download {
  @Field(() => IdScalar, { description: 'Names the bytes in the path of the content.' })
  readonly uploadId!: string;

  @Field(() => SafeIntScalar, { description: 'Size of the sealed file, its header included.' })
  readonly sealedBytes!: number;

  @Field({ description: 'Goes into the header Rogatory-Grant.' })
  readonly grant!: string;

  @Field(() => SafeIntScalar, { description: 'A transfer has to begin before.' })
  readonly expiresAtMs!: number;
}

/** What `beginUpload` takes. */
@ArgsType()
export class BeginUploadArgs {
  @Field(() => IdScalar, { description: 'The compartment that the file is for.' })
  readonly compartmentId!: string;

  @Field(() => SafeIntScalar, { description: 'Size of the sealed file, its header included.' })
  readonly sealedBytes!: number;
}

/** What `addDocument` takes. */
@ArgsType()
export class AddDocumentArgs {
  @Field(() => BytesScalar, { description: 'The signed item of the document.' })
  readonly item!: Uint8Array;

  @Field(() => IdScalar, { description: 'The finished upload.' })
  readonly uploadId!: string;
}

/** What `openDocument` takes. */
@ArgsType()
export class DownloadArgs {
  @Field(() => IdScalar, { description: 'The compartment.' })
  readonly compartmentId!: string;

  @Field(() => IdScalar, { description: 'The document.' })
  readonly objectId!: string;

  @Field(() => Int, { description: 'Its version.' })
  readonly version!: number;
}
