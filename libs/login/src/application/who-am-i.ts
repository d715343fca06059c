import { accessRefused, type Principal, type RequestContext } from '@rogatory/access';
import type { Acted, ActRunner } from '@rogatory/audit';
import type { SessionReader } from './session.store.js';

export interface WhoAmIParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly sessions: Pick<SessionReader, 'find'>;
}

/** The asker as the server sees it. */
export interface Me {
  readonly principal: Principal;
  readonly sessionEndsAtMs: number;
}

export class WhoAmI {
  readonly #parts: WhoAmIParts;

  constructor(parts: WhoAmIParts) {
    this.#parts = parts;
  }

  async run(ctx: RequestContext): Promise<Acted<Me>> {
    const { acts, sessions } = this.#parts;
    return acts.run(ctx, 'query.whoAmI', () => ({
      event: 'auth.whoami',
      perform: async (reader) => {
        const { principal } = ctx;
        const session = principal && (await sessions.find(reader, principal.sessionId));
        if (principal === undefined || session === undefined) throw accessRefused('no-session');
        return { result: { principal, sessionEndsAtMs: session.endsAtMs } };
      },
    }));
  }
}
