import { type ActId, type CaseId, type Clock, type CompartmentId, type InvitationId, limits } from '@rogatory/kernel';
import { accessRefused, type Operation, type Principal, type RequestContext } from '@rogatory/access';
import type { ActPlan, ActRunner, DecisionFacts } from '@rogatory/audit';
import { verifyAcceptance, verifyInvitation } from '@rogatory/chain';
import {
  actSubjects,
  auditObjectKinds,
  caseRoles,
  decodeSignedAcceptance,
  decodeSignedInvitation,
  type Invitation,
  invitationTargets,
} from '@rogatory/protocol';
import type { Bus } from '@rogatory/platform-bus';
import type { Reader, Writer } from '@rogatory/platform-database';
import { invitationUsed, overLimit } from '../domain/case.errors.js';
import type { InvitationEntry, InvitationRow } from '../domain/invitation-row.js';
import { type Answered, answered } from './acted.js';
import { caseTopics } from './case-topics.js';
import { factsOf } from './compartment-read.js';
import type { Memberships } from './memberships.js';
import type { ContentLogs } from './content-logs.js';
import type { DirectorySource } from './directory-source.js';
import type { InvitationReader, InvitationWriter } from './invitation.store.js';
import type { LockedLogs } from './locked-logs.js';
import { factsIn } from './send-statements.js';

export interface InvitationsParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly logs: Pick<ContentLogs, 'look'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly invitations: InvitationReader & InvitationWriter;
  readonly directory: DirectorySource;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
}

/** Offers of membership: made and revoked by leads, answered by whom they invite, as often as they have uses. */
export class Invitations {
  readonly #parts: InvitationsParts;

  constructor(parts: InvitationsParts) {
    this.#parts = parts;
  }

  /** @throws what `ActRunner.run` and `verifyInvitation` throw; RefusedError `cases/limit`. */
  async invite(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<true>> {
    return this.#run(ctx, 'mutation.invite', () => {
      const { invitation } = decodeSignedInvitation(bytes);
      const { caseId, invitationId } = invitation;
      const rootId = caseId as string as CompartmentId;
      let logs: LockedLogs | undefined;
      return {
        ...actSubjects.invite(caseId, invitationId, bytes),
        facts: async (reader) => {
          logs = await this.#parts.logs.look(reader, { compartmentIds: [rootId] });
          return factsIn(logs, rootId, ctx);
        },
        perform: async (writer, act) => {
          const { principal } = ctx;
          if (act === undefined || principal === undefined || logs === undefined) throw accessRefused('no-session');
          if (invitation.sponsorDevice !== principal.deviceId) throw accessRefused('not-own');
          verifyInvitation(logs.require(rootId).state, bytes, this.#judgedNow());
          await this.#offer(writer, { invitation, bytes, sponsor: principal, auditId: act.act.actId });
          return { result: true, what: { objectKind: auditObjectKinds.invitation, count: invitation.uses } };
        },
        transaction: { isolation: 'repeatable read' },
      };
    });
  }

