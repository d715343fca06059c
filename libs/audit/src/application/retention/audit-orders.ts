import { accessRefused, type RequestContext } from '@rogatory/access';
import {
  type ActId,
  type AuthorityId,
  type Clock,
  limits,
  newActId,
  type ObjectId,
  type RandomBytes,
  utf8,
} from '@rogatory/kernel';
import {
  actSubjects,
  auditObjectKinds,
  type AuditOrder,
  type AuditPurpose,
  auditViewStatement,
  type HoldOrder,
  orderedErasureText,
  parseAuditOrder,
  recordsIn,
  type RecordSet,
} from '@rogatory/protocol';
import type { JobPrincipal, Reader, Writer } from '@rogatory/platform-database';
import type { Acted, ActPlan, ActRunner } from '../act-runner.js';
import type { AuditRecorder } from '../audit-recorder.js';
import { nothingConcerned, systemActor, type VerifiedAct } from '../../domain/audit-entry.js';
import type { OpeningEraser, OrderSigner, OrderStore, StoredOrder } from './order.store.js';
import {
  notErasable,
  orderExecuted,
  orderExpired,
  orderNotFound,
  outOfScope,
  recordsHeld,
  samePerson,
  tooManyOrders,
  wrongOrder,
} from './retention.errors.js';

/** Decides on orders and carries them out; no device has rights of its own on what they change. */
export const ordersPrincipal: JobPrincipal = { kind: 'job', job: 'audit-orders', role: 'rogatory_eraser' };

export interface AuditOrdersParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly orders: OrderStore;
  readonly eraser: OpeningEraser;
  readonly environment: { readonly clock: Clock; readonly random: RandomBytes };
}

/** An order as an auditor names it, with the authorities that the auditor's body reviews. */
export interface OrderCommand {
  readonly id: ObjectId;
  /** The text that both persons sign. */
  readonly text: string;
  readonly authorities: readonly AuthorityId[];
}

/** What an approved order did. */
export interface OrderEffect {
  /** Records that it erased from, holds, or restricts; 0 for a hold of a case or person, and for a lift. */
  readonly records: number;
  /** The record `audit.erase`; undefined for orders that erase nothing. */
  readonly erasure: ActId | undefined;
}

/** An act of one of the two persons, under way. */
interface Step {
  readonly order: AuditOrder;
  readonly command: OrderCommand;
  readonly body: AuthorityId;
  readonly signer: OrderSigner;
}

const proposing = { operation: 'mutation.proposeAuditOrder', subject: 'proposeOrder' } as const;
const approving = { operation: 'mutation.approveAuditOrder', subject: 'approveOrder' } as const;

/** Orders of an oversight body on its records: proposed by one person, carried out by the approval of a second. SPEC: retention 2 */
export class AuditOrders {
  readonly #parts: AuditOrdersParts;

