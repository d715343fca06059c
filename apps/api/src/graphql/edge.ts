import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { toBase64 } from '@rogatory/kernel';
import { formatGraphqlError, type GraphqlContext } from '@rogatory/platform-graphql';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';

/** What the edge does with errors before any of them leaves. */
export interface EdgeReports {
  /** Records a refusal that no use case has recorded yet; resolves when it is durable. Fails closed. */
  recordRefusal(error: unknown, context: GraphqlContext): Promise<void>;
  /** Logs an error that no code of ours describes. */
  logUnexpected(error: unknown, requestId: string): void;
}

/**
 * Last stop of every GraphQL answer: refusals are recorded before they are told, the receipt of the act goes into the
 * extensions, unexpected errors are logged once.
 */
export function edgePlugin(reports: EdgeReports): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async (request) => {
        await recordErrors(reports, request.contextValue, request.errors ?? []);
        nameRequest(request);
        attachReceipt(request);
      },
    }),
  };
}

/** Records what no use case recorded, and logs what nobody expected; nothing is told before. */
export async function recordErrors(
  reports: EdgeReports,
  context: GraphqlContext,
  errors: readonly GraphQLError[],
): Promise<void> {
  for (const error of errors) {
    await reports.recordRefusal(error, context);
    reports.logUnexpected(error, context.request.requestId);
  }
}

/** Errors in the only shape in which they leave, with the id by which an operator finds the log line. */
export function publicErrorsOf(
  { request: { requestId } }: GraphqlContext,
  errors: readonly GraphQLError[],
): readonly GraphQLFormattedError[] {
  return errors.map(formatGraphqlError).map((error) => withRequestId(error, requestId));
}

/** The receipt of the act, where there is one. */
export function extensionsOf({ receipts: { receipt } }: GraphqlContext): Record<string, unknown> | undefined {
  if (receipt === undefined) return undefined;
  return { receipt: { recordId: receipt.recordId, promise: toBase64(receipt.promise) } };
}

function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

function nameRequest({ contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>): void {
  if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
  const { requestId } = contextValue.request;
  response.body.singleResult.errors = response.body.singleResult.errors.map((error) => withRequestId(error, requestId));
}

function attachReceipt({ contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>): void {
  const extensions = extensionsOf(contextValue);
  if (extensions === undefined || response.body.kind !== 'single') return;
  response.body.singleResult.extensions = { ...response.body.singleResult.extensions, ...extensions };
}
