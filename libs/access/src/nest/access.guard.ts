import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { accessRefused, demand } from '../decide.js';
import { isOperation, type Operation, ruleOf } from '../operations.js';
import type { RequestContext } from '../principal.js';

const OPERATION = 'rogatory:operation';

/** Names the operation of a resolver method or route; the name must stand in the policy table. */
export const Access = (operation: Operation): MethodDecorator => SetMetadata(OPERATION, operation);

/** The operation that a handler was annotated with, for listings. */
export function operationOf(handler: object): Operation | undefined {
  const name: unknown = Reflect.getMetadata(OPERATION, handler);
  return typeof name === 'string' && isOperation(name) ? name : undefined;
}

/** How the guard finds the request context of a GraphQL or HTTP call. */
export interface RequestContextSource {
  of(context: ExecutionContext): RequestContext;
}

/**
 * First wall of every operation: no annotation, no entry; no session, no entry beyond what is public; wrong post, no
 * entry. Rules on facts of a case are decided by the use case, inside the act's transaction.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #source: RequestContextSource;

  constructor(reflector: Reflector, source: RequestContextSource) {
    this.#reflector = reflector;
    this.#source = source;
  }

  canActivate(context: ExecutionContext): boolean {
    const operation = this.#reflector.get<unknown>(OPERATION, context.getHandler());
    if (typeof operation !== 'string' || !isOperation(operation)) throw accessRefused('unknown-operation');
    const rule = ruleOf(operation);
    const { principal } = this.#source.of(context);
    if (rule.kind === 'public' || rule.kind === 'device' || rule.kind === 'post') demand(principal, operation);
    else if (!principal) throw accessRefused('no-session');
    return true;
  }
}
