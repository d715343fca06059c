import type { LogHead } from '@rogatory/protocol';
import type { Operation } from '../operations.generated.js';

/** What travels beside a request. */
export interface RequestProof {
  readonly accessToken?: string;
  /** Encoded signed act. */
  readonly act?: Uint8Array;
  /** Opening and encoded reason. */
  readonly why?: Uint8Array;
  /** Newest head of the audit log that this device verified. */
  readonly head?: LogHead;
  /** Sizes of heads of that log that other devices told this one, and that it asks about. */
  readonly peerSizes?: readonly number[];
}

export type OperationId = Pick<Operation<never, never>, 'id' | 'kind' | 'name' | 'rootField'>;

export interface GraphqlRequest {
  readonly operation: OperationId;
  readonly variables: unknown;
  readonly proof: RequestProof;
}

/** A GraphQL answer as it came: nothing of it is checked. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}

export interface PartUpload {
  readonly uploadId: string;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly accessToken: string;
}

export interface ContentRequest {
  readonly uploadId: string;
  readonly grant: string;
  readonly accessToken: string;
  /** First byte wanted. */
  readonly from: number;
  /** Last byte wanted, included. */
  readonly to: number;
  readonly signal?: AbortSignal;
}

/** A question that is answered by a stream of bytes, carried out as an act. */
export interface StreamRequest {
  /** Below the origin, with its query. */
  readonly path: string;
  readonly proof: RequestProof;
}

/** How an HTTP answer other than GraphQL failed. */
export interface HttpFailure {
  readonly status: number;
  readonly code: string | undefined;
}

/**
 * Carries bytes to a server and back. MUST NOT interpret, log or retry. MUST reject with UnavailableError `client/network`
 * when the server cannot be reached, and say `unanswered` when nothing of an answer came.
 */
export interface Transport {
  /** The server as the user named it, in origin form; part of what a login signs. */
  readonly origin: string;
  request(request: GraphqlRequest): Promise<GraphqlAnswer>;
  /** Ends without an error when the server completes; rejects when the socket breaks. */
  subscribe(request: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer>;
  /** `undefined` when the part is stored. */
  putPart(upload: PartUpload): Promise<HttpFailure | undefined>;
  /** The bytes of the range, in chunks. Rejects when the stream breaks off. */
  getContent(request: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure>;
  /** A static file of a log below the origin; undefined when there is none. */
  getFile(path: string, accessToken?: string): Promise<Uint8Array | undefined>;
  /** The bytes of the answer, in chunks. Rejects when the stream breaks off. */
  getStream(request: StreamRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure>;
  close(): Promise<void>;
}

export function isHttpFailure(answer: unknown): answer is HttpFailure {
  return typeof answer === 'object' && answer !== null && 'status' in answer;
}
