import type { Operation, RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { CodecError, limits } from '@rogatory/kernel';
import { type FindingQuery, type FindingState, findingStates, type FindingVerdict } from '@rogatory/protocol';
import { CurrentRequest, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { parseFindingId, parseRuleName } from '../application/findings/finding-names.js';
import type { JudgeFinding } from '../application/findings/judge-finding.js';
import type { ListFindings, ToldFinding } from '../application/findings/list-findings.js';
import {
  AuditFinding,
  AuditFindingPage,
  AuditFindingsArgs,
  FindingVerdictView,
  JudgeFindingArgs,
} from './findings.types.js';
import { shardOf } from './audit.mapping.js';
import { type ReviewedAuthorities, reviewContextOf } from './review-asker.js';

export interface FindingUses {
  readonly findings: { readonly list: Pick<ListFindings, 'run'>; readonly judge: Pick<JudgeFinding, 'run'> };
  readonly authorities: ReviewedAuthorities;
}

/** What the server proposes to look at, and what auditors say of it. */
@Resolver()
export class FindingsResolver {
  readonly #use: FindingUses;

  constructor(use: FindingUses) {
    this.#use = use;
  }

  @Query(() => AuditFindingPage, {
    description: 'What somebody should look at, newest first; the look-up is recorded before it is answered.',
  })
  @Access('query.auditFindings')
  async auditFindings(
    @CurrentRequest() ctx: RequestContext,
    @Args() args: AuditFindingsArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditFindingPage> {
    const { purpose } = args;
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditFindings', purpose });
    const list = await this.#use.findings.list.run(context, queryOf(args));
    receipts.put(list.receipt);
    const { hasMore, computedTo, calendars } = list;
    return { findings: list.findings.map(viewOf), hasMore, computedTo, calendars };
  }

  @Mutation(() => Boolean, { description: 'Lets a finding be, for the reason that the act commits to.' })
  @Access('mutation.dismissFinding')
  async dismissFinding(
    @CurrentRequest() ctx: RequestContext,
    @Args() args: JudgeFindingArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<boolean> {
    return this.#judge(ctx, args, { verdict: 'dismiss', operation: 'mutation.dismissFinding', receipts });
  }

  @Mutation(() => Boolean, { description: 'Takes a dismissal back, for the reason that the act commits to.' })
  @Access('mutation.reopenFinding')
  async reopenFinding(
    @CurrentRequest() ctx: RequestContext,
    @Args() args: JudgeFindingArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<boolean> {
    return this.#judge(ctx, args, { verdict: 'reopen', operation: 'mutation.reopenFinding', receipts });
  }

  async #judge(
    ctx: RequestContext,
    { findingId, purpose, recordCount }: JudgeFindingArgs,
    way: { readonly verdict: FindingVerdict; readonly operation: Operation; readonly receipts: ReceiptSink },
  ): Promise<boolean> {
    const { verdict, operation, receipts } = way;
    const context = reviewContextOf(ctx, this.#use.authorities, { operation, purpose });
    const id = parseFindingId(findingId);
    receipts.put(await this.#use.findings.judge.run(context, { verdict, id, recordCount }));
    return true;
  }
}

function queryOf({ rule, state, first, after, shard }: AuditFindingsArgs): FindingQuery {
  return {
    ...(rule === null || rule === undefined ? {} : { rule: parseRuleName(rule) }),
    ...(state === null || state === undefined ? {} : { state: parseState(state) }),
    first: first ?? limits.defaultPageItems,
    ...(after === null || after === undefined ? {} : { after: parseFindingId(after) }),
    ...shardOf(shard),
  };
}

function parseState(text: string): FindingState {
  const found = findingStates.find((state) => state === text);
  if (found === undefined) throw new CodecError('codec/unknown-value', 'unknown value of a closed field');
  return found;
}

function viewOf({ id, rule, body, isCurrent, state, verdict }: ToldFinding): AuditFinding {
  const said: FindingVerdictView | null =
    verdict === undefined
      ? null
      : {
          ...{ verdict: verdict.isDismissed ? 'dismiss' : 'reopen', recordCount: verdict.recordCount },
          ...{ atMs: verdict.timeMs, recordId: verdict.recordId },
        };
  return { findingId: id, rule, body: body ?? null, isCurrent, state, verdict: said };
}
