import type { CaseId, Clock, CompartmentId, DeviceId } from '@rogatory/kernel';
import { accessRefused, type Operation, type RequestContext } from '@rogatory/access';
import type { ActPlan, ActRunner } from '@rogatory/audit';
import { type ActSubject, actSubjects } from '@rogatory/protocol';
import type { CompartmentOfMember } from '../domain/compartment.js';
import { isRoot } from '../domain/compartment.js';
import { type Answered, answered } from './acted.js';
import { factsOf, pageSize } from './compartment-read.js';
import type { CompartmentReader } from './compartment.store.js';
import type { Memberships, Stranger } from './memberships.js';

/** A case as one of its members sees it: the compartments that the member is in, root first. */
export interface CaseOfMember {
  readonly caseId: CaseId;
  readonly isClosed: boolean;
  readonly createdAtMs: number;
  readonly compartments: readonly CompartmentOfMember[];
}

/** A case that was opened: its compartments by the links, and whoever only the rows let in. */
export interface OpenedCase extends CaseOfMember {
  readonly strangers: readonly Stranger[];
}

export interface CasePage {
  readonly cases: readonly CaseOfMember[];
  readonly endCursor: CaseId | undefined;
  readonly hasMore: boolean;
}

export interface ReadCasesParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly compartments: Pick<CompartmentReader, 'ownCompartments'>;
  readonly memberships: Pick<Memberships, 'own' | 'ofCase'>;
  readonly clock: Clock;
}

/** The cases of a device, one or a page of them. */
export class ReadCases {
  readonly #parts: ReadCasesParts;

  constructor(parts: ReadCasesParts) {
    this.#parts = parts;
  }

  /** Keyset page in order of the ids. @throws UsageError `cases/page`; what `ActRunner.run` throws. */
  async list(
    ctx: RequestContext,
    query: { readonly first?: number | undefined; readonly after?: CaseId | undefined },
  ): Promise<Answered<CasePage>> {
    const first = pageSize(query.first);
    return this.#run(ctx, 'query.cases', actSubjects.listCases(), {
      perform: async (writer) => {
        const asked = { ...this.#asker(ctx), first: first + 1, ...(query.after ? { after: query.after } : {}) };
        const found = casesOf(await this.#parts.compartments.ownCompartments(writer, asked));
        const cases = found.slice(0, first);
        const result = { cases, endCursor: cases.at(-1)?.caseId, hasMore: found.length > first };
        return { result, what: { count: cases.length } };
      },
    });
  }

  /** @throws what `ActRunner.run` and `Memberships.own` throw. */
  async open(ctx: RequestContext, caseId: CaseId): Promise<Answered<OpenedCase>> {
    const { memberships } = this.#parts;
    return this.#run(ctx, 'query.case', actSubjects.openCase(caseId), {
      facts: async (reader) => {
        const own = await memberships.own(reader, caseId as string as CompartmentId, this.#asker(ctx));
        return own === undefined ? {} : factsOf(own);
      },
      perform: async (writer) => {
        const { own, strangers } = await memberships.ofCase(writer, caseId, this.#asker(ctx));
        const [opened] = casesOf(own);
        if (opened === undefined) throw accessRefused('not-a-member');
        const detail = strangers.length === 0 ? {} : { detail: `rows-without-link=${strangers.length}` };
        return { result: { ...opened, strangers }, what: { count: opened.compartments.length, ...detail } };
      },
    });
  }

  async #run<Result>(
    ctx: RequestContext,
    operation: Operation,
    subject: ActSubject,
    plan: Pick<ActPlan<Result>, 'facts' | 'perform'>,
  ): Promise<Answered<Result>> {
    return answered(await this.#parts.acts.run(ctx, operation, () => ({ ...subject, ...plan })));
  }

  #asker({ principal }: RequestContext): { readonly device: DeviceId; readonly nowMs: number } {
    if (principal === undefined) throw accessRefused('no-session');
    return { device: principal.deviceId, nowMs: this.#parts.clock.nowMs() };
  }
}

/** Rows come case by case, root first. */
function casesOf(rows: readonly CompartmentOfMember[]): CaseOfMember[] {
  const byCase = new Map<CaseId, CompartmentOfMember[]>();
  for (const row of rows) byCase.set(row.head.caseId, [...(byCase.get(row.head.caseId) ?? []), row]);
  return [...byCase].flatMap(([caseId, compartments]) => {
    const root = compartments.find(({ head }) => isRoot(head))?.head;
    return root === undefined ? [] : [{ caseId, isClosed: root.isClosed, createdAtMs: root.createdAtMs, compartments }];
  });
}
