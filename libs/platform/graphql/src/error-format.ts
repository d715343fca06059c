import { type ErrorFamily, isRogatoryError, type RogatoryError } from '@rogatory/kernel';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** The only shape in which an error leaves the server. */
export interface PublicError {
  readonly message: string;
  readonly code: string;
  readonly family: ErrorFamily;
  readonly isRetryable: boolean;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

const HTTP_STATUS: Readonly<Record<ErrorFamily, number>> = {
  usage: 400,
  codec: 400,
  refused: 403,
  verification: 422,
  unavailable: 503,
  internal: 500,
};

/** Known errors keep code and details; everything else is `internal` and says nothing. */
export function publicErrorOf(error: unknown): PublicError {
  const origin = originOf(error);
  if (isRogatoryError(origin)) return fromRogatoryError(origin);
  if (origin instanceof GraphQLError) return fromGraphqlError(origin);
  return internal();
}

export function httpStatusOf(error: PublicError): number {
  if (error.code === 'access/refused') return 404;
  return error.code === 'login/session' ? 401 : HTTP_STATUS[error.family];
}

/** The GraphQL form; no locations, no stack, no path beyond the root field. */
export function formatGraphqlError(error: unknown): GraphQLFormattedError {
  const { message, code, family, isRetryable, details } = publicErrorOf(error);
  return { message, extensions: { code, family, retryable: isRetryable, details } };
}

/** Whether somebody should look: an error that no code of ours describes. */
export function isUnexpected(error: unknown): boolean {
  return publicErrorOf(error).family === 'internal';
}

function fromRogatoryError(error: RogatoryError): PublicError {
  if (error.family === 'internal') return internal();
  const { message, code, family, details, retryable: isRetryable } = error;
  return { message, code, family, isRetryable, details };
}

function fromGraphqlError(error: GraphQLError): PublicError {
  const code = error.extensions['code'];
  const isOurs = typeof code === 'string' && code.startsWith('request/');
  return {
    message: isOurs ? error.message : 'the request is not valid',
    code: isOurs ? code : 'request/invalid',
    family: 'usage',
    isRetryable: false,
    details: {},
  };
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? error.originalError : error;
}

function internal(): PublicError {
  return {
    message: 'something failed on our side',
    code: 'internal',
    family: 'internal',
    isRetryable: false,
    details: {},
  };
}
