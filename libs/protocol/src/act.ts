import { type ActId, CodecError, type DeviceId, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { type AuditEventCode, isAuditEventCode } from './audit-events.js';
import { ByteReader, ByteWriter } from './codec.js';
import { type LogHead, readLogHead, writeLogHead } from './heads.js';
import { sizes } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/**
 * What a device states, signed, about one thing it asks the server to do. The statements of a device form a chain by
 * counter and previous hash, so that a missing or forged one shows (docs/spec/acts.md).
 */
export interface Act {
  /** UUIDv7; also the id of the audit record and the idempotency key of the request. */
  readonly actId: ActId;
  readonly deviceId: DeviceId;
  /** Counts the device's acts from 1. */
  readonly counter: number;
  /** Hash of the device's previous statement; zero bytes for the first. */
  readonly previousHash: Uint8Array;
  readonly operation: AuditEventCode;
  /** 32 zero bytes where no case is concerned. */
  readonly caseId: Uint8Array;
  readonly compartmentId: Uint8Array;
  /** Id of the object concerned, 16 zero bytes where none is. */
  readonly objectId: Uint8Array;
  readonly version: number;
  /** Hash of the bytes that the act submits (link, item, entries), or zero bytes. */
  readonly payloadHash: Uint8Array;
  /** Commitment to the reason (`why.ts`), or zero bytes where none is demanded. */
  readonly whyCommit: Uint8Array;
  readonly time: SignedTime;
  /** IANA zone name. */
  readonly zone: string;
  /** Newest audit log head that the device verified; size 0 and zero root before the first. */
  readonly auditHead: LogHead;
}

export interface SignedAct {
  readonly act: Act;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGT1';
const ZONE = /^[A-Za-z0-9_+/-]{1,64}$/;

export function encodeAct(act: Act): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC));
  writer.fixed(idBytes(act.actId), 16).fixed(idBytes(act.deviceId), 16).u64(act.counter);
  writer.fixed(act.previousHash, sizes.hash).text16(act.operation);
  writer.fixed(act.caseId, 32).fixed(act.compartmentId, 32).fixed(act.objectId, 16).u32(act.version);
  writer.fixed(act.payloadHash, sizes.hash).fixed(act.whyCommit, sizes.hash);
  writeTime(writer, act.time);
  writer.text16(act.zone);
  writeLogHead(writer, act.auditHead);
  return writer.finish();
}

export function encodeSignedAct(signed: Pick<SignedAct, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedAct(bytes: Uint8Array): SignedAct {
  const reader = new ByteReader(bytes, limits.maxActBytes).magic(MAGIC);
  const actId = idFromBytes<ActId>(reader.fixed(16));
  const deviceId = idFromBytes<DeviceId>(reader.fixed(16));
  const counter = reader.u64();
  const previousHash = reader.fixed(sizes.hash);
  const operation = reader.text16(64);
  if (!isAuditEventCode(operation)) throw new CodecError('codec/unknown-value', 'unknown operation');
  const act: Act = {
    actId,
    deviceId,
    counter,
    previousHash,
    operation,
    caseId: reader.fixed(32),
    compartmentId: reader.fixed(32),
    objectId: reader.fixed(16),
    version: reader.u32(),
    payloadHash: reader.fixed(sizes.hash),
    whyCommit: reader.fixed(sizes.hash),
    time: readTime(reader),
    zone: readZone(reader),
    auditHead: readLogHead(reader),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { act, signedBytes, signature };
}

function readZone(reader: ByteReader): string {
  const zone = reader.text16(64);
  if (!ZONE.test(zone)) throw new CodecError('codec/text', 'not a zone name');
  return zone;
}
