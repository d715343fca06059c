import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { HeadView } from '@rogatory/audit';
import { toBase64 } from '@rogatory/kernel';
import { formatGraphqlError, type GraphqlContext, type StatedHead } from '@rogatory/platform-graphql';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';

/** What the edge does with errors before any of them leaves. */
export interface EdgeReports {
  /** Records a refusal that no use case has recorded yet; resolves when it is durable. Fails closed. */
  recordRefusal(error: unknown, context: GraphqlContext): Promise<void>;
  /** Logs an error that no code of ours describes. */
  logUnexpected(error: unknown, requestId: string): void;
  /** How the log goes on from the head that a client stated. Absent where there is no log to show. */
  readonly viewOf?: (stated: StatedHead) => Promise<HeadView>;
}

/**
 * Last stop of every GraphQL answer: refusals are recorded before they are told, the receipt of the act and the view of
 * the log go into the extensions, unexpected errors are logged once.
 */
export function edgePlugin(reports: EdgeReports): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async (request) => {
        await recordErrors(reports, request.contextValue, request.errors ?? []);
        nameRequest(request);
        await attachExtensions(reports, request);
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

/** The receipt of the act, where there is one, and the view of the log for whoever stated a head. */
export async function extensionsOf(
  reports: EdgeReports,
  context: GraphqlContext,
): Promise<Record<string, unknown> | undefined> {
  const { receipt } = context.receipts;
  const view = await viewShownTo(reports, context);
  if (receipt === undefined && view === undefined) return undefined;
  return {
    ...(receipt && { receipt: { recordId: receipt.recordId, promise: toBase64(receipt.promise) } }),
    ...(view && { view }),
  };
}

/** How the log goes on from the head that a caller stated; undefined for whoever stated none. */
export async function viewShownTo(
  reports: Pick<EdgeReports, 'viewOf' | 'logUnexpected'>,
  { statedHead, request }: Pick<GraphqlContext, 'statedHead' | 'request'>,
): Promise<Record<string, unknown> | undefined> {
  return shownView(reports.viewOf, statedHead).catch((error: unknown) => {
    // The answer is of what happened already. A client that gets no view raises its alarm.
    reports.logUnexpected(error, request.requestId);
    return undefined;
  });
}

async function shownView(
  viewOf: EdgeReports['viewOf'],
  stated: StatedHead | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (viewOf === undefined || stated === undefined) return undefined;
  const { size, checkpoint, consistency, peers } = await viewOf(stated);
  if (checkpoint === undefined) return { size };
  const shown = { size, checkpoint: toBase64(checkpoint), consistency: consistency.map(toBase64) };
  return peers.length === 0 ? shown : { ...shown, peers: peers.map((path) => path.map(toBase64)) };
}

function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

function nameRequest({ contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>): void {
  if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
  const { requestId } = contextValue.request;
  response.body.singleResult.errors = response.body.singleResult.errors.map((error) => withRequestId(error, requestId));
}

async function attachExtensions(
  reports: EdgeReports,
  { contextValue, response }: GraphQLRequestContextWillSendResponse<GraphqlContext>,
): Promise<void> {
  const extensions = await extensionsOf(reports, contextValue);
  if (extensions === undefined || response.body.kind !== 'single') return;
  response.body.singleResult.extensions = { ...response.body.singleResult.extensions, ...extensions };
}
