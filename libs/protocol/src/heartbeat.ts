import { CodecError, type CompartmentId, type DeviceId, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { type CarriedHead, readCarriedHead, writeCarriedHead } from './carried-head.js';
import { ByteReader, ByteWriter } from './codec.js';
import {
  type ChainHead,
  type DirectoryHead,
  type LogHead,
  readChainHead,
  readDirectoryHead,
  readLogHead,
  writeChainHead,
  writeDirectoryHead,
  writeLogHead,
} from './heads.js';
import { sizes } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** A device's signed word on the heads it has verified; others seal only on heads that somebody confirmed. */
export interface Heartbeat {
  readonly deviceId: DeviceId;
  readonly compartmentId: CompartmentId;
  readonly chainHead: ChainHead;
  readonly contentHead: LogHead;
  readonly directoryHead: DirectoryHead;
  /** Newest head of the audit log that the device verified; absent before the first. */
  readonly auditHead?: CarriedHead;
  readonly time: SignedTime;
}

export interface SignedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** What is wrong with a box that a device got. */
export const complaintKinds = { missing: 1, doesNotOpen: 2, wrongKey: 3 } as const;
export type ComplaintKind = (typeof complaintKinds)[keyof typeof complaintKinds];

/** A device's signed statement that a link left it without the keys it should have; reveals no secret. */
export interface Complaint {
  readonly deviceId: DeviceId;
  readonly compartmentId: CompartmentId;
  readonly link: ChainHead;
  readonly epoch: number;
  readonly kind: ComplaintKind;
  /** Hash of the box complained of; zero bytes when it is missing. */
  readonly boxHash: Uint8Array;
  readonly time: SignedTime;
}

export interface SignedComplaint {
  readonly complaint: Complaint;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const HEARTBEAT_MAGIC = 'RGH1';
/** With a head of the audit log. */
const HEARTBEAT_WITH_HEAD_MAGIC = 'RGH2';
const COMPLAINT_MAGIC = 'RGQ1';

export function encodeHeartbeat(heartbeat: Heartbeat): Uint8Array {
  const magic = heartbeat.auditHead === undefined ? HEARTBEAT_MAGIC : HEARTBEAT_WITH_HEAD_MAGIC;
  const writer = new ByteWriter().raw(new TextEncoder().encode(magic));
  writer.fixed(idBytes(heartbeat.deviceId), 16).fixed(idBytes(heartbeat.compartmentId), 32);
  writeChainHead(writer, heartbeat.chainHead);
  writeLogHead(writer, heartbeat.contentHead);
  writeDirectoryHead(writer, heartbeat.directoryHead);
  if (heartbeat.auditHead !== undefined) writeCarriedHead(writer, heartbeat.auditHead);
  writeTime(writer, heartbeat.time);
  return writer.finish();
}

export function encodeSignedHeartbeat(signed: Pick<SignedHeartbeat, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedHeartbeat(bytes: Uint8Array): SignedHeartbeat {
  const reader = new ByteReader(bytes, limits.maxHeartbeatBytes);
  const hasAuditHead = reader.oneMagicOf([HEARTBEAT_MAGIC, HEARTBEAT_WITH_HEAD_MAGIC]) === HEARTBEAT_WITH_HEAD_MAGIC;
  const heartbeat: Heartbeat = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    chainHead: readChainHead(reader),
    contentHead: readLogHead(reader),
    directoryHead: readDirectoryHead(reader),
    ...(hasAuditHead ? { auditHead: readCarriedHead(reader) } : {}),
    time: readTime(reader),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { heartbeat, signedBytes, signature };
}

export function encodeComplaint(complaint: Complaint): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(COMPLAINT_MAGIC));
  writer.fixed(idBytes(complaint.deviceId), 16).fixed(idBytes(complaint.compartmentId), 32);
  writeChainHead(writer, complaint.link);
  writer.u32(complaint.epoch).u8(complaint.kind).fixed(complaint.boxHash, sizes.hash);
  writeTime(writer, complaint.time);
  return writer.finish();
}

export function encodeSignedComplaint(signed: Pick<SignedComplaint, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedComplaint(bytes: Uint8Array): SignedComplaint {
  const reader = new ByteReader(bytes, limits.maxComplaintBytes).magic(COMPLAINT_MAGIC);
  const complaint: Complaint = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    link: readChainHead(reader),
    epoch: reader.u32(),
    kind: reader.oneOf(reader.u8(), Object.values(complaintKinds)),
    boxHash: reader.fixed(sizes.hash),
    time: readTime(reader),
  };
  if (complaint.kind === complaintKinds.missing && complaint.boxHash.some((byte) => byte !== 0)) {
    throw new CodecError('codec/range', 'a missing box has no hash');
  }
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { complaint, signedBytes, signature };
}
