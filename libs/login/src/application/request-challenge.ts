import type { DeviceId } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { tooManyAttempts } from '../domain/login.errors.js';
import type { Challenges, IssuedChallenge } from './challenges.js';
import type { LoginBounds } from './login-bounds.js';

export interface RequestChallengeParts {
  readonly challenges: Challenges;
  readonly bounds: LoginBounds;
}

/** Gives a challenge to whoever asks, for whatever device: the answer says nothing about it, and nothing is stored. */
export class RequestChallenge {
  readonly #parts: RequestChallengeParts;

  constructor(parts: RequestChallengeParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `login/too-many-attempts` beyond `limits.loginChallengesPerMinute`. */
  run(ctx: RequestContext, deviceId: DeviceId): IssuedChallenge {
    const { challenges, bounds } = this.#parts;
    if (!bounds.isChallengeDue(ctx.source.address, deviceId)) throw tooManyAttempts(bounds.retryAfterMs);
    return challenges.issue(deviceId);
  }
}
