import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { formatGraphqlError, type GraphqlContext } from '@rogatory/platform-graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { edgePlugin, type EdgeReports } from '../graphql/edge.js';

export interface GraphqlModuleParts {
  readonly reports: EdgeReports;
  /** The context that the request hook made before the body was read. */
  readonly contextOf: (request: FastifyRequest) => GraphqlContext;
}

/**
 * GraphQL over HTTP POST: no introspection, no suggestions, no stack traces, no landing page, no batches, no cache
 * hints. What may run at all is decided before Apollo sees the request (documents.ts).
 */
export function graphqlModule({ reports, contextOf }: GraphqlModuleParts): DynamicModule {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    sortSchema: true,
    path: '/graphql',
    graphiql: false,
    introspection: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    fieldResolverEnhancers: [],
    preserveHttpStatusForExecutionErrors: false,
    context: (request: FastifyRequest, _reply: FastifyReply) => contextOf(request),
    formatError: (_formatted, error) => formatGraphqlError(error),
    plugins: [ApolloServerPluginCacheControlDisabled(), edgePlugin(reports)],
  });
}
