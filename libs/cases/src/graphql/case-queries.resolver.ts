import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { parseCaseId, parseCompartmentId, parseUtf8 } from '@rogatory/kernel';
import { BytesScalar, CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import type { Invitations } from '../application/invitations.js';
import type { ReadAnchor } from '../application/read-anchor.js';
import type { ReadBoxes } from '../application/read-boxes.js';
import type { ReadCases } from '../application/read-cases.js';
import type { ReadChain } from '../application/read-chain.js';
import type { ReadContentLog } from '../application/read-content-log.js';
import type { ReadStatements } from '../application/read-statements.js';
import { answer } from './answer.js';
import { ChainArgs, ContentArgs } from './case.args.js';
import { BoxPage, Case, CasePage, CompartmentAnchor, ContentPage, InvitationPage, LinkPage } from './case.types.js';
import { caseView, invitationView } from './case-views.js';

export interface CaseQueryUses {
  readonly readCases: Pick<ReadCases, 'list' | 'open'>;
  readonly readChain: Pick<ReadChain, 'run'>;
  readonly readBoxes: Pick<ReadBoxes, 'run'>;
  readonly readContentLog: Pick<ReadContentLog, 'run'>;
  readonly readAnchor: Pick<ReadAnchor, 'run'>;
  readonly readStatements: Pick<ReadStatements, 'heartbeats' | 'complaints'>;
  readonly invitations: Pick<Invitations, 'list'>;
}

const compartmentArg = { type: () => IdScalar, description: 'A compartment that the asker is a member of.' };
const firstArg = { type: () => Int, nullable: true, description: 'Entries to a page; fewer when they are large.' };

/** What members read of their cases. */
@Resolver()
export class CaseQueriesResolver {
  readonly #use: CaseQueryUses;

  constructor(use: CaseQueryUses) {
    this.#use = use;
  }

  @Query(() => CasePage, { description: "The cases that the asker's device is a member of." })
  @Access('query.cases')
  async cases(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('first', firstArg) first: number | null,
    @Args('after', { type: () => IdScalar, nullable: true, description: 'End cursor of the page before.' })
    after: string | null,
  ): Promise<CasePage> {
    const query = { first: first ?? undefined, after: after ? parseCaseId(after) : undefined };
    const { cases, endCursor, hasMore } = answer(receipts, await this.#use.readCases.list(ctx, query));
    return { cases: cases.map((found) => caseView(found)), endCursor: endCursor ?? null, hasMore };
  }

  @Query(() => Case, { description: 'One case of the asker.' })
  @Access('query.case')
  async case(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('caseId', { type: () => IdScalar, description: 'Id of the case.' }) caseId: string,
  ): Promise<Case> {
    const opened = answer(receipts, await this.#use.readCases.open(ctx, parseCaseId(caseId)));
    return caseView(opened, opened.strangers);
  }

  @Query(() => LinkPage, { description: 'Links of a chain, in order.' })
  @Access('query.chain')
  async chain(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, fromSeq, first }: ChainArgs,
  ): Promise<LinkPage> {
    const query = { compartmentId: parseCompartmentId(compartmentId), fromSeq, first: first ?? undefined };
    const { links, hasMore } = answer(receipts, await this.#use.readChain.run(ctx, query));
    const shown = links.map(({ seq, position, bytes, receivedAtMs }) => ({ seq, position, bytes, receivedAtMs }));
    return { links: shown, hasMore };
  }

  @Query(() => BoxPage, { description: "Boxes of the asker's own device." })
  @Access('query.boxes')
  async boxes(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, fromSeq, first }: ChainArgs,
  ): Promise<BoxPage> {
    const query = { compartmentId: parseCompartmentId(compartmentId), fromSeq, first: first ?? undefined };
    const { boxes, hasMore } = answer(receipts, await this.#use.readBoxes.run(ctx, query));
    return { boxes: boxes.map(({ seq, bytes, proof }) => ({ seq, bytes, proof })), hasMore };
  }

  @Query(() => ContentPage, { description: 'Links and items of a compartment in the order of its content log.' })
  @Access('query.contentLog')
  async contentLog(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args() { compartmentId, from, first }: ContentArgs,
  ): Promise<ContentPage> {
    const query = { compartmentId: parseCompartmentId(compartmentId), from, first: first ?? undefined };
    const page = answer(receipts, await this.#use.readContentLog.run(ctx, query));
    const { events, size, root, hasMore } = page;
    const shown = events.map(({ position, isLink, bytes, receivedAtMs }) => ({
      position,
      isLink,
      bytes,
      receivedAtMs,
    }));
    return { events: shown, size, root, hasMore };
  }

  @Query(() => [CompartmentAnchor], {
    description: 'What the newest epoch of the audit log says of a compartment; none for one that began after it.',
  })
  @Access('query.compartmentAnchor')
  async compartmentAnchor(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('compartmentId', compartmentArg) compartmentId: string,
  ): Promise<readonly CompartmentAnchor[]> {
    const anchor = answer(receipts, await this.#use.readAnchor.run(ctx, parseCompartmentId(compartmentId)));
    if (anchor === undefined) return [];
    const { leaf, what, proof, opening, entry, siblings } = anchor;
    const record = { leaf, whatOpening: what.opening, what: what.bytes, proof: parseUtf8(proof) };
    return [{ ...record, opening, entry, siblings }];
  }

  @Query(() => [BytesScalar], { description: 'The newest heartbeat of each member device.' })
  @Access('query.heartbeats')
  async heartbeats(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('compartmentId', compartmentArg) compartmentId: string,
  ): Promise<readonly Uint8Array[]> {
    return answer(receipts, await this.#use.readStatements.heartbeats(ctx, parseCompartmentId(compartmentId)));
  }

  @Query(() => [BytesScalar], { description: 'Complaints that no link has answered yet.' })
  @Access('query.complaints')
  async complaints(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('compartmentId', compartmentArg) compartmentId: string,
  ): Promise<readonly Uint8Array[]> {
    return answer(receipts, await this.#use.readStatements.complaints(ctx, parseCompartmentId(compartmentId)));
  }

  @Query(() => InvitationPage, { description: 'Invitations of a case that the asker leads, or to the asker.' })
  @Access('query.invitations')
  async invitations(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('caseId', { type: () => IdScalar, nullable: true, description: 'Left out: those addressed to the asker.' })
    caseId: string | null,
  ): Promise<InvitationPage> {
    const id = caseId ? parseCaseId(caseId) : undefined;
    const found = answer(receipts, await this.#use.invitations.list(ctx, id));
    return { invitations: found.map(invitationView) };
  }
}
