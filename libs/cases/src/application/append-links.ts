import { type ActId, type CaseId, type CompartmentId, isRogatoryError, UsageError } from '@rogatory/kernel';
import {
  accessRefused,
  actOfLink,
  demand,
  type Operation,
  type Principal,
  type RequestContext,
} from '@rogatory/access';
import { type ActPlan, type ActRunner, databasePrincipalOf, type DecisionFacts, type Performed } from '@rogatory/audit';
import { actSubjects, caseRoles } from '@rogatory/protocol';
import type { Database, Reader, Writer } from '@rogatory/platform-database';
import type { CompartmentHead, CompartmentOfMember } from '../domain/compartment.js';
import { type Answered, answered } from './acted.js';
import type { CompartmentReader } from './compartment.store.js';
import type { ContentLogs } from './content-logs.js';
import type { HoldForRemoval } from './hold-for-removal.js';
import { whatOfLinks } from './link-record.js';
import { type LinkInput, type ParsedLink, parseLinks } from './link-submissions.js';
import type { LinkWriting } from './link-writing.js';
import type { AcceptedLink, LockedLogs } from './locked-logs.js';
import type { MembershipFacts } from './membership.js';
import type { Memberships } from './memberships.js';
import { placedEarlier, receiptOfAct } from './repeated-act.js';

export interface AppendLinksParts {
  readonly acts: Pick<ActRunner, 'run' | 'promisedBefore'>;
  readonly database: Pick<Database, 'read'>;
  readonly logs: Pick<ContentLogs, 'lock'>;
  readonly compartments: Pick<CompartmentReader, 'heads' | 'placedBy'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly writing: LinkWriting;
  readonly hold: HoldForRemoval;
}

export interface AppendLinksCommand {
  /** Left out where the first link begins the case. */
  readonly caseId?: CaseId;
  readonly links: readonly LinkInput[];
}

export type AppendOutcome =
  | { readonly kind: 'appended'; readonly heads: readonly CompartmentOfMember[]; readonly receivedAtMs: number }
  | { readonly kind: 'stale'; readonly head: Pick<CompartmentHead, 'compartmentId' | 'chainSeq' | 'linkHash'> };

/** Codes that say: made for another head than the one in force. */
const STALE = new Set(['chain/stale-head', 'chain/root-behind']);
const REPEATED = new Set(['audit/duplicate-act', 'cases/exists', ...STALE]);

/**
 * Appends the links of one act to the chains of a case, all or none; with a genesis as the first link it begins the case.
 * Whoever lost the race for the head gets the newest one as the answer, rebases and tries again.
 */
export class AppendLinks {
  readonly #parts: AppendLinksParts;

  constructor(parts: AppendLinksParts) {
    this.#parts = parts;
  }

  /** @throws what `ActRunner.run`, `parseLinks`, `applyLink` and `verifyBoxes` throw; RefusedError `cases/frozen`. */
  async run(ctx: RequestContext, command: AppendLinksCommand): Promise<Answered<AppendOutcome>> {
    const operation = command.caseId === undefined ? 'mutation.createCase' : 'mutation.appendLinks';
    try {
      return answered(await this.#parts.acts.run(ctx, operation, () => this.#plan(ctx, operation, command)));
    } catch (error) {
      const instead = await this.#insteadOf(error, ctx, command);
      if (instead === undefined) throw error;
      const receipt = await this.#parts.database.read(databasePrincipalOf(ctx.principal), (reader) =>
        receiptOfAct(reader, ctx, this.#parts.acts),
      );
      return { result: instead, ...(receipt && { receipt }) };
    }
  }

  #plan(ctx: RequestContext, operation: Operation, { caseId, links }: AppendLinksCommand): ActPlan<AppendOutcome> {
    const parsed = parseLinks(links, caseId === undefined ? 'create' : 'append', caseId);
    const principal = ctx.principal;
    if (principal === undefined) throw accessRefused('no-session');
    const first = (parsed[0] as ParsedLink).signed.link;
    const bytes = parsed.map(({ link }) => link);
    let locked: LockedLogs | undefined;
    return {
      ...actSubjects.appendLinks(first, bytes),
      facts: async (reader) => {
        locked = await this.#lock(reader, parsed);
        return factsFor(locked, parsed[0] as ParsedLink, principal);
      },
      perform: async (writer, act) => {
        if (locked === undefined || act === undefined) throw new UsageError('cases/order', 'facts come before the act');
        return this.#perform(writer, { locked, parsed, principal, operation, auditId: act.act.actId });
      },
    };
  }

