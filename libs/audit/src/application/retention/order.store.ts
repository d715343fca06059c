import type { ActId, AuthorityId, DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import type { AuditGroup, AuditPurpose, HoldTarget, RecordSet } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';

/** Who signed one of the two acts of an order. */
export interface OrderSigner {
  /** The record of the act. */
  readonly record: ActId;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly timeMs: number;
}

export interface StoredOrder {
  readonly id: ObjectId;
  /** The oversight body whose order it is. */
  readonly body: AuthorityId;
  readonly text: string;
  readonly expiresMs: number;
  readonly proposed: OrderSigner;
  readonly approved: OrderSigner | undefined;
  /** For a hold that was set: whether a later order ended it. */
  readonly isLifted: boolean;
}

export type NewOrder = Pick<StoredOrder, 'id' | 'body' | 'text' | 'expiresMs' | 'proposed'>;

/** What is wrong with the records that an order reaches; counted over all of them. */
export interface Reach {
  /** Records that are there. */
  readonly found: number;
  /** Records of authorities that the body does not review. */
  readonly foreign: number;
  /** Records that no order erases. */
  readonly kept: number;
  /** A hold in force on one of them. */
  readonly hold: ObjectId | undefined;
}

export interface NewHold {
  readonly id: ObjectId;
  readonly body: AuthorityId;
  readonly target: HoldTarget;
  readonly untilMs: number;
}

/** Orders, holds and restrictions; everything is added, nothing is changed. */
export interface OrderStore {
  /** Lets one transaction at a time decide on what is erased and held. */
  lock(writer: Writer): Promise<void>;
  propose(writer: Writer, order: NewOrder): Promise<void>;
  find(reader: Reader, id: ObjectId): Promise<StoredOrder | undefined>;
  /** Newest first, at most `limits.maxPageItems`. */
  list(reader: Reader, body: AuthorityId): Promise<readonly StoredOrder[]>;
  /** Orders of a body that wait at this time, and its holds in force. */
  count(reader: Reader, body: AuthorityId, nowMs: number): Promise<{ readonly open: number; readonly holds: number }>;
  approve(writer: Writer, id: ObjectId, by: OrderSigner): Promise<void>;
  /** @param authorities whose records the body reviews. */
  reach(reader: Reader, set: RecordSet, authorities: readonly AuthorityId[], nowMs: number): Promise<Reach>;
  /** Whether an order of this body set this hold, and none lifted it. */
  isHolding(reader: Reader, hold: ObjectId, body: AuthorityId): Promise<boolean>;
  addHold(writer: Writer, hold: NewHold): Promise<void>;
  endHold(writer: Writer, hold: ObjectId, byOrder: ObjectId): Promise<void>;
  /** Restricts to a purpose; undefined releases. */
  restrict(writer: Writer, set: RecordSet, byOrder: ObjectId, purpose: AuditPurpose | undefined): Promise<void>;
}

/** Clears openings and what tells the same facts; for nobody but those who recorded an erasure in the transaction. */
export interface OpeningEraser {
  /** `record` is the record of erasure, written before. @returns how many records had such openings or columns. */
  erase(
    writer: Writer,
    record: ActId,
    erased: RecordSet & { readonly groups: readonly AuditGroup[] },
    order?: ObjectId,
  ): Promise<number>;
}
