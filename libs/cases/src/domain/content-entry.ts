import type { ActId, CompartmentId, DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import type { ItemClass } from '@rogatory/protocol';

/** A link or item with its place in the content log, as received. */
export interface ContentEntry {
  readonly position: number;
  readonly isLink: boolean;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
}

/** An entry with its link's number. */
export interface LinkEntry extends ContentEntry {
  readonly seq: number;
}

interface NewEntry {
  readonly compartmentId: CompartmentId;
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Root of the content log with this entry at its end. */
  readonly root: Uint8Array;
  readonly receivedAtMs: number;
  readonly authorDevice: DeviceId;
  readonly auditId: ActId;
}

export interface NewLinkEntry extends NewEntry {
  readonly kind: 'link';
  readonly seq: number;
}

export interface NewItemEntry extends NewEntry {
  readonly kind: 'item';
  readonly itemClass: ItemClass;
  readonly objectId: ObjectId;
  readonly version: number;
  readonly senderSeq: number;
  /** Of a withdrawal: the person whose versions alone it takes back; undefined for a lead's, which takes back anybody's. */
  readonly limitedTo: PersonId | undefined;
}

export type NewContentEntry = NewLinkEntry | NewItemEntry;

/** Where an act's entry went, for an act that is sent again. */
export interface PlacedEntry {
  readonly compartmentId: CompartmentId;
  readonly position: number;
  readonly root: Uint8Array;
  readonly receivedAtMs: number;
  readonly authorDevice: DeviceId;
}

/** A sealed box with its way to the link's boxRoot. */
export interface StoredBox {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export interface NewBox extends StoredBox {
  readonly compartmentId: CompartmentId;
  readonly deviceId: DeviceId;
  readonly auditId: ActId;
}

/** A bounded page: begins at `from`, has at most `first` of them and ends with the one that reaches `maxBytes`. */
export interface PageOf {
  readonly from: number;
  readonly first: number;
  /** Default `limits.maxPageBytes`. */
  readonly maxBytes?: number;
}
