import {
  type ActId,
  limits,
  type ObjectId,
  parseActId,
  parseObjectId,
  parsePersonId,
  type PersonId,
  toHex,
  utf8,
} from '@rogatory/kernel';
import {
  actSubjects,
  type AuditOrder,
  auditOrderText,
  auditPurposes,
  auditViewStatement,
  legalBases,
  nameOf,
  parseAuditOrder,
} from '@rogatory/protocol';
import { sealJustification } from '../acts/justification.js';
import { verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import {
  approveAuditOrderOperation,
  auditOrdersOperation,
  proposeAuditOrderOperation,
} from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import { asFlag, asList, asText, asWhole } from '../transport/answer.js';
import { type Absence, absencesOf } from './absences.js';
import type { Audit } from './audit.js';
import type { Review } from './review.js';
import type { OpenRecord } from './open-record.js';

/** One of the two acts of an order, as the server tells it; the record shows who signed. */
export interface ToldSigner {
  readonly recordId: ActId;
  readonly personId: PersonId;
  readonly atMs: number;
}

export interface ToldOrder {
  readonly id: ObjectId;
  readonly order: AuditOrder;
  readonly proposed: ToldSigner;
  /** Undefined while it waits for a second person. */
  readonly approved: ToldSigner | undefined;
  /** For a hold: whether a later order ended it. */
  readonly isLifted: boolean;
}

export interface ToldEffect {
  readonly records: number;
  readonly erasure: ActId | undefined;
}

export interface AuditOrdersParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly server: ServerFacts;
  readonly keys: UnlockedKeyStore;
  readonly audit: Pick<Audit, 'get'>;
}

/** What is left to say of an order besides its text: the reason, signed and recorded; its free text is sealed. */
export type OrderReason = Pick<Review, 'justification'>;

/** Erasures, holds and restrictions: one auditor proposes, a second one approves, and both sign the same text. */
export class AuditOrders {
  readonly #parts: AuditOrdersParts;

  constructor(parts: AuditOrdersParts) {
    this.#parts = parts;
  }

  /** Name of the log that takes records now; orders name records by their places in it. */
  shard(): string {
    return shardOf(this.#parts.server.pins().auditOrigin);
  }

  /** @returns the order's id, which a second auditor approves. @throws RefusedError `retention/…`; CodecError `codec/order`. */
  async propose(order: AuditOrder, reason: OrderReason = {}): Promise<ObjectId> {
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const orderId = toHex(gateway.random(ORDER_ID_BYTES)) as ObjectId;
    const variables = { orderId, text: auditOrderText(order) };
    const call = { variables, subject: actSubjects.proposeOrder(orderId, order), reason: this.#reason(reason) };
    return gateway.call(proposeAuditOrderOperation, call, () => orderId);
  }

  /**
   * Approves exactly this order, which carries it out.
   * @throws RefusedError `retention/same-person`, `retention/expired`, `retention/executed`, `retention/held`, and others of
   * that family.
   */
  async approve(orderId: ObjectId, order: AuditOrder, reason: OrderReason = {}): Promise<ToldEffect> {
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const variables = { orderId, text: auditOrderText(order) };
    const call = { variables, subject: actSubjects.approveOrder(orderId, order), reason: this.#reason(reason) };
    return gateway.call(approveAuditOrderOperation, call, ({ approveAuditOrder: told }) => ({
      records: asWhole(told.records),
      erasure: told.erasureId === null ? undefined : parseActId(asText(told.erasureId)),
    }));
  }

  /** The orders of one's own oversight body, newest first. */
  async list(review: Review): Promise<readonly ToldOrder[]> {
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const variables = { purpose: nameOf(auditPurposes, review.purpose) };
    const subject = actSubjects.listOrders(utf8(auditViewStatement(review.purpose)));
    const call = { variables, subject, reason: this.#reason(review) };
    return gateway.call(auditOrdersOperation, call, ({ auditOrders }) =>
      asList(auditOrders, limits.maxPageItems).map((told) => orderOf(told as ToldParts)),
    );
  }

  /**
   * Why groups of a record are not open. Fetches the records of erasure that the server names, and believes only what they
   * commit to and what a proof places in the log. @throws as `Audit.get`.
   */
  async explain(review: Review, record: OpenRecord): Promise<readonly Absence[]> {
    const named = new Set(record.erased.map(({ erasure }) => erasure));
    const erasures = new Map<ActId, OpenRecord>();
    for (const id of named) erasures.set(id, await this.#parts.audit.get(review, id));
    return absencesOf(record, record.provenLog === undefined ? this.shard() : shardOf(record.provenLog), erasures);
  }

  #reason({ justification }: OrderReason) {
    const { gateway, directory, keys } = this.#parts;
    const { deviceId, authorityId } = keys;
    const input = { deviceId, authorityId, view: directory.view, random: gateway.random };
    return sealJustification(justification ?? { legalBasis: legalBases.oversight }, input);
  }
}

const ORDER_ID_BYTES = 16;

/** Name of a log by its origin. */
function shardOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}

interface ToldParts {
  readonly orderId: unknown;
  readonly text: unknown;
  readonly proposed: unknown;
  readonly approved: unknown;
  readonly lifted: unknown;
}

function orderOf({ orderId, text, proposed, approved, lifted }: ToldParts): ToldOrder {
  const order = parseAuditOrder(asText(text));
  const isLifted = asFlag(lifted);
  if (isLifted && order.verb !== 'hold') throw verificationError('client/answer');
  return {
    id: parseObjectId(asText(orderId)),
    order,
    proposed: signerOf(proposed),
    approved: approved === null ? undefined : signerOf(approved),
    isLifted,
  };
}

function signerOf(told: unknown): ToldSigner {
  const { recordId, personId, atMs } = told as { recordId: unknown; personId: unknown; atMs: unknown };
  return { recordId: parseActId(asText(recordId)), personId: parsePersonId(asText(personId)), atMs: asWhole(atMs) };
}
