import { type BoundedDocument, parseBounded, type TrustedDocuments } from '@rogatory/platform-graphql';
import { GraphQLError, OperationTypeNode } from 'graphql';

/** The body of a GraphQL request as it came. */
interface RawBody {
  readonly documentId?: unknown;
  readonly query?: unknown;
  readonly variables?: unknown;
}

/** The body as Apollo gets it. */
export interface GraphqlBody {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/**
 * Turns a request body into the document that may run: a trusted one by its id; any bounded one only outside
 * production. Batches, operation names and client extensions have no place; subscriptions travel on a socket.
 * @throws GraphQLError `request/invalid`, `request/unknown-document`, `request/too-complex`.
 */
export function admitBody(body: unknown, trusted: TrustedDocuments, admitsAnyDocument: boolean): GraphqlBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid();
  const { documentId, query, variables = {} }: RawBody = body;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) throw invalid();
  const admitted = variables as Record<string, unknown>;
  if (documentId !== undefined) {
    const text = trusted.text(documentId);
    demandNoSubscription(trusted.document(documentId as string));
    return { query: text, variables: admitted };
  }
  if (!admitsAnyDocument || typeof query !== 'string') {
    throw new GraphQLError('unknown document', { extensions: { code: 'request/unknown-document' } });
  }
  demandNoSubscription(parseBounded(query));
  return { query, variables: admitted };
}

function demandNoSubscription({ operation }: BoundedDocument): void {
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw invalid();
}

function invalid(): GraphQLError {
  return new GraphQLError('not a GraphQL request', { extensions: { code: 'request/invalid' } });
}
