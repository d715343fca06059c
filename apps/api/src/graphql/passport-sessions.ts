import { accessRefused, type Principal } from '@rogatory/access';
import { accessTokenStrategy, AccessTokenStrategy, type SessionGate } from '@rogatory/login';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import type { SessionProof } from './request-context.js';

/** Proves the bearer token of a request by passport, with the strategy of the login feature; keeps no cookie session. */
export class PassportSessions implements SessionProof {
  readonly #passport = new passport.Passport();

  constructor(gate: SessionGate) {
    this.#passport.use(accessTokenStrategy, new AccessTokenStrategy(gate));
  }

  principalOf(request: FastifyRequest): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown, principal?: Principal): void => {
        if (principal === undefined) reject(error instanceof Error ? error : accessRefused('no-session'));
        else resolve(principal);
      };
      const handle: unknown = this.#passport.authenticate(accessTokenStrategy, { session: false }, done);
      (handle as (request: unknown, response: unknown, next: (error: unknown) => void) => void)(request.raw, {}, done);
    });
  }
}
