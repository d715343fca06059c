import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import type { Acted } from '@rogatory/audit';
import { type AuthorityId, parseDeviceId } from '@rogatory/kernel';
import { BytesScalar, CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { nameOf, postKinds } from '@rogatory/protocol';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Login } from '../application/login.js';
import type { Logout } from '../application/logout.js';
import type { RefreshSession } from '../application/refresh-session.js';
import type { RequestChallenge } from '../application/request-challenge.js';
import type { WhoAmI } from '../application/who-am-i.js';
import { Challenge, Me, Session } from './login.types.js';

export interface LoginUseCases {
  readonly requestChallenge: Pick<RequestChallenge, 'run'>;
  readonly login: Pick<Login, 'run'>;
  readonly refreshSession: Pick<RefreshSession, 'run'>;
  readonly logout: Pick<Logout, 'run'>;
  readonly whoAmI: Pick<WhoAmI, 'run'>;
  /** When the next review of an oversight body is due; undefined while there is nothing to review. */
  readonly reviewDueMs?: (body: AuthorityId) => Promise<number | undefined>;
}

/** How a device gets and ends a session. */
@Resolver()
export class LoginResolver {
  readonly #use: LoginUseCases;

  constructor(use: LoginUseCases) {
    this.#use = use;
  }

  @Query(() => Me, { description: 'Who the asker is, as the server sees it.' })
  @Access('query.whoAmI')
  async whoAmI(@CurrentRequest() ctx: RequestContext, @Receipts() receipts: ReceiptSink): Promise<Me> {
    const { principal, sessionEndsAtMs } = answer(receipts, await this.#use.whoAmI.run(ctx));
    const { deviceId, personId, postId, authorityId, state, postKind } = principal;
    const isAuditor = postKind === postKinds.auditor;
    const reviewDueMs = (isAuditor ? await this.#use.reviewDueMs?.(authorityId) : undefined) ?? null;
    const post = { postId, authorityId, state, postKind: nameOf(postKinds, postKind) };
    return { deviceId, personId, ...post, sessionEndsAtMs, reviewDueMs };
  }

  @Mutation(() => Challenge, { description: 'A challenge for a device; the answer says nothing about the device.' })
  @Access('mutation.requestChallenge')
  requestChallenge(
    @CurrentRequest() ctx: RequestContext,
    @Args('deviceId', { type: () => IdScalar, description: 'The device that will log in.' }) deviceId: string,
  ): Challenge {
    return this.#use.requestChallenge.run(ctx, parseDeviceId(deviceId));
  }

  @Mutation(() => Session, { description: 'Opens a session for the device that signed the statement.' })
  @Access('mutation.login')
  async login(
    @CurrentRequest() ctx: RequestContext,
    @Args('statement', { type: () => BytesScalar, description: 'Signed login statement.' }) statement: Uint8Array,
  ): Promise<Session> {
    return this.#use.login.run(ctx, statement);
  }

  @Mutation(() => Session, { description: 'Trades a refresh token, once, for new tokens of the same session.' })
  @Access('mutation.refreshSession')
  async refreshSession(
    @CurrentRequest() ctx: RequestContext,
    @Args('refreshToken', { type: () => String, description: 'The newest refresh token.' }) refreshToken: string,
  ): Promise<Session> {
    return this.#use.refreshSession.run(ctx, refreshToken);
  }

  @Mutation(() => Boolean, { description: 'Ends the session and everything that is open in it.' })
  @Access('mutation.logout')
  async logout(@CurrentRequest() ctx: RequestContext, @Receipts() receipts: ReceiptSink): Promise<boolean> {
    return answer(receipts, await this.#use.logout.run(ctx));
  }
}

function answer<Result>(receipts: ReceiptSink, { result, recordId, promise }: Acted<Result>): Result {
  receipts.put({ recordId, promise });
  return result;
}
