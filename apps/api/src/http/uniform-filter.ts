import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { RefusedError } from '@rogatory/kernel';
import { httpStatusOf, publicErrorOf } from '@rogatory/platform-graphql';
import type { FastifyReply } from 'fastify';

/** One shape for whatever Nest itself answers, such as an address that nothing stands at. */
@Catch()
export class UniformFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): unknown {
    // GraphQL errors take their form at the edge of GraphQL.
    if (host.getType<string>() === 'graphql') return error;
    const shown = publicErrorOf(error instanceof HttpException ? notThere() : error);
    const { message, code, family, isRetryable, details } = shown;
    return host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(httpStatusOf(shown))
      .send({ errors: [{ message, extensions: { code, family, retryable: isRetryable, details } }] });
  }
}

function notThere(): RefusedError<'access/refused'> {
  return new RefusedError('access/refused', 'not found, or not yours to see');
}
