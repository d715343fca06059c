import type { Principal } from '@rogatory/access';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { SessionGate } from '../application/session-gate.js';
import { BearerStrategy } from './bearer-strategy.js';

/** Name for `AuthGuard(accessTokenStrategy)`. */
export const accessTokenStrategy = 'rogatory-access-token';

/** Nest's view of the session gate: after its guard, `request.user` is the principal. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(BearerStrategy, accessTokenStrategy) {
  readonly #gate: Pick<SessionGate, 'verify'>;

  constructor(gate: Pick<SessionGate, 'verify'>) {
    super();
    this.#gate = gate;
  }

  /** @throws RefusedError `login/session`. */
  async validate(accessToken: string): Promise<Principal> {
    return this.#gate.verify(accessToken);
  }
}