  #lock(reader: Reader, parsed: readonly ParsedLink[]): Promise<LockedLogs> {
    const ids = new Set(parsed.flatMap(({ compartmentId, signed }) => [compartmentId, rootIdOf(signed.link.caseId)]));
    return this.#parts.logs.lock(reader, { compartmentIds: [...ids] });
  }

  async #perform(writer: Writer, task: LinkTask): Promise<Performed<AppendOutcome>> {
    const { locked, parsed, principal, operation, auditId } = task;
    const complaint = await this.#parts.writing.complaintsFor(writer, parsed);
    const accepted: AcceptedLink[] = [];
    for (const link of parsed) {
      const { signed, compartmentId, boxes } = link;
      if (signed.link.signerDevice !== principal.deviceId) throw accessRefused('not-own');
      demand(principal, operation, factsFor(locked, link, principal));
      const { caseId } = signed.link;
      const submission = { bytes: link.link, boxes, auditId, device: principal.deviceId, caseId, complaint };
      accepted.push(locked.acceptLink(compartmentId, submission));
    }
    await this.#parts.writing.write(writer, { locked, accepted, principal, auditId });
    const heads = this.#parts.writing.headsFor(locked, principal);
    return { result: { kind: 'appended', heads, receivedAtMs: locked.receivedAtMs }, what: whatOfLinks(accepted) };
  }

  /** What to answer in place of some failures: an act that took effect before, or a head that moved. */
  async #insteadOf(
    error: unknown,
    ctx: RequestContext,
    command: AppendLinksCommand,
  ): Promise<AppendOutcome | undefined> {
    if (!isRogatoryError(error) || !REPEATED.has(error.code) || ctx.principal === undefined) return undefined;
    const earlier = await this.#appendedEarlier(ctx, ctx.principal);
    if (earlier !== undefined || !STALE.has(error.code)) return earlier;
    const parsed = parseLinks(command.links, command.caseId === undefined ? 'create' : 'append', command.caseId);
    await this.#parts.hold.ask(ctx.principal, parsed);
    const head = await this.#staleHead(ctx, parsed);
    return head && { kind: 'stale', head };
  }

  async #appendedEarlier(ctx: RequestContext, principal: Principal): Promise<AppendOutcome | undefined> {
    const { database, compartments, memberships } = this.#parts;
    return database.read(databasePrincipalOf(principal), async (reader) => {
      const placed = await placedEarlier(reader, ctx, compartments);
      if (placed === undefined) return undefined;
      const { receivedAtMs } = placed[0];
      const heads: CompartmentOfMember[] = [];
      for (const compartmentId of new Set(placed.map((entry) => entry.compartmentId))) {
        const asker = { device: principal.deviceId, nowMs: receivedAtMs };
        const own = await memberships.own(reader, compartmentId, asker);
        if (own !== undefined) heads.push({ head: own.head, member: own.member });
      }
      return { kind: 'appended', heads, receivedAtMs };
    });
  }

  /** The head that the first link which does not fit was not made for. */
  async #staleHead(ctx: RequestContext, parsed: readonly ParsedLink[]): Promise<CompartmentHead | undefined> {
    const ids = parsed.map(({ compartmentId }) => compartmentId);
    const heads = await this.#parts.database.read(databasePrincipalOf(ctx.principal), (reader) =>
      this.#parts.compartments.heads(reader, ids),
    );
    const stale = parsed.find(({ compartmentId, signed }) => {
      const head = heads.find((candidate) => candidate.compartmentId === compartmentId);
      const { seq, logHead } = signed.link;
      return head !== undefined && (seq !== head.chainSeq + 1 || logHead.size !== head.contentSize);
    });
    return heads.find(({ compartmentId }) => compartmentId === (stale ?? parsed[0])?.compartmentId);
  }
}

interface LinkTask {
  readonly locked: LockedLogs;
  readonly parsed: readonly ParsedLink[];
  readonly principal: Principal;
  readonly operation: Operation;
  readonly auditId: ActId;
}

function factsFor(locked: LockedLogs, { compartmentId, signed }: ParsedLink, principal: Principal): DecisionFacts {
  const { link } = signed;
  const rootId = rootIdOf(link.caseId);
  const isBegun = locked.find(compartmentId) === undefined;
  const membership = isBegun
    ? founderIn(locked, { rootId, compartmentId }, principal)
    : locked.membership(compartmentId, principal.deviceId);
  const owner = locked.find(rootId)?.head?.ownerAuthorityId ?? principal.authorityId;
  return { act: actOfLink(link.type), ...(membership ? { membership } : {}), ownerAuthorityId: owner };
}

/** Whoever the root chain names to begin a compartment leads it; only in the root chain are they a member yet. */
function founderIn(
  locked: LockedLogs,
  { rootId, compartmentId }: { readonly rootId: CompartmentId; readonly compartmentId: CompartmentId },
  { deviceId, personId }: Principal,
): MembershipFacts | undefined {
  const root = locked.find(rootId)?.state;
  const named = root?.links.at(root.compartments.get(compartmentId) ?? -1)?.announced?.personId;
  const membership = locked.membership(rootId, deviceId);
  return membership && named === personId ? { ...membership, role: caseRoles.lead } : undefined;
}

function rootIdOf(caseId: CaseId): CompartmentId {
  return caseId as string as CompartmentId;
}
