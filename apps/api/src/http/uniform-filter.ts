import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { CodecError, RefusedError, UsageError } from '@rogatory/kernel';
import { httpStatusOf, publicErrorOf } from '@rogatory/platform-graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is done about an error before it is told. Fails closed. */
export type RefusalReport = (error: unknown, request: FastifyRequest) => Promise<void>;

/** One shape for whatever ends outside GraphQL and routes, such as an address that nothing stands at. */
@Catch()
export class UniformFilter implements ExceptionFilter {
  readonly #report: RefusalReport;

  constructor(report: RefusalReport) {
    this.#report = report;
  }

  async catch(error: unknown, host: ArgumentsHost): Promise<unknown> {
    // GraphQL errors take their form at the edge of GraphQL.
    if (host.getType<string>() === 'graphql') return error;
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const ours = error instanceof HttpException ? named(error) : error;
    try {
      await this.#report(ours, http.getRequest<FastifyRequest>());
    } catch (fault) {
      return tell(reply, fault);
    }
    return tell(reply, ours);
  }
}

/** What a route may have said of an answer that never came. */
const ofTheAnswer = ['content-length', 'content-range', 'accept-ranges', 'cache-control'];

function tell(reply: FastifyReply, error: unknown): FastifyReply {
  const shown = publicErrorOf(error);
  const { message, code, family, isRetryable, details } = shown;
  const extensions = { code, family, retryable: isRetryable, details };
  for (const name of ofTheAnswer) void reply.removeHeader(name);
  // As text: an object is not sent under the type of a file whose first byte could not be read.
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  return reply.code(httpStatusOf(shown)).type('application/json; charset=utf-8').send(body);
}

/** What the framework refuses, in our words; its own may quote the request. */
function named(error: HttpException): Error {
  const status = error.getStatus();
  if (status === 413) return new CodecError('codec/too-long', 'longer than the object may be');
  if (status === 404) return new RefusedError('access/refused', 'not found, or not yours to see');
  return new UsageError('request/invalid', 'the request is not valid');
}
