import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import type { Acted } from '@rogatory/audit';
import { parseDeviceId } from '@rogatory/kernel';
import {
  BytesScalar,
  CurrentRequest,
  IdScalar,
  Receipts,
  type ReceiptSink,
  SafeIntScalar,
} from '@rogatory/platform-graphql';
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { AppendDirectory } from '../application/append-directory.js';
import type { PublishPrekeys } from '../application/publish-prekeys.js';
import type { ReadDirectory } from '../application/read-directory.js';
import type { ReadPrekeys } from '../application/read-prekeys.js';
import { DirectoryHead, DirectoryPage, PrekeyEntry } from './directory.types.js';

export interface DirectoryUseCases {
  readonly readDirectory: Pick<ReadDirectory, 'run'>;
  readonly appendDirectory: Pick<AppendDirectory, 'run'>;
  readonly readPrekeys: Pick<ReadPrekeys, 'run'>;
  readonly publishPrekeys: Pick<PublishPrekeys, 'run'>;
}

/** The log of who may act, and the keys that boxes are sealed to. */
@Resolver()
export class DirectoryResolver {
  readonly #use: DirectoryUseCases;

  constructor(use: DirectoryUseCases) {
    this.#use = use;
  }

  @Query(() => DirectoryPage, { description: 'Entries of the directory log as far as it is signed.' })
  @Access('query.directoryEntries')
  async directoryEntries(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('from', { type: () => SafeIntScalar, description: 'Index of the first entry.' }) from: number,
    @Args('first', { type: () => Int, nullable: true, description: 'Entries to a page.' }) first: number | null,
  ): Promise<DirectoryPage> {
    const query = { from, ...(first === null || first === undefined ? {} : { first }) };
    const { entries, head, witnessed, hasMore } = answer(receipts, await this.#use.readDirectory.run(ctx, query));
    const shown = entries.map(({ index, bytes, receivedAtMs, card }) => {
      return { index, bytes, receivedAtMs, card: card ?? null };
    });
    return { entries: shown, head, witnessed: witnessed ?? null, hasMore };
  }

  @Query(() => [PrekeyEntry], { description: 'Newest prekeys of devices; one answer to each id, in order.' })
  @Access('query.prekeys')
  async prekeys(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('deviceIds', { type: () => [IdScalar], description: 'Devices; at most a page of them.' })
    deviceIds: readonly string[],
  ): Promise<readonly PrekeyEntry[]> {
    const found = answer(receipts, await this.#use.readPrekeys.run(ctx, deviceIds.map(parseDeviceId)));
    return found.map(({ deviceId, prekey }) => ({ deviceId, prekey: prekey ?? null }));
  }

  @Mutation(() => DirectoryHead, {
    description: 'Appends entries that prove themselves, all or none. Registrars, and owners for their own devices.',
  })
  @Access('mutation.appendDirectory')
  async appendDirectory(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('entries', { type: () => [BytesScalar], description: 'Signed entries, in order.' })
    entries: readonly Uint8Array[],
    @Args('cards', { type: () => [BytesScalar], description: 'Cards that person certificates name.' })
    cards: readonly Uint8Array[],
  ): Promise<DirectoryHead> {
    return answer(receipts, await this.#use.appendDirectory.run(ctx, { entries, cards }));
  }

  @Mutation(() => Boolean, { description: "Puts up signed prekeys of the asker's own device." })
  @Access('mutation.publishPrekeys')
  async publishPrekeys(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('prekeys', { type: () => [BytesScalar], description: 'Signed prekeys with ascending numbers.' })
    prekeys: readonly Uint8Array[],
  ): Promise<boolean> {
    return answer(receipts, await this.#use.publishPrekeys.run(ctx, prekeys));
  }
}

function answer<Result>(receipts: ReceiptSink, { result, recordId, promise }: Acted<Result>): Result {
  receipts.put({ recordId, promise });
  return result;
}
