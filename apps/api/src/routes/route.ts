import type { Operation } from '@rogatory/access';
import { isRogatoryError } from '@rogatory/kernel';
import { type GraphqlContext, httpStatusOf, publicErrorOf } from '@rogatory/platform-graphql';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { EdgeReports } from '../graphql/edge.js';
import { contextOfRequest, type SessionProof, unprovenContextOf } from '../graphql/request-context.js';

/** An HTTP route beside GraphQL; its operation stands in the policy table. */
export interface Route {
  readonly operation: Operation;
  readonly method: HTTPMethods;
  readonly url: string;
  readonly bodyLimit?: number;
  handle(context: GraphqlContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

declare module 'fastify' {
  /** What a mounted route carries for listings and metrics. */
  interface FastifyContextConfig {
    readonly operation?: Operation;
  }
}

/** A route as Fastify has it. */
export interface MountedRoute {
  readonly methods: readonly string[];
  readonly url: string;
  /** None for GraphQL, whose operations are its root fields. */
  readonly operation: Operation | undefined;
}

export interface RouteParts {
  readonly sessions: SessionProof;
  readonly reports: EdgeReports;
}

/** Mounts routes with the same proof, the same uniform errors and the same record of refusals as GraphQL. */
export function mountRoutes(app: FastifyInstance, routes: readonly Route[], parts: RouteParts): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.url,
      config: { operation: route.operation },
      exposeHeadRoute: false,
      ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
      handler: async (request, reply) => answer(route, parts, { request, reply }),
    });
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answer(route: Route, { sessions, reports }: RouteParts, { request, reply }: Exchange): Promise<unknown> {
  let context: GraphqlContext | undefined;
  try {
    context = await contextOfRequest(request, sessions);
    return await route.handle(context, request, reply);
  } catch (error) {
    const known = context ?? unprovenContextOf(request);
    const { requestId } = known.request;
    try {
      await reports.recordRefusal(error, known);
    } catch (fault) {
      return tell(reply, fault, { reports, requestId });
    }
    return tell(reply, error, { reports, requestId });
  }
}

function tell(
  reply: FastifyReply,
  error: unknown,
  { reports, requestId }: { readonly reports: EdgeReports; readonly requestId: string },
): FastifyReply {
  if (!isRogatoryError(error)) reports.logUnexpected(error, requestId);
  const shown = publicErrorOf(error);
  const { message, code, family, isRetryable, details } = shown;
  const extensions = { code, family, retryable: isRetryable, details, requestId };
  return reply.code(httpStatusOf(shown)).send({ errors: [{ message, extensions }] });
}
