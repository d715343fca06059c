import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { toBase64 } from '@rogatory/kernel';
import type { GraphqlContext } from '@rogatory/platform-graphql';

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
        await report(reports, request);
        nameRequest(request);
        attachReceipt(request);
      },
    }),
  };
}

async function report(
  reports: EdgeReports,
  request: GraphQLRequestContextWillSendResponse<GraphqlContext>,
): Promise<void> {
  const { contextValue, errors = [] } = request;
  for (const error of errors) {
    await reports.recordRefusal(error, contextValue);
    reports.logUnexpected(error, contextValue.request.requestId);
  }
}

/** The id by which an operator finds the log line of an error. */
function nameRequest({ contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>): void {
  if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
  const { requestId } = contextValue.request;
  response.body.singleResult.errors = response.body.singleResult.errors.map((error) => ({
    ...error,
    extensions: { ...error.extensions, requestId },
  }));
}

function attachReceipt({ contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>): void {
  const { receipt } = contextValue.receipts;
  if (!receipt || response.body.kind !== 'single') return;
  const { recordId, promise } = receipt;
  response.body.singleResult.extensions = {
    ...response.body.singleResult.extensions,
    receipt: { recordId, promise: toBase64(promise) },
  };
}
