import type { RequestContext } from '@rogatory/access';
import type { VerifiedAct } from '@rogatory/audit';
import type { CaseId, CompartmentId, ObjectId } from '@rogatory/kernel';
import type { ActSubject, CaseRole } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { AuthorityId } from '@rogatory/kernel';

/** A document item as it came, parsed once. */
export interface DocumentItem {
  readonly bytes: Uint8Array;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly objectId: ObjectId;
  readonly version: number;
  readonly subject: ActSubject;
}

export interface PlacedDocument {
  readonly position: number;
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
  readonly receivedAtMs: number;
}

/** The compartment moved on; the item has to be sealed again on this head. */
export interface MovedHead {
  readonly compartmentId: CompartmentId;
  readonly chainSeq: number;
  readonly linkHash: Uint8Array;
}

/** The compartment's content log, as the cases and messages features keep it. */
export interface DocumentLog {
  /** @throws CodecError, VerificationError `documents/item` unless it is a document item. */
  parse(item: Uint8Array): DocumentItem;
  /** Facts for the decision, from the rows that stay locked until the transaction ends. */
  facts(
    writer: Reader,
    ctx: RequestContext,
    item: DocumentItem,
  ): Promise<{ membership?: { role: CaseRole; isClosed: boolean }; ownerAuthorityId?: AuthorityId }>;
  /** Verifies the item by the chain's rules and puts it into the log, in the caller's transaction. */
  place(writer: Writer, ctx: RequestContext, item: DocumentItem, act: VerifiedAct): Promise<PlacedDocument | MovedHead>;
}

export function isPlaced(outcome: PlacedDocument | MovedHead): outcome is PlacedDocument {
  return 'position' in outcome;
}
