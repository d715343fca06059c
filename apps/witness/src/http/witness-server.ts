import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { isRogatoryError, limits } from '@rogatory/kernel';
import { MAX_ADD_CHECKPOINT_BYTES } from '@rogatory/tlog';
import type { Log } from '@rogatory/platform-telemetry';
import type { Witness, WitnessAnswer } from '../application/witness.js';
import type { LogList } from '../application/log-list.js';

export interface WitnessServerParts {
  readonly witness: Witness;
  readonly logs: Pick<LogList, 'originOf'>;
  readonly log: Log;
}

const TEXT = 'text/plain; charset=utf-8';
const SIZE = 'text/x.tlog.size';
const RETRY_S = String(Math.ceil(limits.witnessTickMs / 1000));
const REASONS = {
  400: 'the request is malformed',
  403: 'no known key of the log signed the checkpoint',
  404: 'this log is not followed here',
  422: 'the checkpoint does not extend the one cosigned before',
} as const;
const LATER = {
  entries: 'the entries of the directory could not be read',
  busy: 'other heads of this log come first',
} as const;
const BROKEN = 'an entry of the directory breaks its rules';

/**
 * The HTTP side of C2SP tlog-witness: `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint` for monitors, and
 * `GET /health`. All of it is public: what is submitted is signed, and what is answered as well.
 */
export function witnessServer({ witness, logs, log }: WitnessServerParts): FastifyInstance {
  const server = Fastify({
    bodyLimit: MAX_ADD_CHECKPOINT_BYTES,
    requestTimeout: limits.witnessRequestTimeoutMs,
    connectionTimeout: limits.witnessIdleConnectionMs,
    keepAliveTimeout: limits.witnessIdleConnectionMs,
    forceCloseConnections: true,
    logger: false,
  });
  server.server.maxConnections = limits.maxWitnessConnections;
  server.removeAllContentTypeParsers();
  // The body is a note whatever its label: the format names no content type.
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error, _request, reply) => refuse(reply, error, log));
  server.setNotFoundHandler((_request, reply) => text(reply, 404, 'there is nothing here'));
  server.get('/health', (_request, reply) => text(reply, 200, 'ready'));
  server.post('/add-checkpoint', async ({ body }, reply) => {
    const bytes = body instanceof Uint8Array ? new Uint8Array(body) : new Uint8Array(0);
    return give(reply, await witness.addCheckpoint(bytes));
  });
  server.get<{ Params: { hash: string } }>('/:hash/checkpoint', async ({ params }, reply) => {
    const origin = await logs.originOf(params.hash);
    const head = origin === undefined ? undefined : await witness.latest(origin);
    if (head === undefined) return text(reply, 404, 'there is nothing here');
    return reply.code(200).type(TEXT).header('cache-control', 'no-store').send(Buffer.from(head.note));
  });
  return server;
}

function give(reply: FastifyReply, answer: WitnessAnswer): FastifyReply {
  if (answer.status === 200) return reply.code(200).type(TEXT).send(answer.lines);
  // SPEC: tlog-witness: the tree size of the latest cosigned checkpoint in decimal, followed by a newline.
  if (answer.status === 409) return reply.code(409).header('content-type', SIZE).send(`${answer.latestSize}\n`);
  if (answer.status === 503) return text(reply.header('retry-after', RETRY_S), 503, LATER[answer.reason]);
  if ('reason' in answer) return text(reply, answer.status, BROKEN);
  return text(reply, answer.status, REASONS[answer.status]);
}

/** What went wrong inside is for the operator; outside it is one answer, and nothing was cosigned. */
function refuse(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  const status = statusOf(error);
  if (status === undefined) {
    log.error('witness/failed', { error });
    return text(reply, 500, 'the witness cannot vouch for anything now');
  }
  return text(reply, status, 'the request is malformed');
}

/** A refusal of the HTTP layer itself: a body too large, a broken frame. */
function statusOf(error: unknown): number | undefined {
  if (isRogatoryError(error) || typeof error !== 'object' || error === null) return undefined;
  const status: unknown = Reflect.get(error, 'statusCode');
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function text(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).type(TEXT).send(`${message}\n`);
}