  /** By any lead of the case. @throws what `ActRunner.run` throws. */
  async revoke(ctx: RequestContext, id: InvitationId): Promise<Answered<boolean>> {
    let row: InvitationRow | undefined;
    return this.#run(ctx, 'mutation.revokeInvitation', () => ({
      ...actSubjects.revokeInvitation(id),
      facts: async (reader) => {
        row = await this.#parts.invitations.find(reader, id);
        // Of an offer that is not there the same is asked, so that the time of the refusal does not tell which it was.
        return this.#rootFacts(reader, row?.caseId ?? noCase, ctx);
      },
      perform: async (writer) => {
        const isNew = await this.#parts.invitations.revoke(writer, id);
        if (isNew && row !== undefined) this.#wakeOf(writer, [row.targetId, row.sponsorPerson]);
        return { result: isNew, ...(row === undefined ? {} : { what: whatOf(row) }) };
      },
    }));
  }

  /**
   * Takes one use: of any number of callers as many succeed as uses were left.
   * @throws RefusedError `cases/invitation-used`; what `verifyAcceptance` and `ActRunner.run` throw.
   */
  async accept(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<true>> {
    let row: InvitationRow | undefined;
    return this.#run(ctx, 'mutation.acceptInvitation', () => {
      const { acceptance } = decodeSignedAcceptance(bytes);
      const { invitationId, personId, deviceId } = acceptance;
      return {
        ...actSubjects.acceptInvitation(invitationId, bytes),
        facts: async (reader) => {
          row = await this.#parts.invitations.find(reader, invitationId);
          // Leads and members may see offers of their case as well: only whom it is made to may answer, or be told why not.
          return { isOwn: row !== undefined && isTo(row, ctx) && deviceId === ctx.principal?.deviceId };
        },
        perform: async (writer, act) => {
          if (act === undefined || row === undefined) throw accessRefused('not-own');
          verifyAcceptance(decodeSignedInvitation(row.bytes), bytes, this.#judgedNow());
          const receivedAtMs = this.#parts.clock.nowMs();
          if (!(await this.#parts.invitations.takeUse(writer, invitationId, receivedAtMs))) throw invitationUsed();
          const auditId = act.act.actId;
          const answer = { invitationId, personId, deviceId, bytes, receivedAtMs, auditId };
          await this.#parts.invitations.addAcceptance(writer, answer);
          this.#wakeOf(writer, [row.sponsorPerson, personId]);
          return { result: true, what: whatOf(row) };
        },
      };
    });
  }

  /** Of a case that the asker leads, with every answer; else those addressed to the asker, with their own answer. */
  async list(ctx: RequestContext, caseId: CaseId | undefined): Promise<Answered<readonly InvitationEntry[]>> {
    return this.#run(ctx, 'query.invitations', () => ({
      ...actSubjects.listInvitations(caseId),
      facts: async (reader) => ({ isOwn: caseId === undefined || (await this.#leads(reader, caseId, ctx)) }),
      perform: async (writer) => {
        const { principal } = ctx;
        if (principal === undefined) throw accessRefused('no-session');
        const { invitations } = this.#parts;
        const most = limits.maxPageItems;
        const found = await (caseId === undefined
          ? invitations.toAsker(writer, principal, most)
          : invitations.ofCase(writer, caseId, most));
        return { result: found, what: { objectKind: auditObjectKinds.invitation, count: found.length } };
      },
    }));
  }

  async #run<Result>(
    ctx: RequestContext,
    operation: Operation,
    prepare: () => ActPlan<Result>,
  ): Promise<Answered<Result>> {
    return answered(await this.#parts.acts.run(ctx, operation, prepare));
  }

  async #offer(
    writer: Writer,
    offer: {
      readonly invitation: Invitation;
      readonly bytes: Uint8Array;
      readonly sponsor: Principal;
      readonly auditId: ActId;
    },
  ): Promise<void> {
    const { invitations, clock } = this.#parts;
    const { invitationId, caseId, target, targetId, uses, notAfterMs } = offer.invitation;
    const receivedAtMs = clock.nowMs();
    const open = await invitations.countOpen(writer, caseId, receivedAtMs);
    if (open >= limits.maxOpenInvitationsPerCase) throw overLimit('open-invitations');
    const terms = { invitationId, caseId, target, targetId, usesLeft: uses, isRevoked: false, notAfterMs };
    const { bytes, sponsor, auditId } = offer;
    await invitations.add(writer, { ...terms, sponsorPerson: sponsor.personId, bytes, receivedAtMs, auditId });
    this.#wakeOf(writer, [targetId]);
  }

  async #rootFacts(reader: Reader, caseId: CaseId, { principal }: RequestContext): Promise<DecisionFacts> {
    if (principal === undefined) return {};
    const { memberships, clock } = this.#parts;
    const rootId = caseId as string as CompartmentId;
    const own = await memberships.own(reader, rootId, { device: principal.deviceId, nowMs: clock.nowMs() });
    return own === undefined ? {} : factsOf(own);
  }

  async #leads(reader: Reader, caseId: CaseId, ctx: RequestContext): Promise<boolean> {
    return (await this.#rootFacts(reader, caseId, ctx)).membership?.role === caseRoles.lead;
  }

  #judgedNow() {
    const { history } = this.#parts.directory;
    return { view: history.at(history.size), nowMs: this.#parts.clock.nowMs() };
  }

  #wakeOf(writer: Writer, ids: readonly string[]): void {
    writer.afterCommit(() => this.#parts.bus.publish(caseTopics.invited, ids));
  }
}

/** The id of no case: it is no hash of a genesis that anybody could make. */
const noCase = '0'.repeat(64) as CaseId;

/** Whether an offer is made to the asker, or to their post or authority. */
function isTo({ target, targetId }: InvitationRow, { principal }: RequestContext): boolean {
  if (principal === undefined) return false;
  const ids = {
    [invitationTargets.person]: principal.personId,
    [invitationTargets.post]: principal.postId,
    [invitationTargets.authority]: principal.authorityId,
  };
  return ids[target] === targetId;
}

function whatOf({ caseId }: InvitationRow) {
  return { objectKind: auditObjectKinds.invitation, caseId, count: 1 };
}
