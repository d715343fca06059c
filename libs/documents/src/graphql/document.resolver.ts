import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { answer, answered, type ItemPosted, PostResult, type StaleHead, staleView } from '@rogatory/cases';
import { parseCompartmentId, parseObjectId, parseUploadId } from '@rogatory/kernel';
import { CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { AddDocument } from '../application/add-document.js';
import type { BeginUpload } from '../application/begin-upload.js';
import type { GrantDownload } from '../application/grant-download.js';
import type { ManageUploads, UploadProgress } from '../application/manage-uploads.js';
import { PART_BYTES, partCount } from '../domain/upload.js';
import { AddDocumentArgs, BeginUploadArgs, Download, DownloadArgs, Upload } from './document.types.js';

export interface DocumentUses {
  readonly beginUpload: Pick<BeginUpload, 'run'>;
  readonly manageUploads: Pick<ManageUploads, 'list' | 'cancel'>;
  readonly addDocument: Pick<AddDocument, 'run'>;
  readonly grantDownload: Pick<GrantDownload, 'run'>;
}

/** Sealed files: announced, bound to a version, fetched for a stated reason. */
@Resolver()
export class DocumentResolver {
  readonly #use: DocumentUses;

  constructor(use: DocumentUses) {
    this.#use = use;
  }

  @Query(() => [Upload], { description: "The asker's own unfinished uploads, to resume them." })
  @Access('query.uploads')
  async uploads(@CurrentRequest() ctx: RequestContext, @Receipts() receipts: ReceiptSink): Promise<Upload[]> {
    return answer(receipts, answered(await this.#use.manageUploads.list(ctx))).map(uploadView);
  }

  @Mutation(() => Upload, { description: 'Makes room for a sealed file.' })
  @Access('mutation.beginUpload')
  async beginUpload(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, sealedBytes }: BeginUploadArgs,
  ): Promise<Upload> {
    const acted = await this.#use.beginUpload.run(ctx, parseCompartmentId(compartmentId), sealedBytes);
    return uploadView({ upload: answer(receipts, answered(acted)), receivedParts: [] });
  }

  @Mutation(() => Boolean, { description: 'Gives an unfinished upload up.' })
  @Access('mutation.cancelUpload')
  async cancelUpload(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('uploadId', { type: () => IdScalar, description: 'The upload.' }) uploadId: string,
  ): Promise<boolean> {
    return answer(receipts, answered(await this.#use.manageUploads.cancel(ctx, parseUploadId(uploadId))));
  }

  @Mutation(() => PostResult, { description: 'Posts the item of a document and binds a finished upload to it.' })
  @Access('mutation.addDocument')
  async addDocument(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { item, uploadId }: AddDocumentArgs,
  ): Promise<ItemPosted | StaleHead> {
    const outcome = answer(receipts, await this.#use.addDocument.run(ctx, item, parseUploadId(uploadId)));
    if (outcome.kind === 'stale') return staleView(outcome.head);
    const { position, contentSize, contentRoot, receivedAtMs } = outcome;
    return { position, contentSize, contentRoot, receivedAtMs };
  }

  @Mutation(() => Download, { description: 'The right to fetch a version, for the reason that the act commits to.' })
  @Access('mutation.openDocument')
  async openDocument(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, objectId, version }: DownloadArgs,
  ): Promise<Download> {
    const key = { compartmentId: parseCompartmentId(compartmentId), objectId: parseObjectId(objectId), version };
    return answer(receipts, answered(await this.#use.grantDownload.run(ctx, key)));
  }
}

function uploadView({ upload, receivedParts }: UploadProgress): Upload {
  const { uploadId, compartmentId, sealedBytes, expiresAtMs } = upload;
  const parts = partCount(sealedBytes);
  return { uploadId, compartmentId, sealedBytes, partBytes: PART_BYTES, parts, receivedParts, expiresAtMs };
}