  constructor(parts: AuditOrdersParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `retention/order`, `retention/out-of-scope`, `retention/not-erasable`, `retention/held`,
   * `retention/not-found` for a lift of no hold of this body, `retention/too-many`; what `ActRunner.run` throws.
   */
  async propose(ctx: RequestContext, command: OrderCommand): Promise<Acted<void>> {
    return this.#run(ctx, command, proposing, async (writer, step) => {
      const { orders } = this.#parts;
      await this.#check(writer, step);
      const { open, holds } = await orders.count(writer, step.body, step.signer.timeMs);
      const isFull = open >= limits.maxOpenOrders || (step.order.verb === 'hold' && holds >= limits.maxHolds);
      if (isFull) throw tooManyOrders();
      const { id, text } = command;
      const { expiresMs } = step.order;
      await orders.propose(writer, { id, body: step.body, text, expiresMs, proposed: step.signer });
    });
  }

  /**
   * Carries the order out in the transaction of the approval.
   * @throws RefusedError `retention/not-found` (also when the text differs), `retention/same-person`, `retention/expired`,
   * `retention/executed`, and what `propose` throws: the records may have changed since.
   */
  async approve(ctx: RequestContext, command: OrderCommand): Promise<Acted<OrderEffect>> {
    return this.#run(ctx, command, approving, async (writer, step) => {
      const { orders } = this.#parts;
      const proposed = await orders.find(writer, command.id);
      requireApproval(proposed, step);
      await this.#check(writer, step);
      await orders.approve(writer, command.id, step.signer);
      return this.#execute(writer, step, proposed.proposed.record);
    });
  }

  /** The body's orders, newest first. The look-up is recorded. @throws what `ActRunner.run` throws. */
  async list(ctx: RequestContext, purpose: AuditPurpose): Promise<Acted<readonly StoredOrder[]>> {
    const statement = auditViewStatement(purpose);
    return this.#parts.acts.run(ctx, 'query.auditOrders', () => ({
      ...actSubjects.listOrders(utf8(statement)),
      principal: ordersPrincipal,
      perform: async (writer) => {
        const result = await this.#parts.orders.list(writer, bodyOf(ctx));
        return { result, what: { count: result.length, detail: statement } };
      },
    }));
  }

  async #run<Result>(
    ctx: RequestContext,
    command: OrderCommand,
    { operation, subject }: typeof proposing | typeof approving,
    work: (writer: Writer, step: Step) => Promise<Result>,
  ): Promise<Acted<Result>> {
    return this.#parts.acts.run(ctx, operation, (): ActPlan<Result> => {
      const order = parseAuditOrder(command.text);
      const recordCount = 'records' in order ? recordsIn(order.records) : 0;
      return {
        ...actSubjects[subject](command.id, order),
        principal: ordersPrincipal,
        transaction: { timeoutMs: limits.orderTransactionMs },
        perform: async (writer, act) => {
          const signer = signerOf(ctx, act, this.#parts.environment.clock.nowMs());
          await this.#parts.orders.lock(writer);
          const result = await work(writer, { order, command, body: bodyOf(ctx), signer });
          const what = { objectKind: auditObjectKinds.operation, count: recordCount, detail: command.text };
          return { result, what };
        },
      };
    });
  }

  async #check(reader: Reader, { order, command, body, signer }: Step): Promise<void> {
    requireBounds(order, signer.timeMs);
    if (order.verb === 'lift') {
      if (!(await this.#parts.orders.isHolding(reader, order.hold, body))) throw orderNotFound();
      return;
    }
    const set = recordsOf(order);
    if (set === undefined) return;
    const { orders } = this.#parts;
    const { found, foreign, kept, hold } = await orders.reach(reader, set, command.authorities, signer.timeMs);
    // A record that is not there is as little the body's as one of others.
    if (foreign > 0 || found !== recordsIn(set.records)) throw outOfScope();
    if (order.verb !== 'erase') return;
    if (kept > 0) throw notErasable();
    if (hold !== undefined) throw recordsHeld(hold);
  }

  async #execute(writer: Writer, step: Step, proposal: ActId): Promise<OrderEffect> {
    const { order, command, body, signer } = step;
    const { orders } = this.#parts;
    const records = 'records' in order ? recordsIn(order.records) : 0;
    const effect = { records, erasure: undefined };
    switch (order.verb) {
      case 'erase': {
        const approvals = [proposal, signer.record] as const;
        const erasure = await this.#recordErasure(
          writer,
          orderedErasureText(command.text, command.id, approvals),
          step,
        );
        const count = await this.#parts.eraser.erase(writer, erasure, order, command.id);
        return { records: count, erasure };
      }
      case 'hold':
        await orders.addHold(writer, { id: command.id, body, target: order.target, untilMs: order.untilMs });
        return { ...effect, records: holdSize(order) };
      case 'lift':
        await orders.endHold(writer, order.hold, command.id);
        return effect;
      case 'restrict':
        await orders.restrict(writer, order, command.id, order.purpose);
        return effect;
      case 'release':
        await orders.restrict(writer, order, command.id, undefined);
        return effect;
    }
  }

  async #recordErasure(writer: Writer, detail: string, { order, body, command }: Step): Promise<ActId> {
    const { clock, random } = this.#parts.environment;
    const count = 'records' in order ? recordsIn(order.records) : 0;
    const about = { objectKind: auditObjectKinds.operation, objectId: command.id, ownerAuthorityId: body };
    const { id } = await this.#parts.recorder.record(writer, {
      ...{ id: newActId(clock, random), event: 'audit.erase', outcome: 'allowed', reasonCode: 'ok' },
      ...{ who: systemActor, what: { ...nothingConcerned, ...about, count, detail } },
    });
    return id;
  }
}

function requireApproval(proposed: StoredOrder | undefined, step: Step): asserts proposed is StoredOrder {
  const { body, command, signer } = step;
  if (proposed === undefined || proposed.body !== body || proposed.text !== command.text) throw orderNotFound();
  const { person, device } = proposed.proposed;
  if (person === signer.person || device === signer.device) throw samePerson();
  if (proposed.approved !== undefined) throw orderExecuted();
  if (signer.timeMs > proposed.expiresMs) throw orderExpired();
}

function requireBounds(order: AuditOrder, nowMs: number): void {
  if (order.expiresMs < nowMs) throw orderExpired();
  const isLong = order.expiresMs > nowMs + limits.maxOrderAgeMs;
  const isEndless = order.verb === 'hold' && (order.untilMs <= nowMs || order.untilMs > nowMs + limits.maxHoldMs);
  if (isLong || isEndless) throw wrongOrder();
}

function recordsOf(order: AuditOrder): RecordSet | undefined {
  if (order.verb === 'hold') return 'records' in order.target ? order.target : undefined;
  return 'records' in order ? order : undefined;
}

function holdSize({ target }: HoldOrder): number {
  return 'records' in target ? recordsIn(target.records) : 0;
}

function bodyOf({ principal }: RequestContext): AuthorityId {
  if (principal === undefined) throw accessRefused('no-session');
  return principal.authorityId;
}

function signerOf({ principal }: RequestContext, act: VerifiedAct | undefined, timeMs: number): OrderSigner {
  if (principal === undefined || act === undefined) throw accessRefused('no-session');
  return { record: act.act.actId, person: principal.personId, device: principal.deviceId, timeMs };
}
