import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { parseCaseId, parseCompartmentId, parseInvitationId } from '@rogatory/kernel';
import { BytesScalar, CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { AppendLinks } from '../application/append-links.js';
import type { Invitations } from '../application/invitations.js';
import type { LinkInput as ParsedLinkInput } from '../application/link-submissions.js';
import type { SendStatements } from '../application/send-statements.js';
import { answer } from './answer.js';
import { AppendResult, LinkInput, type LinksAppended, type StaleHead } from './case.types.js';
import { appendView } from './case-views.js';

export interface CaseMutationUses {
  readonly appendLinks: Pick<AppendLinks, 'run'>;
  readonly sendStatements: Pick<SendStatements, 'heartbeat' | 'complaint'>;
  readonly invitations: Pick<Invitations, 'invite' | 'revoke' | 'accept'>;
}

/** What members do to the chains of a case. */
@Resolver()
export class CaseMutationsResolver {
  readonly #use: CaseMutationUses;

  constructor(use: CaseMutationUses) {
    this.#use = use;
  }

  @Mutation(() => AppendResult, {
    description: 'Begins a case: the genesis of its root first, then those of its compartments, each announced before.',
  })
  @Access('mutation.createCase')
  async createCase(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('links', { type: () => [LinkInput], description: 'All or none land.' }) links: readonly LinkInput[],
  ): Promise<LinksAppended | StaleHead> {
    return appendView(answer(receipts, await this.#use.appendLinks.run(ctx, { links: links.map(parseLinkInput) })));
  }

  @Mutation(() => AppendResult, { description: 'Appends the links of one act to the chains of a case.' })
  @Access('mutation.appendLinks')
  async appendLinks(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('caseId', { type: () => IdScalar, description: 'The case that all links belong to.' }) caseId: string,
    @Args('links', { type: () => [LinkInput], description: 'All or none land; the root chain first.' })
    links: readonly LinkInput[],
  ): Promise<LinksAppended | StaleHead> {
    const command = { caseId: parseCaseId(caseId), links: links.map(parseLinkInput) };
    return appendView(answer(receipts, await this.#use.appendLinks.run(ctx, command)));
  }

  @Mutation(() => Boolean, { description: 'Offers membership; by a lead of the case.' })
  @Access('mutation.invite')
  async invite(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('invitation', { type: () => BytesScalar, description: 'The signed invitation.' }) invitation: Uint8Array,
  ): Promise<boolean> {
    return answer(receipts, await this.#use.invitations.invite(ctx, invitation));
  }

  @Mutation(() => Boolean, {
    description: 'Takes an invitation back; by any lead. False when it was taken back before.',
  })
  @Access('mutation.revokeInvitation')
  async revokeInvitation(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('invitationId', { type: () => IdScalar, description: 'Id of the invitation.' }) invitationId: string,
  ): Promise<boolean> {
    return answer(receipts, await this.#use.invitations.revoke(ctx, parseInvitationId(invitationId)));
  }

  @Mutation(() => Boolean, { description: 'Accepts an invitation and takes one of its uses.' })
  @Access('mutation.acceptInvitation')
  async acceptInvitation(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('acceptance', { type: () => BytesScalar, description: 'The signed answer.' }) acceptance: Uint8Array,
  ): Promise<boolean> {
    return answer(receipts, await this.#use.invitations.accept(ctx, acceptance));
  }

  @Mutation(() => Boolean, { description: 'Confirms the heads that the device verified.' })
  @Access('mutation.sendHeartbeat')
  async sendHeartbeat(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('heartbeat', { type: () => BytesScalar, description: 'The signed heartbeat.' }) heartbeat: Uint8Array,
  ): Promise<boolean> {
    return answer(receipts, await this.#use.sendStatements.heartbeat(ctx, heartbeat));
  }

  @Mutation(() => Boolean, { description: 'Complains of keys that the device did not get.' })
  @Access('mutation.complain')
  async complain(
    @CurrentRequest() ctx: RequestContext,
    @Receipts() receipts: ReceiptSink,
    @Args('complaint', { type: () => BytesScalar, description: 'The signed complaint.' }) complaint: Uint8Array,
  ): Promise<boolean> {
    return answer(receipts, await this.#use.sendStatements.complaint(ctx, complaint));
  }
}

function parseLinkInput({ compartmentId, link, boxes }: LinkInput): ParsedLinkInput {
  return { compartmentId: parseCompartmentId(compartmentId), link, boxes };
}
