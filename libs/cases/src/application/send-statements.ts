import { type ActId, type Clock, type CompartmentId, limits } from '@rogatory/kernel';
import { accessRefused, type Operation, type RequestContext } from '@rogatory/access';
import type { ActPlan, ActRunner, DecisionFacts } from '@rogatory/audit';
import { complaintHash, verifyComplaint, verifyHeartbeat } from '@rogatory/chain';
import { actSubjects, decodeSignedComplaint, decodeSignedHeartbeat } from '@rogatory/protocol';
import type { Writer } from '@rogatory/platform-database';
import { overLimit } from '../domain/case.errors.js';
import { type Answered, answered } from './acted.js';
import type { PastHead } from './compartment.store.js';
import type { ContentLogs } from './content-logs.js';
import type { LockedLogs } from './locked-logs.js';
import type { StatementReader, StatementWriter } from './statement.store.js';

export interface SendStatementsParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly logs: Pick<ContentLogs, 'look'>;
  readonly statements: Pick<StatementReader, 'countOpenComplaints'> & StatementWriter;
  readonly clock: Clock;
}

interface StatementPlan {
  readonly subject: ReturnType<typeof actSubjects.sendHeartbeat>;
  readonly compartmentId: CompartmentId;
  readonly cited: readonly PastHead[];
  readonly keep: (writer: Writer, log: LockedLogs, auditId: ActId) => Promise<void>;
}

/** A member's device confirms the heads that it has verified, or complains of keys that it did not get. */
export class SendStatements {
  readonly #parts: SendStatementsParts;

  constructor(parts: SendStatementsParts) {
    this.#parts = parts;
  }

  /** @throws what `ActRunner.run` and `verifyHeartbeat` throw. */
  async heartbeat(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<true>> {
    return this.#run(ctx, 'mutation.sendHeartbeat', () => {
      const { heartbeat } = decodeSignedHeartbeat(bytes);
      const { compartmentId, deviceId, contentHead, time } = heartbeat;
      requireOwn(ctx, deviceId);
      return {
        subject: actSubjects.sendHeartbeat(compartmentId, bytes),
        compartmentId,
        cited: [{ compartmentId, size: contentHead.size }],
        keep: async (writer, logs, auditId) => {
          const { state } = logs.require(compartmentId);
          verifyHeartbeat(state, bytes, logs.factsOf(state));
          const receivedAtMs = this.#parts.clock.nowMs();
          const statement = { compartmentId, deviceId, bytes, madeAtMs: time.timeMs, receivedAtMs, auditId };
          await this.#parts.statements.putHeartbeat(writer, statement);
        },
      };
    });
  }

  /** @throws what `ActRunner.run` and `verifyComplaint` throw; RefusedError `cases/limit`. */
  async complaint(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<true>> {
    return this.#run(ctx, 'mutation.complain', () => {
      const { complaint, signedBytes } = decodeSignedComplaint(bytes);
      const { compartmentId, deviceId } = complaint;
      requireOwn(ctx, deviceId);
      return {
        subject: actSubjects.complain(compartmentId, bytes),
        compartmentId,
        cited: [],
        keep: async (writer, logs, auditId) => {
          verifyComplaint(logs.require(compartmentId).state, bytes);
          const { statements, clock } = this.#parts;
          const open = await statements.countOpenComplaints(writer, compartmentId, deviceId);
          if (open >= limits.maxOpenComplaintsPerDevice) throw overLimit('open-complaints');
          const hash = complaintHash(signedBytes);
          const receivedAtMs = clock.nowMs();
          await statements.addComplaint(writer, { compartmentId, deviceId, bytes, hash, receivedAtMs, auditId });
        },
      };
    });
  }

  async #run(ctx: RequestContext, operation: Operation, prepare: () => StatementPlan): Promise<Answered<true>> {
    return answered(await this.#parts.acts.run(ctx, operation, () => this.#plan(ctx, prepare())));
  }

  #plan(ctx: RequestContext, { subject, compartmentId, cited, keep }: StatementPlan): ActPlan<true> {
    let logs: LockedLogs | undefined;
    return {
      ...subject,
      facts: async (reader) => {
        logs = await this.#parts.logs.look(reader, { compartmentIds: [compartmentId], cited });
        return factsIn(logs, compartmentId, ctx);
      },
      perform: async (writer, act) => {
        if (logs === undefined || act === undefined) throw accessRefused('not-a-member');
        await keep(writer, logs, act.act.actId);
        const caseId = logs.find(compartmentId)?.head?.caseId;
        return { result: true, what: { ...(caseId && { caseId }), count: 1 } };
      },
      transaction: { isolation: 'repeatable read' },
    };
  }
}

function requireOwn({ principal }: RequestContext, deviceId: string): void {
  if (principal?.deviceId !== deviceId) throw accessRefused('not-own');
}

/** What the decision on the asker rests on. */
export function factsIn(logs: LockedLogs, id: CompartmentId, { principal }: RequestContext): DecisionFacts {
  const membership = principal && logs.membership(id, principal.deviceId);
  const owner = logs.find(id)?.head?.ownerAuthorityId;
  return membership === undefined || owner === undefined ? {} : { membership, ownerAuthorityId: owner };
}
