import {
  type AuthorityId,
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type ObjectId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import {
  type DirectoryHead,
  type LogHead,
  readDirectoryHead,
  readLogHead,
  writeDirectoryHead,
  writeLogHead,
} from './heads.js';
import { decodeOperationFacts, encodeOperationFacts, type OperationFacts } from './operation-facts.js';
import { sizes, suites, type Suite } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';
import { decodeTaskFacts, encodeTaskFacts, type TaskFacts } from './task-facts.js';

/** What kind of thing an item is; visible to the server. */
export const itemClasses = {
  message: 1,
  document: 2,
  withdrawal: 3,
  acknowledgement: 4,
  caseInfo: 5,
  task: 6,
  operation: 7,
} as const;
export type ItemClass = (typeof itemClasses)[keyof typeof itemClasses];
export type ItemClassName = keyof typeof itemClasses;

/** The signed, authenticated header of a sealed item (docs/spec/items.md). */
export interface ItemHeader {
  readonly itemClass: ItemClass;
  /** Whether the sealed body begins with a head of the audit log; absent where it does not. */
  readonly carriesAuditHead?: true;
  readonly suite: Suite;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly objectId: ObjectId;
  readonly version: number;
  readonly epoch: number;
  /** Hash of the newest link when the item was sealed. */
  readonly linkHash: Uint8Array;
  readonly authorityId: AuthorityId;
  readonly senderDevice: DeviceId;
  /** Counts per device and compartment from 1; never reused. */
  readonly senderSeq: number;
  /** How many numbers directly before this one were never accepted. */
  readonly voids: number;
  /** Hash of the sender's previous accepted item here; zero bytes for the first. */
  readonly previousSenderHash: Uint8Array;
  readonly directoryHead: DirectoryHead;
  /** The content log as the sender knows it. */
  readonly logHead: LogHead;
  readonly time: SignedTime;
  /** What becomes of a task; of an item of class task, and of no other. */
  readonly task?: TaskFacts;
  /** What a record does to an operation; of an item of class operation, and of no other. */
  readonly operation?: OperationFacts;
  /** Length of the sealed body in bytes. */
  readonly sealedLength: number;
}

export interface SignedItem {
  readonly header: ItemHeader;
  readonly headerBytes: Uint8Array;
  readonly sealed: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGM1';
/** With a head of the audit log before the content. */
const WITH_HEAD_MAGIC = 'RGM2';

/** @throws CodecError for what the decoder would refuse. */
export function encodeItemHeader(header: ItemHeader): Uint8Array {
  const magic = header.carriesAuditHead === true ? WITH_HEAD_MAGIC : MAGIC;
  const writer = new ByteWriter().raw(new TextEncoder().encode(magic)).u8(header.itemClass).u8(0).u16(header.suite);
  writer.fixed(idBytes(header.caseId), 32).fixed(idBytes(header.compartmentId), 32).fixed(idBytes(header.objectId), 16);
  writer.u32(header.version).u32(header.epoch).fixed(header.linkHash, sizes.hash);
  writer.fixed(idBytes(header.authorityId), 16).fixed(idBytes(header.senderDevice), 16);
  writer.u64(header.senderSeq).u16(header.voids).fixed(header.previousSenderHash, sizes.hash);
  writeDirectoryHead(writer, header.directoryHead);
  writeLogHead(writer, header.logHead);
  writeTime(writer, header.time);
  writeFacts(writer, header);
  writer.u32(header.sealedLength);
  return writer.finish();
}

/** SPEC: items 1 — facts belong to the classes task and operation, and stand there always. */
function writeFacts(writer: ByteWriter, { itemClass, task, operation }: ItemHeader): void {
  const isTask = itemClass === itemClasses.task;
  const isOperation = itemClass === itemClasses.operation;
  if ((task !== undefined) !== isTask || (operation !== undefined) !== isOperation) {
    throw new CodecError('codec/flags', 'facts that do not belong to the class of the item');
  }
  if (task !== undefined) writer.bytes16(encodeTaskFacts(task));
  if (operation !== undefined) writer.bytes16(encodeOperationFacts(operation));
}

function readFacts(reader: ByteReader, itemClass: ItemClass): Pick<ItemHeader, 'task' | 'operation'> {
  if (itemClass === itemClasses.task) return { task: decodeTaskFacts(reader.bytes16(limits.maxTaskFactsBytes)) };
  if (itemClass !== itemClasses.operation) return {};
  return { operation: decodeOperationFacts(reader.bytes16(limits.maxOperationFactsBytes)) };
}

/** What the device signs: the header and the hash of the sealed body (made by `crypto/verify`'s `hash`). */
export function itemSignedBytes(headerBytes: Uint8Array, sealedHash: Uint8Array): Uint8Array {
  return new ByteWriter().raw(headerBytes).fixed(sealedHash, sizes.hash).finish();
}

export function encodeSignedItem(item: Pick<SignedItem, 'headerBytes' | 'sealed' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(item.headerBytes).raw(item.sealed).fixed(item.signature, sizes.signature).finish();
}

export function decodeSignedItem(bytes: Uint8Array): SignedItem {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const header = readItemHeader(reader);
  const headerBytes = reader.since(0);
  const sealed = reader.fixed(header.sealedLength);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { header, headerBytes, sealed, signature };
}

function readItemHeader(reader: ByteReader): ItemHeader {
  const carriesAuditHead = reader.oneMagicOf([MAGIC, WITH_HEAD_MAGIC]) === WITH_HEAD_MAGIC;
  const itemClass = reader.oneOf(reader.u8(), valuesOf(itemClasses));
  if (reader.u8() !== 0) throw new CodecError('codec/flags', 'unknown flag');
  const fields = {
    itemClass,
    ...(carriesAuditHead ? { carriesAuditHead: true as const } : {}),
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    caseId: idFromBytes<CaseId>(reader.fixed(32)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    objectId: idFromBytes<ObjectId>(reader.fixed(16)),
    version: reader.u32(),
    epoch: reader.u32(),
    linkHash: reader.fixed(sizes.hash),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    senderDevice: idFromBytes<DeviceId>(reader.fixed(16)),
    senderSeq: reader.u64(),
    voids: reader.u16(),
    previousSenderHash: reader.fixed(sizes.hash),
    directoryHead: readDirectoryHead(reader),
    logHead: readLogHead(reader),
    time: readTime(reader),
  };
  return { ...fields, ...readFacts(reader, itemClass), sealedLength: reader.u32() };
}
