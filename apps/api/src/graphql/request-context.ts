import { randomUUID } from 'node:crypto';
import type { ClaimedAct, Principal, RequestContext } from '@rogatory/access';
import { fromBase64, limits } from '@rogatory/kernel';
import { type GraphqlContext, ReceiptSink, type StatedHead } from '@rogatory/platform-graphql';
import type { FastifyRequest } from 'fastify';

/** Proves who sent a request that carries an Authorization header. */
export interface SessionProof {
  /** @throws RefusedError `login/session`, the same for everything that is wrong. */
  principalOf(request: FastifyRequest): Promise<Principal>;
}

const CLIENT_BUILD = /^[\x20-\x7e]{1,100}$/;
const WHY_OPENING_BYTES = 32;

/** The headers that carry a request's proof, statement and reason, on HTTP and, as extensions, on sockets. */
export interface ClaimSource {
  readonly act: unknown;
  readonly why: unknown;
}

/** The context of an HTTP request; a token that proves nothing is refused here, before anything runs. */
export async function contextOfRequest(request: FastifyRequest, sessions: SessionProof): Promise<GraphqlContext> {
  const { headers } = request;
  const principal = headers.authorization === undefined ? undefined : await sessions.principalOf(request);
  const claim = claimOf({ act: headers['rogatory-act'], why: headers['rogatory-why'] });
  const known = {
    requestId: randomUUID(),
    ...(principal ? { principal } : {}),
    ...{ source: sourceOfRequest(request), claim },
  };
  // A path through the log is worked out for those alone who proved who they are.
  return graphqlContext(known, principal && statedHeadOf(headers['rogatory-head'], headers['rogatory-peer-heads']));
}

/** The context of a request that proved nobody, for the record of its refusal. */
export function unprovenContextOf(request: FastifyRequest): GraphqlContext {
  return graphqlContext({ requestId: randomUUID(), source: sourceOfRequest(request), claim: {} });
}

function sourceOfRequest({ ip, headers }: FastifyRequest): RequestContext['source'] {
  return { address: ip, clientBuild: clientBuildOf(headers['rogatory-client']) };
}

export function graphqlContext(request: RequestContext, statedHead?: StatedHead): GraphqlContext {
  return { request, receipts: new ReceiptSink(), ...(statedHead && { statedHead }) };
}

const STATED_HEAD = /^(0|[1-9][0-9]{0,15}):([A-Za-z0-9+/]{43}=)$/;

const PEER_SIZES = /^[1-9][0-9]{0,15}(?:,[1-9][0-9]{0,15})*$/;

/** `<size>:<root>` of the header, and the sizes of the one about peers; what is not of this form is no statement. */
export function statedHeadOf(header: unknown, peers?: unknown): StatedHead | undefined {
  const [, size, root] = typeof header === 'string' ? (STATED_HEAD.exec(header) ?? []) : [];
  if (size === undefined || root === undefined || Number(size) > limits.maxTreeSize) return undefined;
  const peerSizes = peerSizesOf(peers);
  return { size: Number(size), root: fromBase64(root), ...(peerSizes.length > 0 ? { peerSizes } : {}) };
}

function peerSizesOf(header: unknown): readonly number[] {
  if (typeof header !== 'string' || !PEER_SIZES.test(header)) return [];
  const sizes = header.split(',', limits.maxPeerHeadsAsked + 1).map(Number);
  const isFit = sizes.length <= limits.maxPeerHeadsAsked && sizes.every((size) => size <= limits.maxTreeSize);
  return isFit ? sizes : [];
}

/** Splits act and reason out of their base64 forms. @throws CodecError `codec/base64` on malformed ones. */
export function claimOf({ act, why }: ClaimSource): ClaimedAct {
  const actBytes = bounded(act, limits.maxActBytes);
  const whyBoth = bounded(why, limits.maxWhyBytes);
  return {
    ...(actBytes ? { actBytes } : {}),
    ...(whyBoth ? { whyOpening: whyBoth.slice(0, WHY_OPENING_BYTES), whyBytes: whyBoth.slice(WHY_OPENING_BYTES) } : {}),
  };
}

export function clientBuildOf(header: unknown): string {
  return typeof header === 'string' && CLIENT_BUILD.test(header) ? header : 'unknown';
}

function bounded(value: unknown, maxBytes: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > Math.ceil(maxBytes / 3) * 4) return undefined;
  return fromBase64(value);
}
