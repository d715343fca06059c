import {
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
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
import { type LinkBody, decodeLinkBody, encodeLinkBody } from './link-body.js';
import { sizes, suites, type Suite } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** SPEC: chains 5 — the closed list of link types. */
export const linkTypes = {
  genesis: 1,
  add: 2,
  deviceAdd: 3,
  remove: 4,
  leave: 5,
  deviceDrop: 6,
  rotate: 7,
  reseal: 8,
  role: 9,
  policy: 10,
  suite: 11,
  disclose: 12,
  close: 13,
  reopen: 14,
  compartment: 15,
} as const;
export type LinkType = (typeof linkTypes)[keyof typeof linkTypes];

/** One signed step of a case chain (docs/spec/chains.md). */
export interface Link {
  readonly type: LinkType;
  /** Ends what earlier keys open: the new epoch's archive is absent. */
  readonly isBarrier: boolean;
  readonly suite: Suite;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly seq: number;
  readonly epoch: number;
  /** The last epoch whose key the author could open; equals `epoch` where no epoch begins; 0 for none before. */
  readonly baseEpoch: number;
  readonly previousLinkHash: Uint8Array;
  readonly rootHead: ChainHead;
  readonly directoryHead: DirectoryHead;
  /** Head of this compartment's content log; its size is this link's own leaf index. */
  readonly logHead: LogHead;
  readonly time: SignedTime;
  readonly signerDevice: DeviceId;
  readonly body: LinkBody;
  readonly memberRoot: Uint8Array;
  readonly boxRoot: Uint8Array;
  readonly keyCommit: Uint8Array;
  readonly readCommit: Uint8Array;
  /** The sealed key of the base epoch; empty at a barrier and where no epoch begins. */
  readonly archive: Uint8Array;
}

export interface SignedLink {
  readonly link: Link;
  /** All bytes before the signature: what is signed and what the link hash covers. */
  readonly signedBytes: Uint8Array;
  /** Bytes up to and with `memberRoot`: the context that keys and boxes are bound to. */
  readonly contextBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGL1';
const types = valuesOf(linkTypes);
const knownSuites = valuesOf(suites);
const FLAG_BARRIER = 1;
const MAX_ARCHIVE_BYTES = 256;

/** The bytes that are signed, and the prefix that keys are bound to. */
export function encodeLink(link: Link): { readonly signedBytes: Uint8Array; readonly contextBytes: Uint8Array } {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u8(link.type);
  writer.u8(link.isBarrier ? FLAG_BARRIER : 0).u16(link.suite);
  writer.fixed(idBytes(link.caseId), 32).fixed(idBytes(link.compartmentId), 32);
  writer.u64(link.seq).u32(link.epoch).u32(link.baseEpoch).fixed(link.previousLinkHash, sizes.hash);
  writeChainHead(writer, link.rootHead);
  writeDirectoryHead(writer, link.directoryHead);
  writeLogHead(writer, link.logHead);
  writeTime(writer, link.time);
  writer.fixed(idBytes(link.signerDevice), 16).bytes32(encodeLinkBody(link.body)).fixed(link.memberRoot, sizes.hash);
  const contextBytes = writer.finish();
  writer.fixed(link.boxRoot, sizes.hash).fixed(link.keyCommit, sizes.hash).fixed(link.readCommit, sizes.hash);
  writer.bytes16(link.archive);
  return { signedBytes: writer.finish(), contextBytes };
}

export function encodeSignedLink(signed: Pick<SignedLink, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedLink(bytes: Uint8Array): SignedLink {
  const reader = new ByteReader(bytes, limits.maxLinkBytes).magic(MAGIC);
  const type = reader.oneOf(reader.u8(), types);
  const flags = reader.u8();
  if ((flags & ~FLAG_BARRIER) !== 0) throw new CodecError('codec/flags', 'unknown flag');
  const head = {
    type,
    isBarrier: flags === FLAG_BARRIER,
    suite: reader.oneOf(reader.u16(), knownSuites),
    caseId: idFromBytes<CaseId>(reader.fixed(32)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    seq: reader.u64(),
    epoch: reader.u32(),
    baseEpoch: reader.u32(),
    previousLinkHash: reader.fixed(sizes.hash),
    rootHead: readChainHead(reader),
    directoryHead: readDirectoryHead(reader),
    logHead: readLogHead(reader),
    time: readTime(reader),
    signerDevice: idFromBytes<DeviceId>(reader.fixed(16)),
    body: decodeLinkBody(reader.bytes32(limits.maxLinkBytes)),
    memberRoot: reader.fixed(sizes.hash),
  };
  const contextLength = reader.position;
  const link: Link = {
    ...head,
    boxRoot: reader.fixed(sizes.hash),
    keyCommit: reader.fixed(sizes.hash),
    readCommit: reader.fixed(sizes.hash),
    archive: reader.bytes16(MAX_ARCHIVE_BYTES),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { link, signedBytes, contextBytes: signedBytes.subarray(0, contextLength), signature };
}

/** Type, flags and suite; both ids; numbers and the link before; heads of root, directory and log; the author's time. */
const SIGNER_AT = 8 + 2 * 32 + 16 + 32 + 40 + 48 + 40 + 10;

/** Who signed what, as a link claims. */
export interface LinkClaim extends Pick<SignedLink, 'signedBytes' | 'signature'> {
  readonly signerDevice: DeviceId;
}

/**
 * What a link claims of its signature, without reading the rest; views into the bytes. For checks ahead of a link's turn:
 * nothing is known of the link. Undefined for bytes that are too short to be one.
 */
export function peekSignedLink(bytes: Uint8Array): LinkClaim | undefined {
  const end = bytes.length - sizes.signature;
  if (end < SIGNER_AT + 16) return undefined;
  const signerDevice = idFromBytes<DeviceId>(bytes.subarray(SIGNER_AT, SIGNER_AT + 16));
  return { signerDevice, signedBytes: bytes.subarray(0, end), signature: bytes.subarray(end) };
}
