import type { Clock, ObjectId } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import type { Acted, ActRunner } from '@rogatory/audit';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { CutOffHub } from './cut-off-hub.js';
import type { SessionStore } from './session.store.js';

export interface LogoutParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly sessions: Pick<SessionStore, 'end'>;
  readonly hub: Pick<CutOffHub, 'cut'>;
  readonly clock: Clock;
}

/** Ends the session of the request, with everything that is open in it. */
export class Logout {
  readonly #parts: LogoutParts;

  constructor(parts: LogoutParts) {
    this.#parts = parts;
  }

  async run(ctx: RequestContext): Promise<Acted<true>> {
    const { acts, sessions, hub, clock } = this.#parts;
    return acts.run(ctx, 'mutation.logout', () => ({
      ...actSubjects.logout(),
      perform: async (writer) => {
        const sessionId = ctx.principal?.sessionId;
        if (sessionId === undefined) throw accessRefused('no-session');
        await sessions.end(writer, { sessionIds: [sessionId], reason: 'logout', atMs: clock.nowMs() });
        writer.afterCommit(() => hub.cut({ kind: 'session', sessionId }));
        return { result: true, what: { objectKind: auditObjectKinds.session, objectId: sessionId as ObjectId } };
      },
    }));
  }
}
